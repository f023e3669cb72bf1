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
  durable: boolean;
  queueLimit: number;
  fn: Fn;
}

export const DEFAULT_TAP_TIMEOUT_MS = 10_000;

/**
 * One invocation of one tap. It counts the tap's own time: the clock stands while the tap waits in `next`,
 * `turn.ask`, `turn.sleep` or `turn.callModel`, and for a stream while nobody pulls.
 */
export class Frame {
  readonly tap: Tap;
  readonly watchdog: Watchdog;
  readonly attemptId: string;
  /** The tap's view of the turn; set by the turn that opens the frame. */
  turn!: Turn;
  ownMs = 0;
  nextCalls = 0;
  /** Rejects whatever waits for this tap at the moment. */
  fail: ((error: unknown) => void) | undefined;
  onClose: (() => void) | undefined;
  /** The tap handed on something else than it was given. */
  changed = false;
  expired = false;
  closed = false;
  #since = 0;
  #waits = 0;

  constructor(tap: Tap, watchdog: Watchdog, attemptId: string) {
    this.tap = tap;
    this.watchdog = watchdog;
    this.attemptId = attemptId;
  }

  start(): void {
    if (this.#waits === 0) this.#since = performance.now();
  }

  stop(): void {
    if (this.#since !== 0) {
      this.ownMs += performance.now() - this.#since;
      this.#since = 0;
    }
  }

  /** The tap begins to wait for something that is not its own time. */
  pause(): void {
    this.stop();
    this.#waits++;
  }

  resume(): void {
    if (--this.#waits === 0 && !this.closed) this.#since = performance.now();
  }

  /** Waits for `promise` with the clock standing. */
  async wait<T>(promise: PromiseLike<T>): Promise<T> {
    this.pause();
    try {
      return await promise;
    } finally {
      this.resume();
    }
  }

  get remainingMs(): number {
    const running = this.#since === 0 ? 0 : performance.now() - this.#since;
    return this.tap.timeoutMs - this.ownMs - running;
  }

  expire(): void {
    if (this.expired) return;
    this.expired = true;
    const { plugin, name, hook, timeoutMs } = this.tap;
    this.fail?.(new PithError(`Plugin ${plugin} took longer than ${timeoutMs} ms in hook ${hook} (tap ${name})`, {
      code: 'TAP_TIMEOUT', plugin, hook, tap: name, origin: 'plugin',
      hint: `Raise timeoutMs of the tap, or look with: pith hooks trace`,
    }));
  }

  /** Forgets the frame; its time is final. */
  close(): void {
    if (this.closed) return;
    this.stop();
    this.closed = true;
    this.fail = undefined;
    this.watchdog.remove(this);
    this.onClose?.();
  }
}

/** Looks at all frames that wait, now and then, instead of one timer for each of them. */
export class Watchdog {
  readonly #frames = new Set<Frame>();
  #timer: NodeJS.Timeout | undefined;
  #periodMs = Infinity;

  add(frame: Frame): void {
    this.#frames.add(frame);
    const periodMs = Math.min(250, Math.max(2, frame.tap.timeoutMs / 4));
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
    for (const frame of this.#frames) if (frame.remainingMs <= 0) frame.expire();
  }
}

/**
 * Calls a tap and waits for it, within its time limit.
 * @throws PithError naming plugin, hook and tap
 */
export function callTap<R>(frame: Frame, call: () => R | PromiseLike<R>): R | Promise<R> {
  frame.start();
  let result: R | PromiseLike<R>;
  try {
    result = call();
  } catch (error) {
    frame.close();
    throw blame(frame, error);
  }
  if (!isThenable(result)) {
    frame.close();
    return result;
  }
  const pending = result;
  return new Promise<R>((resolve, reject) => {
    frame.fail = reject;
    frame.watchdog.add(frame);
    pending.then(
      (value) => { frame.close(); resolve(value); },
      (error) => { frame.close(); reject(blame(frame, error)); },
    );
  });
}

/** Names the tap on an error it threw. What came to it from further in, or from the user, passes as it is. */
export function blame(frame: Frame, error: unknown): unknown {
  const { plugin, hook, name } = frame.tap;
  const signal = frame.turn?.signal;
  if (signal?.aborted && (error === signal.reason || (error as Error)?.name === 'AbortError')) return signal.reason;
  if (isPithError(error)) {
    if (error.hook === undefined && error.origin !== 'provider') {
      error.plugin = plugin;
      error.hook = hook;
      error.tap = name;
    }
    return error;
  }
  return new PithError(`Plugin ${plugin} failed in hook ${hook} (tap ${name}): ${toMessage(error)}`, {
    code: 'TAP_THREW', plugin, hook, tap: name, origin: 'plugin', cause: error,
    hint: `Mend the plugin, or take it out with: pith plugins uninstall ${plugin}`,
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
