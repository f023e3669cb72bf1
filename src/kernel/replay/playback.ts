import { createHash } from 'node:crypto';
import type { Flow, Outlet, Stamp } from '../output/delivery.ts';
import { PithError } from '../errors.ts';
import type { EventBody, TurnEvent } from '../event.ts';
import { deepFreeze } from '../base/freeze.ts';
import type { ModelEvent } from '../message.ts';
import { findPath, placeOf, saidBy, toPlayed } from './played-event.ts';
import { type KeptError, type Outcome, type Outside, type RecordedSitting, toThrown } from './tape.ts';

/** The first event that is not as it was then. One of the two is absent where the other side has nothing in its place. */
export interface Difference {
  seq: number;
  type: string;
  /** The first field that differs, as `reply.blocks.0.text`. */
  path: string;
  recorded: TurnEvent | null;
  replayed: TurnEvent | null;
}

/** What was heard: how many events, and one hash over all of them, a line of JSON each. */
export interface Heard { events: number; hash: string; difference: Difference | null }

type OfKind<K extends Outside['kind']> = Extract<Outside, { kind: K }>;
interface Held { body: EventBody; stamp: Stamp; resolve: () => void; reject: (error: Error) => void }

/** Parts of one text, or of one call's progress: they come in their own order and need no looking at. */
const STREAMED: ReadonlySet<string> = new Set(['text-delta', 'thinking-delta', 'tool-input-delta', 'tool-progress']);

/** What says how something ended, however it did. */
const ENDS: ReadonlySet<string> = new Set(['tool-end', 'run-end', 'turn-end']);

/** How long nothing may happen before the event that is due counts as one that never comes. */
export const REPLAY_IDLE_MS = 10_000;
/** How long nothing may happen before a stop that is due is what everybody waits for. */
const STOP_IDLE_MS = 250;

/**
 * A recorded sitting, played again: it stands where the events of a session go out, gives back what came from outside, and
 * compares. Each event waits here until all that came before it then have come now, so the order of things that run side
 * by side is that of the recording, however long each takes. It ends with the first event that differs.
 */
export class Playback implements Flow {
  difference: Difference | undefined;
  /** Called for what a replay does not make by itself, as each such event is due. */
  onForeign: ((event: TurnEvent) => void) | undefined;
  readonly #events: readonly TurnEvent[];
  readonly #foreign: ReadonlySet<number>;
  /** What was kept, by kind and place, in order. */
  readonly #kept = new Map<string, Outside[]>();
  readonly #stops: readonly OfKind<'stop'>[];
  /** Where in the recording something stands: of two that came between the same events, which was first. */
  readonly #order: ReadonlyMap<Outside, number>;
  readonly #turnIds: string[];
  /** Which events are expected of whom, by place. */
  readonly #expected = new Map<string, number[]>();
  readonly #held = new Map<number, Held>();
  /** Events that will not come any more, and what ended their run. */
  readonly #missing = new Map<number, TurnEvent>();
  readonly #waiters: { at: number; resolve: () => void; reject: (error: Error) => void }[] = [];
  readonly #hash = createHash('sha256');
  readonly #idleMs: number;
  #next = 0;
  #isAdvancing = false;
  #isClosed = false;
  /** The process ended in the middle of a turn: what would have come next nobody knows. */
  readonly #isBroken: boolean;
  /** The turn at hand, what stops it, and what stopped it then. */
  #turn: { stop: (error: Error) => void; then: OfKind<'stop'> | undefined; applied: Error | undefined } | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor({ events, outside }: RecordedSitting, { idleMs = REPLAY_IDLE_MS }: { idleMs?: number } = {}) {
    this.#events = events;
    this.#idleMs = idleMs;
    this.#isBroken = events.findLastIndex(({ type }) => type === 'turn-start') > events.findLastIndex(({ type }) => type === 'turn-end');
    this.#foreign = new Set(outside.filter(({ kind }) => kind === 'event').map(({ at }) => at));
    this.#stops = outside.filter((item) => item.kind === 'stop');
    this.#order = new Map(outside.map((item, index) => [item, index]));
    this.#turnIds = outside.flatMap((item) => (item.kind === 'turn' || item.kind === 'call' ? [item.facts.turnId] : []));
    for (const item of outside) if ('key' in item) push(this.#kept, `${item.kind} ${item.key}`, item);
    for (const [seq, event] of events.entries()) if (!this.#foreign.has(seq)) push(this.#expected, placeOf(event, event), seq);
  }

  get count(): number { return this.#next; }
  get #isOver(): boolean { return this.difference !== undefined || this.#isClosed; }

  keep(): void {} // What comes from outside is in the recording already.

  nextTurnId(): string {
    return this.#turnIds.shift() ?? '';
  }

  /** From here on this is the turn at hand. */
  begin(turnId: string, stop: (error: Error) => void): void {
    this.#turn = { stop, then: this.#stops.find((item) => item.turnId === turnId), applied: undefined };
    this.#touch();
  }

  emit(body: EventBody, stamp: Stamp, { isForeign }: Outlet): Promise<void> | undefined {
    if (isForeign || this.#isOver) return undefined; // The recording has it, or nobody looks any more.
    const seq = this.#claim(body, stamp);
    if (seq === undefined) this.#touch();
    if (seq === undefined && this.#isBroken) return this.when(Infinity);
    if (seq === undefined && this.#turn?.then !== undefined) return this.#stopped();
    if (seq === undefined) {
      this.#differ(this.#events[this.#next], toPlayed(body, stamp, { seq: this.#next }));
      return undefined;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    promise.catch(() => undefined); // Not everybody waits for every event.
    this.#held.set(seq, { body, stamp, resolve, reject });
    if (body.type === 'turn-end' || body.type === 'run-end') this.#missBefore(seq, toPlayed(body, stamp, this.#events[seq]!));
    this.#advance();
    this.#touch();
    return this.#held.has(seq) ? promise : undefined;
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  /** Settles when as many events have been heard. */
  when(at: number): Promise<void> {
    if (this.#next >= at) return Promise.resolve();
    if (this.#isOver) return Promise.reject(ended());
    return new Promise((resolve, reject) => { this.#waiters.push({ at, resolve, reject }); });
  }

  /** A value as it was then. @throws what was thrown then; PithError REPLAY_MISSING */
  valueNow(key: string): unknown {
    if (!this.holds('value', key) && this.#turn?.then !== undefined && this.#turn.then.at <= this.#next) throw this.#applyStop();
    return open(this.#take('value', key).outcome);
  }

  async value(key: string): Promise<unknown> {
    await this.#wasKept('value', key);
    const item = this.#take('value', key);
    await this.#reach(item);
    return open(item.outcome);
  }

  async tool(key: string): Promise<OfKind<'tool'>> {
    await this.#wasKept('tool', key);
    const item = this.#take('tool', key);
    await this.#reach(item);
    return item;
  }

  /** Whether something was kept of a place, and was not given back yet. */
  holds(kind: Outside['kind'], key: string): boolean {
    return (this.#kept.get(`${kind} ${key}`)?.length ?? 0) > 0;
  }

  /** Whether a run, or a call, said more then than how it ended. */
  goesOn(runId: string, callId?: string): boolean {
    return this.#open(runId, callId).some(({ type }) => !ENDS.has(type));
  }

  /**
   * Whether a run looks for a stop in vain. Where it had said all but its end, it had found one.
   * @throws the stop; what ended the replay
   */
  check(runId: string): void {
    if (this.#isOver) throw ended();
    const stop = this.#turn?.then;
    if (stop === undefined || this.goesOn(runId)) return;
    const end = this.#open(runId).find((event) => event.type === 'turn-end' || event.type === 'run-end');
    if (end === undefined || end.status === 'done' || end.error?.code !== stop.error.code) return;
    throw stop.at <= this.#next ? this.#applyStop() : toThrown(stop.error);
  }

  /** Whether a stream comes from the recording; one that was never opened then, as of a provider that was missing, does not. */
  isPlayed(key: string): boolean {
    return this.#isBroken || this.holds('model', key) || this.#turn?.then !== undefined;
  }

  /** The stream as it came then, event by event, with its end. */
  model(key: string): AsyncIterable<ModelEvent> {
    // A call that the end of the process broke off has its stream in no recording.
    const isHeld = this.holds('model', key);
    const item = isHeld || !(this.#isBroken || this.#turn?.then !== undefined) ? this.#take('model', key) : undefined;
    const { events, end } = item ?? { events: [], end: 'done' as const };
    let index = 0;
    const next = async (): Promise<IteratorResult<ModelEvent>> => {
      if (index < events.length) return { done: false, value: events[index++]! };
      if (end === 'lost') throw new PithError('The stream of a model call was too long to be recorded', { code: 'REPLAY_MISSING' });
      if (item === undefined) await this.#wasKept('model', key);
      else await this.#reach(item);
      if (end === 'cut') return new Promise(() => undefined); // Nobody wanted more then; whoever wants more now is stopped.
      if (end !== 'done') throw toThrown(end.error);
      return { done: true, value: undefined };
    };
    return { [Symbol.asyncIterator]: () => ({ next, return: () => Promise.resolve({ done: true, value: undefined }) }) };
  }

  /** What was heard in the end; events that never came are a difference, too. */
  close(): Heard {
    if (!this.#isOver && this.#next < this.#events.length) this.#differ(this.#events[this.#next], undefined);
    if (!this.#isClosed) this.#end();
    return { events: this.#next, hash: this.#hash.digest('hex'), difference: this.difference ?? null };
  }

  /** The events that are still expected of a run, or of a call in it. */
  #open(runId: string, callId?: string): TurnEvent[] {
    const events: TurnEvent[] = [];
    for (const [place, seqs] of this.#expected) if (place.startsWith(`${runId} `)) events.push(...seqs.map((seq) => this.#events[seq]!));
    return callId === undefined ? events : events.filter((event) => 'callId' in event && event.callId === callId);
  }

  /** A run that ends says nothing more: what was expected of it before will not come. */
  #missBefore(end: number, event: TurnEvent): void {
    for (const seqs of this.#expected.values()) {
      for (const seq of seqs) if (seq < end && this.#events[seq]!.runId === event.runId) this.#missing.set(seq, event);
    }
  }

  /** What was not kept, in a turn that was stopped or broke off, was not come to: then the stop was before it. */
  #wasKept(kind: 'tool' | 'value' | 'model', key: string): Promise<void> {
    if (this.holds(kind, key)) return Promise.resolve();
    if (this.#turn?.then !== undefined) return this.#stopped();
    return this.#isBroken ? this.when(Infinity) : Promise.resolve();
  }

  /** Waits for all that came before something, the stop of the turn included. */
  async #reach(item: OfKind<'value' | 'tool' | 'model'>): Promise<void> {
    await this.when(item.at);
    const stop = this.#turn?.then;
    if (stop === undefined || item.at < stop.at) return;
    // A result is written down later than it came; one that came at the same time counts when it is an error.
    const isAfter = item.kind === 'tool' ? 'error' in item.outcome : this.#order.get(item)! > this.#order.get(stop)!;
    if (item.at > stop.at || isAfter) this.#applyStop();
  }

  /**
   * A stop is applied as late as can be: where something comes that did not come then, or something that came after it.
   * Between two events a turn passes many places that look for it, and nobody wrote down which ones had.
   * @returns a promise that rejects with the stop, as the place that looked for it did
   */
  #stopped(): Promise<never> {
    const stopping = this.when(this.#turn!.then!.at).then(() => { throw this.#applyStop(); });
    stopping.catch(() => undefined);
    return stopping;
  }

  #applyStop(): Error {
    const turn = this.#turn!;
    if (turn.applied === undefined) {
      turn.applied = toThrown(turn.then!.error);
      turn.stop(turn.applied);
    }
    return turn.applied;
  }

  #take<K extends 'model' | 'tool' | 'value'>(kind: K, key: string): OfKind<K> {
    const item = this.#kept.get(`${kind} ${key}`)?.shift();
    if (item === undefined) throw new PithError(`The recording holds nothing of this place: ${kind} ${key}`, { code: 'REPLAY_MISSING', hint: 'The plugins of now ask for something that those of then did not.' });
    return item as OfKind<K>;
  }

  /** The place in the recording that an event has. Of several that it could have, one where the same was said. */
  #claim(body: EventBody, stamp: Stamp): number | undefined {
    const queue = this.#expected.get(placeOf(body, stamp));
    if (queue === undefined || queue.length < 2 || STREAMED.has(body.type)) return queue?.shift();
    const said = saidBy(body);
    const same = queue.findIndex((seq) => saidBy(this.#events[seq]!) === said);
    return queue.splice(Math.max(same, 0), 1)[0];
  }

  /** Lets go on whoever is next, for as long as they are there. */
  #advance(): void {
    if (this.#isAdvancing) return;
    this.#isAdvancing = true;
    while (!this.#isOver && this.#next < this.#events.length) {
      const recorded = this.#events[this.#next]!;
      const held = this.#held.get(this.#next);
      if (this.#missing.has(this.#next)) {
        this.#differ(recorded, this.#missing.get(this.#next));
        break;
      }
      if (held === undefined && !this.#foreign.has(this.#next)) break;
      if (held === undefined) this.onForeign?.(recorded);
      const event = held === undefined ? recorded : toPlayed(held.body, held.stamp, recorded);
      const text = JSON.stringify(event);
      if (text !== JSON.stringify(recorded)) {
        this.#differ(recorded, event);
        break;
      }
      this.#hash.update(`${text}\n`);
      this.#held.delete(this.#next++);
      held?.resolve();
      this.#wake();
    }
    this.#isAdvancing = false;
    if (this.#isBroken && !this.#isOver && this.#next === this.#events.length) this.#end();
  }

  #wake(): void {
    for (let index = this.#waiters.length - 1; index >= 0; index--) if (this.#waiters[index]!.at <= this.#next) this.#waiters.splice(index, 1)[0]!.resolve();
  }

  #differ(recorded: TurnEvent | undefined, replayed: TurnEvent | undefined): void {
    if (this.#isOver) return;
    const [was, is] = [recorded, replayed].map((event) => (event === undefined ? undefined : JSON.parse(JSON.stringify(event)) as TurnEvent));
    this.difference = { seq: this.#next, type: (recorded ?? replayed)?.type ?? '', path: was === undefined || is === undefined ? '' : findPath(was, is) ?? '', recorded: was ?? null, replayed: is ?? null };
    this.#end();
  }

  /** Nobody waits any longer, and nothing more is heard. */
  #end(): void {
    clearTimeout(this.#timer);
    this.#isClosed = true;
    const error = ended();
    for (const { reject } of this.#held.values()) reject(error);
    for (const { reject } of this.#waiters.splice(0)) reject(error);
    this.#held.clear();
    this.#turn?.stop(error);
  }

  #touch(): void {
    clearTimeout(this.#timer);
    if (this.#isOver) return;
    const isStopDue = this.#turn?.then !== undefined && this.#turn.applied === undefined && this.#turn.then.at <= this.#next;
    this.#timer = setTimeout(() => {
      if (!isStopDue) return this.#differ(this.#events[this.#next], undefined);
      this.#applyStop(); // Something waits for just that.
      this.#touch();
    }, isStopDue ? Math.min(this.#idleMs, STOP_IDLE_MS) : this.#idleMs);
  }
}

function ended(): PithError {
  return new PithError('The replay ends here', { code: 'REPLAY_DIFFERS' });
}

function open(outcome: Outcome | { error: KeptError }): unknown {
  if ('error' in outcome) throw toThrown(outcome.error);
  return deepFreeze(outcome.value);
}

function push<T>(map: Map<string, T[]>, key: string, item: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [item]);
  else list.push(item);
}
