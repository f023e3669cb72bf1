import { escapeControl, type Message, type ModelRequest, type SystemSection, type TextBlock, type BlockMarks, type ToolSpec, type Turn, type UserInput } from '@pith/kernel';
import { type FoundSkills, toShownAt } from './find-skills.ts';
import { toLine } from './problem.ts';
import { toEntry, toSkillList } from './section.ts';

/** What is kept of a skill: as JSON carries it, since a replay gets it back. */
interface Listed { name: string; description: string; file: string; stamp: string }
interface Looked { skills: readonly Listed[]; problems: readonly string[]; hidden: readonly string[] }

const MAX_TOLD = 10;
const LABEL = { owner: 'skills', name: 'changed skills' };
/** In a session that goes on elsewhere the list is made anew, too. */
const AS_LISTED = 'The skills are by now as they are listed at the begin.';

/** What a session knows of skills. The list is made once, so that the prefix of the requests stays; what changes is told behind. */
export class SessionSkills {
  readonly #find: (at: Pick<Turn, 'cwd' | 'roots'>) => Promise<FoundSkills>;
  readonly #listTokens: number;
  #first: Promise<Looked> | undefined;
  #told = new Map<string, Listed>();
  /** How many blocks have told of changes. */
  #blocks = 0;
  readonly #said = new Set<string>();
  #section: SystemSection | undefined;
  readonly #withoutTool = new WeakMap<readonly ToolSpec[], readonly ToolSpec[]>();

  constructor(find: (at: Pick<Turn, 'cwd' | 'roots'>) => Promise<FoundSkills>, listTokens: number) {
    this.#find = find;
    this.#listTokens = listTokens;
  }

  /** The section of all skills, behind those of the plugin context. Where there is none, the tool is not offered either. */
  async addList(request: ModelRequest, turn: Turn): Promise<ModelRequest | undefined> {
    const { skills } = await this.#look(turn);
    if (!request.tools.some(({ name }) => name === 'skill')) return undefined;
    if (skills.length === 0) return { ...request, tools: this.#toOthers(request.tools) };
    if (this.#listTokens === 0) return undefined;
    this.#section ??= this.#toSection(skills, turn);
    const place = request.system.findLastIndex(({ owner, stability }) => owner === 'context' && stability === 'stable') + 1 || request.system.length;
    return { ...request, system: request.system.toSpliced(place, 0, this.#section) };
  }

  #toSection(skills: readonly Listed[], turn: Turn): SystemSection {
    const { text, left } = toSkillList(skills, this.#listTokens);
    if (left > 0) turn.emit({ type: 'notice', level: 'warning', text: `${left} of ${skills.length} skills do not fit into the list for the model; take out what is not needed, or raise listTokens under plugins.skills in the settings` });
    return Object.freeze({ id: 'skills', owner: 'skills', stability: 'stable' as const, text });
  }

  /**
   * What is not as the list says, behind what the person says: all of it each time, so that the newest such block is enough. Nothing where
   * that was told last.
   */
  async tellChanges(input: UserInput, turn: Turn): Promise<UserInput | undefined> {
    if (turn.parentRunId !== undefined || input.handled !== undefined) return undefined;
    const isFirst = this.#first === undefined;
    const { skills: listed } = await this.#look(turn);
    const { skills: now } = isFirst ? { skills: listed } : await this.#read(turn, 'skills now');
    // What the history holds was told: who has cleared it, or taken a turn back, has taken that back as well.
    const blocks = blocksIn(turn.messages);
    if (blocks.length < this.#blocks) this.#told = toMap(listed);
    const text = toChanges(toMap(listed), now, listed.length > 0) ?? AS_LISTED;
    const last = blocks.at(-1)?.text ?? AS_LISTED;
    const isKnown = text === last && now.every(({ name, stamp }) => this.#told.get(name)?.stamp === stamp);
    this.#told = toMap(now);
    this.#blocks = blocks.length;
    if (isKnown || (blocks.length === 0 && text === AS_LISTED)) return undefined;
    this.#blocks++;
    const block: TextBlock & BlockMarks = { type: 'text', text, label: { ...LABEL, pinned: true } };
    return { ...input, attachments: [...input.attachments ?? [], block] };
  }

  /** Once a session; side by side all wait for the same. */
  #look(turn: Turn): Promise<Looked> {
    return this.#first ??= this.#read(turn, 'skills').then((looked) => {
      this.#told = toMap(looked.skills);
      return looked;
    }, (error: unknown) => {
      this.#first = undefined; // A turn that was stopped meanwhile; the next one looks.
      throw error;
    });
  }

  async #read(turn: Turn, key: string): Promise<Looked> {
    const looked = await turn.recorded(key, async () => toLooked(await this.#find(turn), turn));
    this.#tell(looked, turn);
    return looked;
  }

  /** Each line once a session. */
  #tell({ problems, hidden }: Looked, turn: Turn): void {
    const isNew = (line: string): boolean => !this.#said.has(line) && this.#said.add(line) !== undefined;
    const lines = problems.filter(isNew);
    for (const text of lines.slice(0, MAX_TOLD)) turn.emit({ type: 'notice', level: 'warning', code: 'SKILL_INVALID', text });
    if (lines.length > MAX_TOLD) turn.emit({ type: 'notice', level: 'warning', code: 'SKILL_INVALID', text: `${lines.length - MAX_TOLD} more of the kind; see all with: pith skills list` });
    for (const text of hidden.filter(isNew).slice(0, MAX_TOLD)) turn.emit({ type: 'notice', level: 'info', text });
  }

  /** The same list for the same list, so that the prefix of the requests stays. */
  #toOthers(tools: readonly ToolSpec[]): readonly ToolSpec[] {
    let others = this.#withoutTool.get(tools);
    if (others === undefined) this.#withoutTool.set(tools, others = Object.freeze(tools.filter(({ name }) => name !== 'skill')));
    return others;
  }
}

function toLooked({ skills, problems, hidden }: FoundSkills, turn: Pick<Turn, 'cwd' | 'roots'>): Looked {
  const shown = (file: string): string => toShownAt(file, { cwd: turn.cwd, env: {} });
  return {
    skills: skills.filter(({ onlyForPeople }) => !onlyForPeople).map(({ name, description, file, stamp }) => ({ name, description, file, stamp })),
    problems: problems.filter(({ level }) => level !== 'hint').map((problem) => `Skill ${problem.level === 'error' ? 'left out' : 'with a mistake'}: ${toLine(problem)}`),
    hidden: hidden.map(({ skill, by }) => escapeControl(`The skill ${skill.name} of ${shown(skill.file)} is hidden by that of ${shown(by.file)}`)),
  };
}

function blocksIn(messages: readonly Message[]): readonly TextBlock[] {
  return messages.flatMap(({ content }) => content.filter((block): block is TextBlock & BlockMarks => block.type === 'text' && block.label?.owner === LABEL.owner && block.label.name === LABEL.name));
}

function toMap(skills: readonly Listed[]): Map<string, Listed> {
  return new Map(skills.map((skill) => [skill.name, skill]));
}

/** Nothing where all is as it was listed. @param isOffered whether the model has the tool that loads them */
function toChanges(listed: ReadonlyMap<string, Listed>, now: readonly Listed[], isOffered: boolean): string | undefined {
  const names = new Set(now.map(({ name }) => name));
  const added = now.filter(({ name }) => !listed.has(name));
  const changed = now.filter((skill) => listed.has(skill.name) && listed.get(skill.name)!.stamp !== skill.stamp);
  const gone = [...listed.keys()].filter((name) => !names.has(name));
  const entryOf = (skill: Listed): string => toEntry({ name: skill.name, description: escapeControl(skill.description) }) + (isOffered ? '' : ` (read ${escapeControl(skill.file)})`);
  const lines = [
    ...added.length > 0 ? ['New skills:', ...added.map(entryOf)] : [],
    ...changed.length > 0 ? ['Changed since they were listed, so load them again where they matter:', ...changed.map(entryOf)] : [],
    ...gone.length > 0 ? [`No longer there: ${gone.join(', ')}`] : [],
  ];
  return lines.length === 0 ? undefined : lines.join('\n');
}
