import type { SyncHook } from 'tapable';
import { isPithError, PithError, toMessage } from '../errors.ts';
import { enterPlugins, leavePlugins } from '../base/exit.ts';
import { DURABLE_EVENTS, type TurnEvent } from '../event.ts';
import { Frame, isThenable, type Tap, type Watchdog } from '../frame.ts';
import type { OutputTap } from '../hooks.ts';
import type { Outside } from '../replay/tape.ts';
import type { TapOutcome, Trace } from '../trace.ts';
import { within } from '../base/within.ts';

/** What the kernel is told of an observer that lost events or failed, or of a plugin that could not be closed. */
export interface Trouble { plugin: string; tap: string; text: string; code: string }

interface Waiting { event: TurnEvent; trace: Trace | undefined; outside: readonly Outside[] }

const NOTHING: readonly Outside[] = Object.freeze([]);

/** How long what nobody waits for yet may wait to be flushed: nobody sees that it is shown later. */
const SOON_MS = 5;

/** An observer belongs to no turn, so no turn's end interrupts it. */
const NEVER = new AbortController().signal;

/**
 * One observer. It is called as an event happens; while a promise of it is open, events wait in its queue, so a slow
 * observer slows nothing but itself.
 */
class Observer {
  readonly tap: Tap<OutputTap>;
  readonly #watchdog: Watchdog;
  readonly #report: (trouble: Trouble) => void;
  readonly #queue: Waiting[] = [];
  /** Events that were taken, and those of them that are dealt with. */
  #taken = 0;
  #done = 0;
  readonly #waiters: { upTo: number; resolve: () => void }[] = [];
  /** What a durable observer failed with, by session. */
  readonly #errors = new Map<string, PithError>();
  /** A flush that waits for what may follow, by session. */
  readonly #soon = new Map<string, { promise: Promise<void>; begin: () => void }>();
  #isBusy = false;
  #dropped = 0;
  #hasFailed = false;

  constructor(tap: Tap<OutputTap>, watchdog: Watchdog, report: (trouble: Trouble) => void) {
    this.tap = tap;
    this.#watchdog = watchdog;
    this.#report = report;
  }

  take(event: TurnEvent, trace: Trace | undefined, outside: readonly Outside[] = NOTHING): void {
    if (this.#isBusy && this.#queue.length >= this.tap.queueLimit) return this.#drop([{ event, trace, outside }], `more than ${this.tap.queueLimit} events were waiting`);
    this.#taken++;
    if (this.#isBusy) {
      this.#queue.push({ event, trace, outside });
      return;
    }
    const pending = this.#call(event, trace, outside);
    if (pending === undefined) this.#done++;
    else void this.#drain(pending);
  }

  /**
   * @param mayWait whether it may come with what follows at once
   * @returns nothing where all that was taken is kept; a promise that waits for it otherwise, and rejects with the failure
   */
  flush(sessionId: string, mayWait: boolean): Promise<void> | undefined {
    if (this.#done === this.#taken && !this.#errors.has(sessionId) && this.tap.flush === undefined) return undefined;
    if (mayWait && this.tap.flush !== undefined) return this.#flushSoon(sessionId);
    const soon = this.#soon.get(sessionId);
    soon?.begin();
    return soon?.promise ?? this.#flush(sessionId);
  }

  /** Begins the flush that waits for more, if there is one. */
  hurry(sessionId: string): void {
    this.#soon.get(sessionId)?.begin();
  }

  #flushSoon(sessionId: string): Promise<void> {
    const known = this.#soon.get(sessionId);
    if (known !== undefined) return known.promise;
    const { promise, resolve } = Promise.withResolvers<void>();
    const begin = (): void => {
      clearTimeout(timer);
      this.#soon.delete(sessionId);
      resolve(this.#flush(sessionId));
    };
    const timer = setTimeout(begin, SOON_MS);
    this.#soon.set(sessionId, { promise, begin });
    return promise;
  }

  async whenIdle(): Promise<void> {
    if (this.#done < this.#taken) await new Promise<void>((resolve) => { this.#waiters.push({ upTo: this.#taken, resolve }); });
  }

  async #flush(sessionId: string): Promise<void> {
    if (this.#done < this.#taken) await this.whenIdle();
    const error = this.#errors.get(sessionId);
    if (error === undefined) return this.#bringHome(sessionId);
    this.#errors.delete(sessionId); // Said once: the next turn may find the disk with room again.
    throw error;
  }

  /** The tap's own flush, begun at once. Each that waits for it learns of its failure. */
  async #bringHome(sessionId: string): Promise<void> {
    const { flush, timeoutMs } = this.tap;
    try {
      const flushing = flush?.(sessionId);
      if (flushing !== undefined) await within(flushing, { limitMs: timeoutMs, late: () => new Error(`it did not come to the disk within ${timeoutMs / 1000} s`) });
    } catch (error) {
      throw this.#toError(error);
    }
  }

  async #drain(first: Promise<void>): Promise<void> {
    this.#isBusy = true;
    let pending: Promise<void> | undefined = first;
    for (;;) {
      if (pending !== undefined) await pending;
      this.#finish(1);
      const next = this.#queue.shift();
      if (next === undefined) break;
      pending = this.#call(next.event, next.trace, next.outside);
    }
    this.#isBusy = false;
  }

  #finish(events: number): void {
    this.#done += events;
    while (this.#waiters[0] !== undefined && this.#waiters[0].upTo <= this.#done) this.#waiters.shift()!.resolve();
  }

  #call(event: TurnEvent, trace: Trace | undefined, outside: readonly Outside[]): Promise<void> | undefined {
    const startMs = performance.now();
    let failure: { outcome: TapOutcome; error: unknown } | undefined;
    enterPlugins(); // Also after the turn: an observer may be behind.
    try {
      const result = this.tap.fn(event, this.tap.records ? outside : NOTHING);
      if (isThenable(result)) return this.#await(result, event, trace);
    } catch (error) {
      failure = { outcome: 'threw', error };
      this.#fail(error, event.sessionId);
    } finally {
      leavePlugins();
    }
    trace?.addTime(this.tap as Tap, event, { outcome: 'passed', ownMs: performance.now() - startMs, ...failure });
    return undefined;
  }

  #await(result: PromiseLike<void>, event: TurnEvent, trace: Trace | undefined): Promise<void> {
    const frame = new Frame(this.tap, this.#watchdog, NEVER);
    frame.start();
    enterPlugins();
    return new Promise<void>((resolve) => {
      const settle = (outcome: TapOutcome, error?: unknown): void => {
        if (frame.closed) return;
        frame.close();
        leavePlugins();
        trace?.addTime(this.tap as Tap, event, { outcome, ownMs: frame.ownMs, error });
        if (outcome !== 'passed') this.#fail(error, event.sessionId);
        // What hangs once would hang for each event that waits, one after the other.
        if (outcome === 'timed-out') this.#drop(this.#queue.splice(0), 'it hung', true);
        resolve();
      };
      frame.fail = (error) => settle('timed-out', error); // Nothing else ends the wait: an observer has no turn that stops it.
      frame.watch();
      Promise.resolve(result).then(() => settle('passed'), (error: unknown) => settle('threw', error));
    });
  }

  #fail(error: unknown, sessionId: string): void {
    const { plugin, name, durable } = this.tap;
    if (durable) {
      if (!this.#errors.has(sessionId)) this.#errors.set(sessionId, this.#toError(error));
    } else if (!this.#hasFailed) {
      this.#hasFailed = true;
      this.#report({ plugin, tap: name, code: isPithError(error) && error.code === 'TAP_TIMEOUT' ? 'TAP_TIMEOUT' : 'TAP_THREW', text: `Observer ${name} of plugin ${plugin} failed: ${toMessage(error)}. Further failures of it are not shown.` });
    }
  }

  #toError(error: unknown): PithError {
    const { plugin, name } = this.tap;
    return new PithError(`Plugin ${plugin} could not keep an event (tap ${name}): ${toMessage(error)}`, {
      code: 'OBSERVER_FAILED', plugin, hook: 'output', tap: name, origin: 'plugin', cause: error,
      ...(isPithError(error) && error.hint !== undefined ? { hint: error.hint } : {}),
    });
  }

  /** Says how many events were lost, each time their number has doubled. */
  #drop(lost: readonly Waiting[], why: string, hadTaken = false): void {
    if (lost.length === 0) return;
    const { plugin, name, durable } = this.tap;
    if (durable) for (const { event } of lost) this.#fail(new Error(why), event.sessionId);
    const before = this.#dropped;
    this.#dropped += lost.length;
    if (!durable && Math.floor(Math.log2(before || 0.5)) < Math.floor(Math.log2(this.#dropped))) {
      this.#report({ plugin, tap: name, code: 'OBSERVER_OVERFLOW', text: `Observer ${name} of plugin ${plugin} missed ${this.#dropped} event(s) so far: ${why}` });
    }
    if (hadTaken) this.#finish(lost.length);
  }
}

type OutputHook = SyncHook<[TurnEvent, Trace | undefined]>;
type DurableHook = SyncHook<[TurnEvent, Trace | undefined, readonly Outside[]]>;

/** The observers of one generation, behind the tapable `output` hooks. */
export class Observers {
  readonly #hooks: { durable: DurableHook; others: OutputHook };
  readonly #all: readonly Observer[];
  readonly #durable: readonly Observer[];
  /** Somebody keeps what comes from outside. */
  readonly isRecording: boolean;

  constructor(hooks: { durable: DurableHook; others: OutputHook }, taps: readonly Tap<OutputTap>[], watchdog: Watchdog, report: (trouble: Trouble) => void) {
    this.#hooks = hooks;
    this.#all = taps.map((tap) => new Observer(tap, watchdog, report));
    this.#durable = this.#all.filter(({ tap }) => tap.durable);
    this.isRecording = this.#durable.some(({ tap }) => tap.records === true);
    for (const observer of this.#durable) hooks.durable.tap(observer.tap.name, (event, trace, outside) => observer.take(event, trace, outside));
    for (const observer of this.#all) if (!observer.tap.durable) hooks.others.tap(observer.tap.name, (event, trace) => observer.take(event, trace));
  }

  /** Hands an event to those that must keep it. @returns a promise only where one of them must be waited for; it rejects with its failure */
  keep(event: TurnEvent, trace: Trace | undefined, outside: readonly Outside[], mayWait = false): Promise<void> | undefined {
    if (this.#durable.length === 0) return undefined;
    this.#hooks.durable.call(event, trace, outside);
    if (!DURABLE_EVENTS.has(event.type)) return undefined;
    const pending = this.#durable.map((observer) => observer.flush(event.sessionId, mayWait)).filter((flushed) => flushed !== undefined);
    return pending.length === 0 ? undefined : Promise.all(pending).then(() => undefined);
  }

  /** Somebody waits now for what was to be flushed with what follows. */
  hurry(sessionId: string): void {
    for (const observer of this.#durable) observer.hurry(sessionId);
  }

  /** Hands an event to all others. */
  show(event: TurnEvent, trace: Trace | undefined): void {
    if (this.#all.length > this.#durable.length) this.#hooks.others.call(event, trace);
  }

  /** Waits for all observers, for so long; failures were reported as they happened. */
  async settle(limitMs: number): Promise<void> {
    await within(Promise.all(this.#all.map((observer) => observer.whenIdle())), { limitMs, late: () => new Error('observers are still busy') }).catch(() => undefined);
  }
}
