import type { SyncHook } from 'tapable';
import { isPithError, PithError, toMessage } from './errors.ts';
import { DURABLE_EVENTS, type TurnEvent } from './event.ts';
import { Frame, isThenable, type Tap, type Watchdog } from './frame.ts';
import type { OutputTap } from './hooks.ts';

/** What the kernel is told of an observer that lost events or failed; once for each observer and kind. */
export interface ObserverTrouble { plugin: string; tap: string; text: string; code: string }

/**
 * One observer. It is called as an event happens; while a promise of it is open, events wait in its queue, so a slow
 * observer slows nothing but itself.
 */
class Observer {
  readonly tap: Tap<OutputTap>;
  readonly #watchdog: Watchdog;
  readonly #report: (trouble: ObserverTrouble) => void;
  readonly #queue: TurnEvent[] = [];
  #busy: Promise<void> | undefined;
  #dropped = 0;
  #failed = false;
  #error: unknown;

  constructor(tap: Tap<OutputTap>, watchdog: Watchdog, report: (trouble: ObserverTrouble) => void) {
    this.tap = tap;
    this.#watchdog = watchdog;
    this.#report = report;
  }

  take(event: TurnEvent): void {
    if (this.#busy !== undefined) {
      if (this.#queue.length < this.tap.queueLimit) this.#queue.push(event);
      else this.#overflow();
      return;
    }
    const pending = this.#call(event);
    if (pending !== undefined) this.#busy = this.#drain(pending);
  }

  /** Waits until everything taken so far is done. @throws what a durable observer failed with */
  async flush(): Promise<void> {
    if (this.#busy !== undefined) await this.#busy;
    if (this.#error === undefined) return;
    // Said once: the next turn may find the disk with room again.
    const error = this.#error;
    this.#error = undefined;
    throw error;
  }

  get error(): unknown { return this.#error; }
  get busy(): boolean { return this.#busy !== undefined; }

  async #drain(first: PromiseLike<void>): Promise<void> {
    let pending: PromiseLike<void> | undefined = first;
    for (;;) {
      if (pending !== undefined) await pending;
      const event = this.#queue.shift();
      if (event === undefined) break;
      pending = this.#call(event);
    }
    this.#busy = undefined;
  }

  #call(event: TurnEvent): Promise<void> | undefined {
    try {
      const result = this.tap.fn(event);
      return isThenable(result) ? this.#await(result) : undefined;
    } catch (error) {
      this.#fail(error);
      return undefined;
    }
  }

  #await(result: PromiseLike<void>): Promise<void> {
    const frame = new Frame(this.tap, this.#watchdog, '');
    frame.start();
    return new Promise<void>((resolve) => {
      frame.fail = (error) => { this.#fail(error); resolve(); };
      this.#watchdog.add(frame);
      result.then(() => { frame.close(); resolve(); }, (error) => { frame.close(); this.#fail(error); resolve(); });
    });
  }

  #fail(error: unknown): void {
    const { plugin, name, durable } = this.tap;
    if (durable) {
      this.#error ??= new PithError(`Plugin ${plugin} could not keep an event (tap ${name}): ${toMessage(error)}`, {
        code: 'OBSERVER_FAILED', plugin, hook: 'output', tap: name, origin: 'plugin', cause: error,
        ...(isPithError(error) && error.hint !== undefined ? { hint: error.hint } : {}),
      });
    } else if (!this.#failed) {
      this.#failed = true;
      this.#report({ plugin, tap: name, code: 'TAP_THREW', text: `Observer ${name} of plugin ${plugin} failed: ${toMessage(error)}. Further failures of it are not shown.` });
    }
  }

  #overflow(): void {
    this.#dropped++;
    const { plugin, name, queueLimit } = this.tap;
    if (this.tap.durable) this.#fail(new Error(`more than ${queueLimit} events were waiting`));
    else if (this.#dropped === 1 || (this.#dropped & (this.#dropped - 1)) === 0) {
      this.#report({ plugin, tap: name, code: 'TAP_TIMEOUT', text: `Observer ${name} of plugin ${plugin} is too slow: ${this.#dropped} event(s) dropped so far` });
    }
  }
}

/** The observers of one generation, behind the tapable `output` hook. */
export class Observers {
  readonly #hook: SyncHook<[TurnEvent]>;
  readonly #all: readonly Observer[];
  readonly #durable: readonly Observer[];

  constructor(hook: SyncHook<[TurnEvent]>, taps: readonly Tap<OutputTap>[], watchdog: Watchdog, report: (trouble: ObserverTrouble) => void) {
    this.#hook = hook;
    this.#all = taps.map((tap) => new Observer(tap, watchdog, report));
    this.#durable = this.#all.filter(({ tap }) => tap.durable);
    for (const observer of this.#all) hook.tap(observer.tap.name, (event) => observer.take(event));
  }

  /** @returns a promise only where a durable observer must be waited for; it rejects with the observer's failure */
  emit(event: TurnEvent): Promise<void> | undefined {
    if (this.#all.length === 0) return undefined;
    this.#hook.call(event);
    if (this.#durable.length === 0 || !DURABLE_EVENTS.has(event.type)) return undefined;
    if (!this.#durable.some((observer) => observer.busy || observer.error !== undefined)) return undefined;
    return flushAll(this.#durable);
  }

  /** Waits for all observers; failures were reported as they happened. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#all.map((observer) => observer.flush()));
  }
}

async function flushAll(observers: readonly Observer[]): Promise<void> {
  for (const observer of observers) await observer.flush();
}
