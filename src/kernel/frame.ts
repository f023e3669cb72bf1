import { isPithError, PithError, toMessage } from './errors.ts';
import type { HookName, Turn } from './hooks.ts';

/** A tap as the kernel keeps it: what the plugin gave, and who it is. */
export interface Tap<Fn = unknown> {
  hook: HookName;
  zone?: 'prepare' | 'execute';
  plugin: string;
  name: string;
  stage: number;
  timeoutMs: number;
  answers: boolean;
  beforeAsking?: boolean;
  durable: boolean;
  queueLimit: number;
  /** A replay gives what it gave, and does not call it. */
  replay?: 'recorded';
  records?: boolean;
  flush?: (sessionId: string) => Promise<void> | undefined;
  /** What it must make of what, as its author says; run only by `pith hooks test`. */
  examples?: readonly unknown[];
  fn: Fn;
  /** Where it was tapped; `placeOf` reads it. */
  site?: { stack?: string };
}

export const DEFAULT_TAP_TIMEOUT_MS = 10_000;

/**
 * One invocation of one tap, of a tool or of a provider. It counts their own time: the clock stands while they wait in
 * `next`, `turn.ask`, `turn.sleep` or `turn.callModel`, and for a stream while nobody pulls.
 */
export class Frame {
  readonly tap: Tap;
  /** Of the turn, or of the tool call, that this belongs to. */
  readonly signal: AbortSignal;
  /** Milliseconds of its own time; the tap's limit at first. */
  limitMs: number;
  /** How much own time is left once the signal has fired: none, or enough to clean up. */
  readonly graceMs: number;
  /** The tap's view of the turn; set by the run that opens the frame. */
  turn!: Turn;
  nextCalls = 0;
  /** Rejects whatever waits for this tap at the moment. */
  fail: ((error: unknown) => void) | undefined;
  /** Takes the place of rejecting when the time limit has passed. */
  onExpire: (() => void) | undefined;
  onClose: (() => void) | undefined;
  /** The tap handed on something else than it was given. */
  changed = false;
  closed = false;
  readonly #watchdog: Watchdog;
  #isRunning = false;
  #waits = 0;
  #since = 0;
  #spentMs = 0;
  /** Its own time as the limit at hand began. */
  #limitFromMs = 0;
  #stopped: { reason: unknown; atMs: number } | undefined;
  #isExpired = false;
  #own: AbortController | undefined;
  #unlink: (() => void) | undefined;

  constructor(tap: Tap, watchdog: Watchdog, signal: AbortSignal, graceMs = 0) {
    this.tap = tap;
    this.limitMs = tap.timeoutMs;
    this.#watchdog = watchdog;
    this.signal = signal;
    this.graceMs = graceMs;
  }

  /** @param nowMs where one frame stops as another starts, they share a look at the clock */
  start(nowMs = performance.now()): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    if (this.#waits === 0) this.#since = nowMs;
  }

  stop(nowMs = performance.now()): void {
    this.#count(nowMs);
    this.#isRunning = false;
  }

  /** What it waits for from here on is not its own time. */
  pause(nowMs = performance.now()): void {
    this.#count(nowMs);
    this.#waits++;
  }

  resume(nowMs = performance.now()): void {
    if (--this.#waits > 0) return;
    if (this.#isRunning) this.#since = nowMs;
    else if (this.closed) this.#unlink?.(); // What it had started is over, too.
  }

  /** Begins and waits for what is not its own, with the clock standing. */
  async wait<T>(work: () => PromiseLike<T>): Promise<T> {
    this.pause();
    try {
      return await work();
    } finally {
      this.resume();
    }
  }

  get ownMs(): number {
    return this.#since === 0 ? this.#spentMs : this.#spentMs + performance.now() - this.#since;
  }

  /** Starts its time limit anew. */
  restart(): void {
    this.#limitFromMs = this.ownMs;
  }

  /** Has it looked after by the watchdog until it is closed. */
  watch(): void {
    this.#watchdog.add(this);
  }

  /** Called now and then while somebody waits. */
  look(): void {
    const stopped = this.#stopped ??= this.signal.aborted ? { reason: this.signal.reason, atMs: this.ownMs } : undefined;
    if (stopped !== undefined && this.ownMs - stopped.atMs >= this.graceMs) return this.fail?.(stopped.reason);
    if (this.#isExpired || this.ownMs - this.#limitFromMs < this.limitMs) return;
    this.#isExpired = true;
    if (this.onExpire !== undefined) return this.onExpire();
    const error = timeoutError(this.tap);
    this.giveUp(error);
    this.fail?.(error);
  }

  /** A signal of its own, made when it is first asked for: it fires with the other one, and when this is given up. */
  get ownSignal(): AbortSignal {
    if (this.#own === undefined) {
      const own = this.#own = new AbortController();
      const { signal } = this;
      const onAbort = (): void => own.abort(signal.reason);
      if (this.#stopped !== undefined) own.abort(this.#stopped.reason);
      else if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
      this.#unlink = () => signal.removeEventListener('abort', onAbort);
    }
    return this.#own.signal;
  }

  /** Why it was told to stop; nothing while it may go on. */
  get stopReason(): unknown {
    return this.#stopped?.reason ?? (this.signal.aborted ? this.signal.reason as unknown : undefined);
  }

  /** Tells it to stop. What it does about that within its grace time still counts. */
  giveUp(reason: unknown): void {
    this.#stopped ??= { reason, atMs: this.ownMs };
    this.#own?.abort(reason);
  }

  /** Forgets the frame; its time is final. */
  close(): void {
    if (this.closed) return;
    this.stop();
    this.closed = true;
    this.fail = undefined;
    this.#watchdog.remove(this);
    if (this.#waits === 0) this.#unlink?.();
    this.onClose?.();
  }

  #count(nowMs: number): void {
    if (this.#since === 0) return;
    this.#spentMs += nowMs - this.#since;
    this.#since = 0;
  }
}

function timeoutError({ plugin, name, hook, timeoutMs }: Tap): PithError {
  return new PithError(`Plugin ${plugin} took longer than ${timeoutMs} ms in hook ${hook} (tap ${name})`, {
    code: 'TAP_TIMEOUT', plugin, hook, tap: name, origin: 'plugin', hint: 'Make the tap quicker, or raise its timeoutMs.',
  });
}

/** Looks at all frames that wait, now and then, instead of one timer for each of them. */
export class Watchdog {
  readonly #frames = new Set<Frame>();
  #timer: NodeJS.Timeout | undefined;
  #periodMs = Infinity;

  add(frame: Frame): void {
    this.#frames.add(frame);
    const { tap: { timeoutMs }, graceMs } = frame;
    const periodMs = Math.min(250, Math.max(2, Math.min(timeoutMs, graceMs || timeoutMs) / 4));
    if (this.#timer === undefined || periodMs < this.#periodMs) {
      clearInterval(this.#timer);
      this.#periodMs = periodMs;
      this.#timer = setInterval(() => this.#look(), periodMs);
    } else if (this.#frames.size === 1) {
      this.#timer.ref();
    }
  }

  remove(frame: Frame): void {
    if (this.#frames.delete(frame) && this.#frames.size === 0) this.#timer?.unref();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#periodMs = Infinity;
  }

  #look(): void {
    if (this.#frames.size === 0) return this.close();
    for (const frame of this.#frames) frame.look();
  }
}

/**
 * Calls a tap and waits for it, within its time limit.
 * @throws PithError naming plugin, hook and tap
 */
export function callTap<R>(frame: Frame, call: () => R | PromiseLike<R>): R | Promise<R> {
  frame.start();
  let pending: Promise<R>;
  try {
    const result = call();
    if (!isThenable(result)) {
      frame.close();
      return result;
    }
    pending = Promise.resolve(result); // What only looks like a promise may throw when it is asked for its value.
  } catch (error) {
    frame.close();
    throw blame(frame, error);
  }
  return new Promise<R>((resolve, reject) => {
    frame.fail = (error) => { frame.close(); reject(error as Error); };
    frame.watch();
    pending.then(
      (value) => { frame.close(); resolve(value); },
      (error) => { frame.close(); reject(blame(frame, error) as Error); },
    );
  });
}

/** Errors that have left the layer they are from. Whoever they pass on their way out is not to blame. */
const blamed = new WeakSet<object>();

/** Marks an error of the kernel's own layers, so that no tap further out is blamed for it. */
export function asItIs(error: unknown): unknown {
  if (typeof error === 'object' && error !== null) blamed.add(error);
  return error;
}

/** Names the tap on an error it threw. What came to it from further in, or from the user, passes as it is. */
export function blame(frame: Frame, error: unknown): unknown {
  if (typeof error === 'object' && error !== null && blamed.has(error)) return error;
  return asItIs(toBlamed(frame, error));
}

function toBlamed({ tap: { plugin, hook, name }, signal }: Frame, error: unknown): unknown {
  if (signal.aborted && (error === signal.reason || (error as Error | null)?.name === 'AbortError')) return signal.reason;
  if (isPithError(error)) {
    error.plugin ??= plugin;
    error.hook ??= hook;
    error.tap ??= name;
    return error;
  }
  return new PithError(`Plugin ${plugin} failed in hook ${hook} (tap ${name}): ${toMessage(error)}`, {
    code: 'TAP_THREW', plugin, hook, tap: name, origin: 'plugin', cause: error,
    hint: `Mend the plugin ${plugin}, or take it out.`,
  });
}

/** An error about what a tap did with its hook. */
export function misuse(tap: Tap, code: 'TAP_INVALID_RESULT' | 'TAP_SKIPPED_NEXT' | 'TAP_NEXT_MISUSED' | 'TAP_CHANGED_CALL', what: string): PithError {
  return new PithError(`Plugin ${tap.plugin} ${what} in hook ${tap.hook} (tap ${tap.name})`, {
    code, plugin: tap.plugin, hook: tap.hook, tap: tap.name, origin: 'plugin',
  });
}

export function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && typeof (value as PromiseLike<T>).then === 'function';
}
