import { dirname } from 'node:path';
import { managedSettingsFile, type PreparedCall, type SetupContext, type SystemSection, type ToolContent, type ToolResult, type Turn, type UserInput } from '@pith/kernel';
import { type GitSetting, takeMove, takeSnapshot } from './git/snapshot.ts';
import { tellChanges } from './instructions/changes.ts';
import type { Instructions } from './instructions/instruction.ts';
import { createJudges } from './instructions/judges.ts';
import { readNested, Told, touchedBy } from './instructions/nested.ts';
import { lookAtFile } from './instructions/look.ts';
import { listCandidates } from './instructions/places.ts';
import { InstructionReader, type ReaderSetup } from './instructions/reader.ts';
import { toSections } from './instructions/sections.ts';
import type { ContextOptions } from './options.ts';
import { type Facet, lastTold, newBlocks } from './surroundings/blocks.ts';
import { describeDate, describeEnvironment } from './surroundings/environment.ts';

export type Setup = Pick<SetupContext<ContextOptions>, 'options' | 'paths' | 'env' | 'childRules'>;

/** What one session knows, for as long as it is open. */
interface Known {
  /** As the system prompt says them: they stay, whatever becomes of the files. */
  instructions?: Instructions;
  sections: readonly SystemSection[];
  /** As they were found last. */
  current?: Instructions;
  /** What was looked at when they were read: a replay has none, and looks at nothing. */
  looks: ReadonlyMap<string, string>;
  /** Where git was when that was told last. */
  head?: string;
  /** The same by what was told: what was taken back was not told. */
  readonly heads: Map<string, string>;
  /** What the histories of runs hold, the latest ones. */
  readonly told: Map<string, Told>;
  readonly said: Set<string>;
}

const MAX_RUNS = 32;
/** Characters; results are cut at 100 000 by default. */
const LONG_RESULT = 30_000;

/** What is behind the taps; loaded when the first turn begins. */
export class Assembly {
  readonly #setup: Setup;

  constructor(setup: Setup) {
    this.#setup = setup;
  }

  /** What surrounds the work goes into the history behind the input, once, and again as far as it has changed. */
  async extendInput(input: UserInput, turn: Turn): Promise<UserInput | undefined> {
    if (input.handled !== undefined || (input.text === '' && (input.attachments ?? []).length === 0)) return undefined;
    const { messages } = turn;
    const isMain = turn.parentRunId === undefined;
    const known = this.#knownOf(turn);
    // Whoever begins anew begins with the files as they are.
    if (isMain && messages.length === 0) this.#forget(known);
    const told = lastTold(messages);
    // git is started first, and the files are read while it works.
    const [git, environment, changes] = await Promise.all([isMain ? this.#git(turn, known, told.get('git')) : [], this.#environment(turn), this.#changes(turn, known, isMain ? told : undefined)]);
    const blocks = newBlocks([...environment, ...git, ...changes], told);
    return blocks.length === 0 ? undefined : { ...input, attachments: [...input.attachments ?? [], ...blocks] };
  }

  /** The sections of the system prompt: the same objects in every step. */
  async sections(turn: Turn): Promise<readonly SystemSection[]> {
    const known = this.#knownOf(turn);
    await this.#read(turn, known);
    return known.sections;
  }

  /** Adds to a result what the model is to know of the folders that the call came to. */
  async extendResult(call: PreparedCall, turn: Turn, result: ToolResult): Promise<ToolResult> {
    if (result.isError === true || !this.#setup.options.instructions) return result;
    const known = this.#knownOf(turn);
    const { instructions } = known;
    if (instructions === undefined) return result; // A call from outside of a turn has no model to tell.
    const found = await turn.recorded('nested instructions', async () => {
      if (touchedBy(call).length === 0) return null;
      const { blocks, notices } = await readNested({ ...this.#readerSetup(turn), call, known: instructions, told: toldOf(known, turn) });
      return blocks.length === 0 && notices.length === 0 ? null : { blocks, notices };
    });
    if (found === null) return result;
    this.#say(turn, known, found.notices);
    return found.blocks.length === 0 ? result : { ...result, content: join(result.content, found.blocks) };
  }

  async #environment(turn: Turn): Promise<Facet[]> {
    if (!this.#setup.options.environment) return [];
    const { cwd, roots } = turn;
    const nowMs = turn.now();
    const { environment, date } = await turn.recorded('environment', () => ({
      environment: describeEnvironment({ cwd, roots, env: this.#setup.env, platform: process.platform }), date: describeDate(nowMs),
    }));
    return [{ name: 'environment', text: environment, pinned: true }, { name: 'date', text: date, pinned: true }];
  }

  /** Instructions that were added, changed or taken away, as far as the model does not know it. @param told by the history; nothing in a sub-turn */
  async #changes(turn: Turn, known: Known, told: ReadonlyMap<string, string> | undefined): Promise<Facet[]> {
    const isFirst = known.current === undefined;
    const prompt = await this.#read(turn, known);
    if (prompt === undefined || told === undefined) return [];
    const now = isFirst ? null : await turn.recorded('instructions by now', async () => {
      if ([...known.looks].every(([path, stamp]) => lookAtFile(path).stamp === stamp)) return null;
      const { read, looks } = await this.#readNow(turn);
      known.looks = looks;
      return read;
    });
    if (now !== null) {
      known.current = now;
      this.#say(turn, known, now.notices);
    }
    return tellChanges({ prompt, told, now: known.current ?? prompt });
  }

  /** Reads the files once a session. @returns nothing where that is switched off */
  async #read(turn: Turn, known: Known): Promise<Instructions | undefined> {
    if (!this.#setup.options.instructions) return undefined;
    if (known.instructions !== undefined) return known.instructions;
    const instructions = await turn.recorded('instructions', async () => {
      const { read, looks } = await this.#readNow(turn);
      known.looks = looks;
      return read;
    });
    known.instructions = known.current = instructions;
    known.sections = toSections(instructions.files);
    this.#say(turn, known, instructions.notices);
    return instructions;
  }

  async #readNow(turn: Turn): Promise<{ read: Instructions; looks: ReadonlyMap<string, string> }> {
    const setup = this.#readerSetup(turn);
    const reader = new InstructionReader(setup);
    const read = await reader.read(listCandidates({ cwd: turn.cwd, home: setup.home, configFolder: this.#setup.paths.config, managedFolder: dirname(managedSettingsFile()) }));
    return { read, looks: reader.looks };
  }

  #readerSetup(turn: Turn): ReaderSetup {
    const { env, options } = this.#setup;
    const { cwd, roots, mode } = turn;
    return { cwd, home: env['HOME'] ?? env['USERPROFILE'], exclude: options.exclude, judges: createJudges({ cwd, roots, mode, service: (name) => turn.service(name) }) };
  }

  /** Of the main run only: what a sub-turn is to know of it stands in its task. @param last what was told last */
  async #git(turn: Turn, known: Known, last: string | undefined): Promise<Facet[]> {
    if (!this.#setup.options.git) return [];
    const { cwd, roots, signal } = turn;
    const setting: GitSetting = { cwd, roots, signal, env: this.#setup.env, childRules: this.#setup.childRules, limitMs: this.#setup.options.gitLimitMs };
    const head = last === undefined ? known.head : known.heads.get(last) ?? known.head;
    const told = await turn.recorded('git', async () => await (head === undefined ? takeSnapshot(setting) : takeMove(setting, head)) ?? null);
    if (told === null) return [];
    if (told.head !== undefined) {
      known.head = told.head;
      known.heads.set(told.text, told.head);
    }
    return [{ name: 'git', text: told.text }];
  }

  #say(turn: Turn, { said }: Known, notices: readonly string[]): void {
    for (const text of notices) {
      if (said.has(text)) continue;
      said.add(text);
      turn.emit({ type: 'notice', level: 'warning', text });
    }
  }

  #knownOf(turn: Turn): Known {
    return turn.session.get('context/known', () => ({ sections: [], looks: new Map(), heads: new Map(), told: new Map(), said: new Set() }));
  }

  #forget(known: Known): void {
    delete known.instructions;
    delete known.current;
    delete known.head;
    known.heads.clear();
    known.sections = [];
  }
}

/** Behind the result; in front of one so long that its end may be cut off. */
function join(content: readonly ToolContent[], blocks: readonly ToolContent[]): ToolContent[] {
  const length = content.reduce((sum, block) => sum + (block.type === 'text' ? block.text.length : 0), 0);
  return length > LONG_RESULT ? [...blocks, ...content] : [...content, ...blocks];
}

/** What the history of this run holds: looked through once a run. */
function toldOf({ told }: Known, { runId, messages }: Turn): Told {
  let held = told.get(runId);
  if (held === undefined) {
    told.set(runId, held = new Told(messages));
    if (told.size > MAX_RUNS) told.delete(told.keys().next().value!);
  }
  return held;
}
