import { homedir } from 'node:os';
import { escapeControl, type Message, type Mode, readProjectFiles, type TextBlock, toMessage } from '@pith/kernel';
import { type ProcessTree, stopTree } from '@pith/child';
import { changedError } from './changed.ts';
import type { EventName } from './events.ts';
import { identityOf, nameOf, toHead } from './handler.ts';
import { type HookSet, readHookSet } from './hook-set.ts';
import { introduce, type Said } from './introduce.ts';
import type { Surroundings } from './hook-sessions.ts';
import { limitOutput } from './limit-output.ts';
import { markText } from './mark-text.ts';
import { failureRule } from './options.ts';
import type { Outcome } from './outcome.ts';
import type { Place } from './place.ts';
import { runHook } from './run-hook.ts';
import type { Fields, Shown } from './seen.ts';
import { type EventRequest, type Job, selectJobs } from './select-jobs.ts';
import { TranscriptFile } from './transcript.ts';

/** Hooks of one event that run at the same time. */
const PARALLEL_MAX = 8;
/** How long what hooks left behind may take to end with the session. */
const END_GRACE_MS = 300;

/** What the hooks of one event came to, as it is recorded. `name` is that under which a hook saw what it is about. */
interface Done { ran: { outcome: Outcome; index: number; name: string | null }[]; said: Said[] }

export interface Ran { outcome: Outcome; shown: Shown | undefined; index: number }

/** The hooks of one session, and what is to be remembered from one event to the next. */
export class HookSession {
  readonly id: string;
  readonly cwd: string;
  readonly surroundings: Surroundings;
  /** Names of sub-agents by their run. */
  readonly agents = new Map<string, string>();
  /** Why a turn ends, by turn. */
  readonly stops = new Map<string, string>();
  /** How often a run went on because of a hook. */
  readonly goneOn = new Map<string, number>();
  /** Turns in which hooks were told of the compaction before it. */
  readonly hasCompacted = new Set<string>();
  /** Variables that SessionStart hooks have set for commands. */
  env: Readonly<Record<string, string>> = {};
  model: string | undefined;
  hasStarted = false;
  /** Text of hooks for the next prompt, whichever that is. */
  readonly waiting: TextBlock[] = [];
  /** Text of hooks for the prompt at hand, by run. */
  readonly added = new Map<string, readonly TextBlock[]>();
  set: HookSet | undefined;
  #held: ReadonlyMap<string, string> = new Map();
  #project: string | undefined;
  #mode: Mode = 'default';
  readonly #ran = new Set<string>();
  readonly #unsaid: Said[] = [];
  readonly #told = new Set<string>();
  readonly #left: ProcessTree[] = [];
  readonly #background = new Set<Promise<unknown>>();
  readonly #end = new AbortController();
  readonly transcript: TranscriptFile;

  constructor(id: string, cwd: string, surroundings: Surroundings) {
    this.id = id;
    this.cwd = cwd;
    this.surroundings = surroundings;
    this.transcript = new TranscriptFile(surroundings.dataFolder, id, cwd);
  }

  /** The hooks as they are now: read anew each time, since trust belongs to what would run. @throws PithError HOOK_FILE_INVALID */
  async load(): Promise<HookSet> {
    const { env, managedFile, trust } = this.surroundings;
    const project = this.#project ??= (await readProjectFiles(this.cwd)).project;
    const set = await readHookSet({ project, cwd: this.cwd, env, managedFile, stateOf: async (root, files) => (await trust())?.stateOf(root, files) ?? 'untrusted' });
    const isLost = [...this.#held.keys()].some((path) => !set.projectFiles.has(path));
    if (set.trust === 'trusted' && !isLost) this.#held = set.projectFiles;
    // What a person has taken back counts no longer; what vanished by itself may have been a guard.
    if (set.trust === 'untrusted') this.#held = new Map();
    return this.set = isLost && set.trust !== 'untrusted' ? { ...set, trust: 'changed' } : set;
  }

  /** Whether any hook of this event might run. */
  has(event: EventName): boolean {
    return this.set?.handlers.some((handler) => handler.event === event) ?? false;
  }

  /** As `has`, for a turn. */
  mayRun(event: EventName, place: Pick<Place, 'recorded'>): Promise<boolean> {
    return place.recorded(`has ${event}`, () => this.has(event));
  }

  /**
   * Runs the hooks that match, side by side. What is read, asked and run for it is recorded in two steps, so that what there
   * is to say before they run is said before.
   * @returns what they said, in the order of the files
   * @throws PithError HOOK_FILES_CHANGED: what would run is not what was trusted; HOOK_FILE_INVALID
   */
  async run(given: EventRequest, place: Place): Promise<Ran[]> {
    // What a hook hands back unchanged is then no change, and the call keeps its values.
    const request: EventRequest = this.surroundings.secrets.redactDeep(given);
    this.#mode = place.mode ?? this.#mode;
    let work: (() => Promise<Done>) | undefined;
    const { said, hasWork } = await place.recorded(`${request.event} before`, async () => {
      const said = this.takeUnsaid();
      try {
        work = await this.#prepare(request, place, said);
      } catch (error) {
        work = () => Promise.reject(error as Error); // Once what came before it is said.
      }
      return { said, hasWork: work !== undefined };
    });
    for (const one of said) place.say(one);
    if (!hasWork) return [];
    const done = await place.recorded(request.event, () => work!());
    for (const one of done.said) place.say(one);
    return done.ran.map(({ outcome, index, name }) => ({ outcome, index, shown: request.seen?.[index]?.find((shown) => shown.name === name) }));
  }

  ruleOf = (outcome: Outcome): 'closed' | 'open' => failureRule(outcome.handler, this.surroundings.options);

  /** Says something once in the session; where no turn is at hand, as soon as one is. */
  tell(said: Said, place?: Pick<Place, 'say'>): void {
    if (this.#told.has(said.text)) return;
    this.#told.add(said.text);
    if (place === undefined) this.sayLater(said);
    else place.say(said);
  }

  /** Says it as soon as a turn is at hand; the same not twice. */
  sayLater(said: Said): void {
    if (!this.#unsaid.some(({ text }) => text === said.text)) this.#unsaid.push(said);
  }

  takeUnsaid(): Said[] { return this.#unsaid.splice(0); }

  /** Starts hooks that nobody waits for. */
  inBackground(work: Promise<unknown>): void {
    const settled = work.catch(() => undefined).finally(() => this.#background.delete(settled));
    this.#background.add(settled);
  }

  /** Waits for what was started in the background, for so long. */
  async settle(limitMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([Promise.all(this.#background), new Promise((resolve) => { timer = setTimeout(resolve, limitMs); })]);
    clearTimeout(timer);
  }

  forgetTurn(turnId: string): void {
    this.stops.delete(turnId);
    this.forgetRun(turnId);
    this.hasCompacted.delete(turnId);
  }

  forgetRun(runId: string): void {
    this.agents.delete(runId);
    this.added.delete(runId);
    this.goneOn.delete(runId);
  }

  get closing(): AbortSignal { return this.#end.signal; }

  /** Ends everything that the session's hooks have left running. */
  async close(): Promise<void> {
    this.#end.abort(new DOMException('The session has ended', 'AbortError'));
    await Promise.all(this.#background);
    await Promise.all(this.#left.map((tree) => stopTree(tree, END_GRACE_MS)));
    await this.transcript.remove();
  }

  #baseFields(event: EventName, { agentId, turnId }: Place): Fields {
    return {
      session_id: this.id, ...(turnId === undefined ? {} : { prompt_id: turnId }), transcript_path: this.transcript.path, cwd: this.cwd, permission_mode: this.#mode, hook_event_name: event,
      ...(agentId === undefined ? {} : { agent_id: agentId, agent_type: this.agents.get(agentId) ?? 'agent' }),
    };
  }

  /** @returns what runs the hooks that match, where there are any */
  async #prepare(request: EventRequest, place: Place, said: Said[]): Promise<(() => Promise<Done>) | undefined> {
    const say = (one: Said): void => void said.push(one);
    const set = await this.load();
    if (set.trust === 'changed') throw changedError(set);
    for (const one of introduce(set, this.surroundings.options)) this.tell(one, { say });
    const { env } = this.surroundings;
    const jobs = selectJobs(set, request, { base: this.#baseFields(request.event, place), hasRun: this.#ran, home: env['HOME'] ?? env['USERPROFILE'] ?? homedir() });
    for (const { handler } of jobs) if (handler.once) this.#ran.add(identityOf(handler));
    if (jobs.length === 0) return undefined;
    // A sub-turn has a history of its own.
    if (place.agentId === undefined) await this.#writeTranscript(place.messages, { say });
    return () => this.#runJobs(set, jobs, request, place);
  }

  async #runJobs(set: HookSet, jobs: readonly Job[], request: EventRequest, place: Place): Promise<Done> {
    const ran: Done['ran'] = [];
    let next = 0;
    const work = async (): Promise<void> => {
      for (let at = next++; at < jobs.length; at = next++) {
        const { handler, shown, index } = jobs[at]!;
        const running = this.#runJob(set, jobs[at]!, request, place);
        this.inBackground(running); // An interrupted tap is left at once; the session ends only after what it had started.
        ran[at] = { outcome: { ...await running, handler: toHead(handler) }, index, name: shown?.name ?? null };
      }
    };
    const settled = await Promise.allSettled(Array.from({ length: Math.min(PARALLEL_MAX, jobs.length) }, work));
    for (const result of settled) if (result.status === 'rejected') throw result.reason;
    const said: Said[] = [];
    for (const { outcome } of ran) this.#sayOutcome(outcome, { say: (one) => said.push(one) });
    return { ran, said };
  }

  async #runJob({ root, untrusted }: HookSet, { handler, fields }: Job, { budgetMs, envFile }: EventRequest, { signal }: Place): Promise<Outcome> {
    if (untrusted.has(handler)) return { handler, ignored: [], failure: 'it runs a file of this project that is not trusted; look at it, then: pith trust' };
    const run = (given: AbortSignal): Promise<Outcome> => runHook(handler, {
      fields, root, cwd: this.cwd, signal: given, surroundings: this.surroundings, onLeft: (tree) => this.#left.push(tree),
      ...(budgetMs === undefined ? {} : { budgetMs }), ...(envFile === undefined ? {} : { envFile }),
    });
    if (!handler.async) return run(signal);
    this.inBackground(run(this.closing).then((outcome) => {
      if (outcome.context !== undefined) this.waiting.push(markText(handler.event, outcome.context));
      this.#sayOutcome(outcome, { say: (said) => this.sayLater(said) });
    }));
    return { handler, ignored: [] };
  }

  /** Hooks run without it, too. */
  async #writeTranscript(messages: readonly Message[] | undefined, place: Pick<Place, 'say'>): Promise<void> {
    try {
      await this.transcript.write(this.surroundings.secrets.redactDeep(messages));
    } catch (error) {
      this.tell({ level: 'warning', text: `The transcript for hooks could not be written: ${toMessage(error)}` }, place);
    }
  }

  #sayOutcome({ handler, failure, message, ignored }: Outcome, place: Pick<Place, 'say'>): void {
    const name = nameOf(handler);
    if (failure !== undefined) {
      const isClosed = !handler.async && failureRule(handler, this.surroundings.options) === 'closed';
      const effect = isClosed ? '' : '; it was passed over';
      place.say({ level: 'warning', code: 'HOOK_FAILED', text: `${name} failed: ${failure}${effect}` });
    }
    if (message !== undefined) place.say({ level: 'warning', text: escapeControl(limitOutput(message), { lines: true }) });
    for (const key of ignored) this.tell({ level: 'warning', text: `${name} said ${key}, which is not supported` }, place);
  }
}
