import { readFileSync, statSync } from 'node:fs';
import type { Database } from '@pith/kernel';
import type { AgentFacts, Agents } from '../proxy/parts.ts';
import type { Agent, AgentProblem } from './agent.ts';
import { type AgentChoices, choicesFile, NO_CHOICES, parseChoices, updateChoices } from './agent-store.ts';
import { AgentFolder, globalPlace, workspacePlace } from './find-agents.ts';
import { findWorkspaces } from './find-workspaces.ts';
import { PromptIndex } from './prompt-index.ts';

/** Files are looked at again after that. */
const FRESH_MS = 30_000;
/** So often it is looked whether somebody has changed a preference. */
const CHOICES_MS = 250;
const WORKSPACES_MAX = 100;
/** Paths that lead nowhere are not looked for again with every request. */
const MISSED_MAX = 1000;

export interface RegistrySetup {
  /** Pith's config folder. */
  config: string;
  database: Pick<Database, 'exclusive'>;
  /** The newest model of a family: `opus`, `sonnet`, `haiku`. */
  newestOf?: (word: string) => string | undefined;
  /** What agents get that name no model; nothing leaves it to the program. */
  defaultModel?: () => string | undefined;
  /** What a person should know: files that are no agents, each once. */
  log?: (line: string) => void;
  now?: () => number;
  home?: string;
}

/** Knows agents by what they say to the model. */
export class AgentRegistry implements Agents {
  readonly #setup: Required<Omit<RegistrySetup, 'home'>> & Pick<RegistrySetup, 'home'>;
  readonly #folders = new Map<string | null, AgentFolder>();
  readonly #names = new Set<string>();
  readonly #missed = new Map<string, number>();
  readonly #told = new Set<string>();
  #agents: readonly Agent[] = [];
  #problems: readonly AgentProblem[] = [];
  #index = new PromptIndex([]);
  #readMs = -Infinity;
  #choices: AgentChoices = NO_CHOICES;
  #choicesStamp = '';
  #choicesMs = -Infinity;
  #keeping: Promise<unknown> = Promise.resolve();

  constructor({ newestOf = () => undefined, defaultModel = () => undefined, log = () => undefined, now = Date.now, ...setup }: RegistrySetup) {
    this.#setup = { ...setup, newestOf, defaultModel, log, now };
    this.#folders.set(null, new AgentFolder(globalPlace(setup.config)));
  }

  /** All that are known now. */
  get agents(): readonly Agent[] {
    this.#refresh();
    return this.#agents;
  }

  get problems(): readonly AgentProblem[] {
    this.#refresh();
    return this.#problems;
  }

  get workspaces(): readonly string[] {
    this.#refresh();
    return [...this.#folders.keys()].filter((folder) => folder !== null);
  }

  preferenceOf(id: string): string | undefined {
    this.#readChoices();
    return Object.hasOwn(this.#choices.preferences, id) ? this.#choices.preferences[id] : undefined;
  }

  /** Kept for all processes, of several agents in one write; without a model it is taken back. */
  async prefer(ids: string | readonly string[], model: string | undefined): Promise<void> {
    const { config, database } = this.#setup;
    const named = new Set([ids].flat());
    await updateChoices(config, database, (choices) => ({ ...choices, preferences: Object.fromEntries([...Object.entries(choices.preferences).filter(([each]) => !named.has(each)), ...(model === undefined ? [] : [...named].map((id) => [id, model] as const))]) }));
    this.#choicesMs = -Infinity;
  }

  recognise({ system, first, mentions = () => true, own }: Parameters<Agents['recognise']>[0]): AgentFacts | undefined {
    this.#refresh();
    const isNamed = mentions();
    const text = isNamed || this.#agents.length > 0 ? system() ?? '' : '';
    const named = isNamed ? [...new Set([...this.#look(text), ...this.#look(first?.() ?? '')])] : [];
    this.#refresh();
    const said = own['agent'];
    const agent = said === undefined ? this.#index.find(text, ({ workspace }) => workspace === null || named.includes(workspace)) : this.#findNamed(said, named);
    const facts: AgentFacts = {};
    const id = agent?.id ?? said;
    const project = own['project'] ?? agent?.workspace ?? named[0];
    const model = agent === undefined ? said === undefined ? undefined : this.preferenceOf(said) : this.#modelOf(agent);
    if (id !== undefined) facts.agent = id;
    if (project !== undefined) facts.project = project;
    if (model !== undefined) facts.model = model;
    return facts;
  }

  /** What has been learned is kept. */
  async close(): Promise<void> {
    await this.#keeping;
  }

  /**
   * What the person prefers, else what the person's own file says. The file of a workspace may be anybody's, so it changes no request by itself:
   * it is recognised, and shown with what it wishes.
   */
  #modelOf(agent: Agent): string | undefined {
    const preferred = this.preferenceOf(agent.id);
    if (preferred !== undefined) return preferred;
    if (agent.model === null) return this.#setup.defaultModel();
    return agent.workspace !== null ? undefined : this.#setup.newestOf(agent.model) ?? (isWord(agent.model) ? undefined : agent.model);
  }

  #findNamed(said: string, named: readonly string[]): Agent | undefined {
    const fits = this.#agents.filter(({ id, name }) => id === said || name === said);
    return fits.find(({ id }) => id === said) ?? fits.find(({ workspace }) => workspace !== null && named.includes(workspace)) ?? fits.find(({ workspace }) => workspace === null);
  }

  /** Folders that the text names and that are there. New ones are kept. */
  #look(text: string): string[] {
    const { now, home } = this.#setup;
    const found: string[] = [];
    for (const path of home === undefined ? findWorkspaces(text) : findWorkspaces(text, home)) {
      if (this.#folders.has(path)) found.push(path);
      else if ((this.#missed.get(path) ?? -Infinity) + FRESH_MS < now()) {
        if (isFolder(path)) {
          found.push(path);
          this.#register(path);
        } else {
          if (this.#missed.size >= MISSED_MAX) this.#missed.clear();
          this.#missed.set(path, now());
        }
      }
    }
    return found;
  }

  #register(path: string): void {
    this.#add(path);
    this.#readMs = -Infinity;
    const { config, database, log } = this.#setup;
    const keep = (choices: AgentChoices): AgentChoices => (choices.workspaces.includes(path) ? choices : { ...choices, workspaces: [...choices.workspaces, path].slice(-WORKSPACES_MAX) });
    this.#keeping = this.#keeping.then(() => updateChoices(config, database, keep)).catch((error: Error) => log(`The workspace ${path} is known to this process alone: ${error.message}`));
  }

  #add(path: string): void {
    if (this.#folders.has(path)) return;
    // The oldest goes; `null` is the person's own and stays.
    if (this.#folders.size > WORKSPACES_MAX) this.#folders.delete([...this.#folders.keys()][1]!);
    const place = workspacePlace(path, this.#names);
    this.#names.add(place.name);
    this.#folders.set(path, new AgentFolder(place));
  }

  #refresh(): void {
    this.#readChoices();
    if (this.#setup.now() - this.#readMs < FRESH_MS) return;
    this.#readMs = this.#setup.now();
    const read = [...this.#folders.values()].map((folder) => folder.read());
    this.#agents = read.flatMap(({ agents }) => agents);
    this.#problems = read.flatMap(({ problems }) => problems);
    this.#index = new PromptIndex(this.#agents);
    for (const { file, problem } of this.#problems) {
      const line = `${file} ${problem}`;
      if (this.#told.has(line)) continue;
      this.#told.add(line);
      this.#setup.log(line);
    }
  }

  /** Another process may have changed them. */
  #readChoices(): void {
    const nowMs = this.#setup.now();
    if (nowMs - this.#choicesMs < CHOICES_MS) return;
    this.#choicesMs = nowMs;
    const file = choicesFile(this.#setup.config);
    try {
      const stats = statSync(file);
      const stamp = `${stats.mtimeMs} ${stats.size} ${stats.ino}`;
      if (stamp === this.#choicesStamp) return;
      this.#choicesStamp = stamp;
      this.#choices = parseChoices(readFileSync(file, 'utf8')) ?? this.#choices;
    } catch {
      this.#choicesStamp = ''; // There is none yet.
      this.#choices = NO_CHOICES;
    }
    const before = this.#folders.size;
    for (const path of this.#choices.workspaces) if (!this.#folders.has(path) && isFolder(path)) this.#add(path);
    if (this.#folders.size !== before) this.#readMs = -Infinity;
  }
}

const isWord = (model: string): boolean => /^(?:opus|sonnet|haiku)$/i.test(model);

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false; // It is not there, or not for us to look at.
  }
}
