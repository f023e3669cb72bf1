import { isPithError, PithError, toMessage } from '../errors.ts';
import { asItIs, blame, type Frame, isThenable, misuse } from '../frame.ts';
import { deepFreeze } from '../base/freeze.ts';
import type { ModelEvent } from '../message.ts';
import { EventMask } from '../secrets/mask-events.ts';
import { isModelEvent } from './model-event.ts';
import type { Run } from '../run.ts';
import { keepError, type StreamTape } from '../replay/tape.ts';
import type { TapOutcome } from '../trace.ts';
import { within } from '../base/within.ts';

export type EventSource = AsyncIterable<ModelEvent> | PromiseLike<AsyncIterable<ModelEvent>>;
type Pulled = IteratorResult<ModelEvent, undefined>;

/** How long a provider may take to hang up once it has yielded `end`. */
const AFTER_END_MS = 2000;

/** How a stream stands: it may go on, it ended by itself, it failed, or its consumer wanted no more of it. */
type State = 'open' | 'done' | 'failed' | 'cut';

/**
 * The boundary between a tap, or the provider, and whoever pulls its stream. It keeps the time of both, rejects the pull
 * that waits when time runs out, checks what is yielded, and closes what is further in. One promise an event, no generator.
 */
export class GuardedStream implements AsyncIterableIterator<ModelEvent> {
  /** The tap that pulls this stream; none for the kernel itself. */
  consumer: Frame | undefined;
  /** What was yielded last, so that an event that is passed on is checked once. */
  last: ModelEvent | undefined;
  /** Takes down what is yielded. */
  tape: StreamTape | undefined;
  #state: State = 'open';
  #sawEnd = false;
  #iterator: AsyncIterator<ModelEvent> | undefined;
  /** The pull that has no answer yet. */
  #waiting: { resolve: (pulled: Pulled) => void; reject: (error: Error) => void } | undefined;
  readonly #frame: Frame;
  readonly #run: Run;
  readonly #source: EventSource;
  /** The stream of the latest `next`; none for a provider. */
  readonly #innerOf: (() => GuardedStream | undefined) | undefined;

  readonly #isPlayed: boolean;
  /** Takes secrets out of what is said here first. What is played was kept without. */
  #mask: EventMask | undefined;
  /** What was pulled, and waits until what was held back before it has been said. */
  #late: Promise<IteratorResult<ModelEvent>> | undefined;

  constructor(frame: Frame, { run, source, consumer, innerOf, tape, isPlayed = false }: { run: Run; source: EventSource; consumer: Frame | undefined; innerOf?: (() => GuardedStream | undefined) | undefined; tape?: StreamTape | undefined; isPlayed?: boolean | undefined }) {
    this.tape = tape;
    this.#isPlayed = isPlayed;
    this.#frame = frame;
    this.#run = run;
    this.#source = source;
    this.#innerOf = innerOf;
    this.consumer = consumer;
    if (isThenable(source)) source.then(undefined, () => undefined); // Reported where it is pulled.
    frame.watch();
  }

  get ended(): boolean { return this.#state !== 'open'; }
  get #isProvider(): boolean { return this.#innerOf === undefined; }
  get #inner(): GuardedStream | undefined { return this.#innerOf?.(); }

  [Symbol.asyncIterator](): this { return this; }

  next(): Promise<Pulled> {
    if (this.ended) return Promise.resolve({ done: true, value: undefined });
    const frame = this.#frame;
    if (frame.fail !== undefined) return Promise.reject(misuse((this.consumer ?? frame).tap, 'TAP_NEXT_MISUSED', 'pulled the stream of next again before it had an answer'));
    const nowMs = performance.now();
    this.consumer?.pause(nowMs);
    if (this.#isProvider) frame.restart(); // A provider's limit is for the silence between two events.
    frame.start(nowMs);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      frame.fail = this.#onLimit;
      this.#pull().then(this.#onPulled, this.#onThrown);
    });
  }

  /** The consumer wants no more. Settles when the tap and all further in have cleaned up, or run out of time for it. */
  async return(): Promise<Pulled> {
    const frame = this.#frame;
    if (this.ended) return { done: true, value: undefined };
    if (this.#waiting !== undefined) {
      this.#end('cut', this.#outcome());
      this.#cleanUp('inner first');
      this.#settle().reject(givenUp());
    } else if (frame.fail === undefined) {
      this.consumer?.pause();
      frame.start();
      await new Promise<void>((resolve) => {
        frame.fail = () => resolve();
        void this.#closeSource('source first').then(resolve);
      });
      this.#end('cut', this.#outcome());
      this.consumer?.resume();
    }
    return { done: true, value: undefined };
  }

  readonly #onPulled = (result: IteratorResult<ModelEvent>): void => {
    if (this.ended) return;
    const held = this.#mask?.heldBefore(result?.done ? undefined : result?.value);
    if (held !== undefined) return this.#sayHeld(held, Promise.resolve(result));
    const wrong = this.#check(result);
    if (wrong !== undefined) return this.#fail(wrong);
    if (result.done || (this.#isProvider && this.#sawEnd && result.value !== this.last)) return this.#finish(result.done === true);
    this.#give(this.last = this.#masked(result.value));
  };

  readonly #onThrown = (error: unknown): void => {
    if (this.ended) return;
    const held = this.#mask?.heldBefore(undefined);
    if (held === undefined) return this.#fail(this.#toFailure(error));
    const failed = Promise.reject<IteratorResult<ModelEvent>>(error);
    failed.catch(() => undefined); // Thrown by the next pull.
    this.#sayHeld(held, failed);
  };

  /** What comes from further in has no secrets any more. */
  #masked(event: ModelEvent): ModelEvent {
    if (this.#isPlayed || (event === this.#inner?.last && this.#mask?.isHolding !== true)) return event;
    this.#mask ??= new EventMask(this.#run.session.kernel.secrets);
    return this.#mask.take(event);
  }

  #sayHeld(held: ModelEvent, late: Promise<IteratorResult<ModelEvent>>): void {
    this.#late = late;
    this.#give(this.last = held);
  }

  #give(event: ModelEvent): void {
    this.tape?.take(event);
    const nowMs = performance.now();
    this.#frame.fail = undefined;
    this.#frame.stop(nowMs);
    this.#settle(nowMs).resolve({ done: false, value: event });
  }

  /** Out of time, or interrupted. A provider that has said everything need not hang up by itself. */
  readonly #onLimit = (error: unknown): void => {
    if (this.#isProvider && this.#sawEnd && !this.#frame.signal.aborted) this.#finish(false);
    else this.#fail(this.#toFailure(error), true);
  };

  #fail(error: unknown, hangs = false): void {
    this.#end('failed', { error });
    this.#cleanUp('inner first', hangs);
    this.#settle().reject(error as Error);
  }

  #finish(hasHungUp: boolean): void {
    this.#end('done', this.#outcome());
    if (!hasHungUp || this.#inner?.ended === false) this.#cleanUp('source first');
    this.#settle().resolve({ done: true, value: undefined });
  }

  #settle(nowMs?: number): { resolve: (pulled: Pulled) => void; reject: (error: Error) => void } {
    const waiting = this.#waiting!;
    this.#waiting = undefined;
    this.consumer?.resume(nowMs);
    return waiting;
  }

  #pull(): Promise<IteratorResult<ModelEvent>> {
    const late = this.#late;
    this.#late = undefined;
    if (late !== undefined) return late;
    return this.#iterator === undefined ? this.#open() : Promise.resolve(this.#iterator.next());
  }

  async #open(): Promise<IteratorResult<ModelEvent>> {
    const source = await this.#source as Partial<AsyncIterable<ModelEvent>> | undefined;
    if (typeof source?.[Symbol.asyncIterator] !== 'function') throw this.#wrong('returned no stream of events');
    this.#iterator = source[Symbol.asyncIterator]!();
    return this.#iterator.next();
  }

  /** @returns what is wrong with what the tap or the provider gave; what is right is frozen */
  #check(result: IteratorResult<ModelEvent>): PithError | undefined {
    if (typeof result !== 'object' || result === null) return this.#wrong('gave something that is no event');
    const inner = this.#inner;
    const event = result.value as ModelEvent | undefined;
    if (result.done || event?.type === 'end') {
      const { tap, nextCalls } = this.#frame;
      if (nextCalls === 0 && !tap.answers) return misuse(tap, 'TAP_SKIPPED_NEXT', 'answered without calling next, and its tap does not say answers: true,');
    }
    if (result.done) {
      const isWhole = this.#sawEnd || this.#isProvider || (inner !== undefined && inner.#state === 'done' && !inner.#sawEnd);
      return isWhole ? undefined : this.#wrong('ended the stream without the end of the reply');
    }
    if (this.#sawEnd) return this.#isProvider ? undefined : this.#wrong('yielded more after the end of the reply');
    if (event === undefined || event !== inner?.last) {
      if (!isModelEvent(event)) return this.#wrong('yielded something that is no model event');
      if (event.type === 'block' || event.type === 'end') deepFreeze(event);
      else Object.freeze(event);
    }
    this.last = event;
    if (event.type === 'end') {
      this.#sawEnd = true;
      if (this.#isProvider) this.#frame.limitMs = Math.min(this.#frame.limitMs, AFTER_END_MS);
    }
    return undefined;
  }

  #wrong(what: string): PithError {
    const { tap } = this.#frame;
    if (!this.#isProvider) return misuse(tap, 'TAP_INVALID_RESULT', what);
    return new PithError(`Provider ${tap.name} of plugin ${tap.plugin} ${what}`, { code: 'PROVIDER_PROTOCOL', origin: 'provider', plugin: tap.plugin, hook: 'model' });
  }

  #toFailure(error: unknown): unknown {
    if (this.#isPlayed) return asItIs(error);
    return this.#isProvider ? asItIs(toProviderError(this.#frame, error)) : blame(this.#frame, error);
  }

  #outcome(): TapOutcome {
    if (this.#frame.nextCalls === 0 && !this.#isProvider) return 'answered';
    return this.#frame.changed ? 'changed' : 'passed';
  }

  #end(state: State, outcome: TapOutcome | { error: unknown }): void {
    const frame = this.#frame;
    this.#state = state;
    this.tape?.end(typeof outcome === 'object' ? { error: keepError(outcome.error) } : state === 'cut' ? 'cut' : 'done');
    frame.close();
    if (typeof outcome === 'object') this.#run.trace.addFailure(frame, this.#run, outcome.error);
    else this.#run.trace.add(frame.tap, this.#run, outcome, frame.ownMs);
  }

  /** What a tap has left to close is closed before the turn ends. Nobody waits for a provider, or for what hangs. */
  #cleanUp(order: 'inner first' | 'source first', hangs = false): void {
    if (this.#isProvider || hangs) void this.#closeSource(order);
    else void this.#run.track(within(this.#closeSource(order), { limitMs: this.#run.session.kernel.graceMs, late: givenUp }));
  }

  /** A tap that waits for what is further in can only clean up once that has let go of it. */
  async #closeSource(order: 'inner first' | 'source first'): Promise<void> {
    this.#frame.giveUp(givenUp());
    try {
      if (order === 'inner first') await this.#inner?.return();
      if (this.#iterator !== undefined) await this.#iterator.return?.();
      else await (await this.#source as Partial<AsyncGenerator<ModelEvent>> | undefined)?.return?.(undefined);
      await this.#inner?.return();
    } catch {
      // The consumer has gone; the error that mattered was the one it left for.
    }
  }
}

function givenUp(): DOMException {
  return new DOMException('The attempt was given up', 'AbortError');
}

function toProviderError({ signal, tap }: Frame, error: unknown): unknown {
  if (signal.aborted && (error === signal.reason || (error as Error | null)?.name === 'AbortError')) return signal.reason;
  if (!isPithError(error)) {
    return new PithError(`Provider ${tap.name} failed: ${toMessage(error)}`, { code: 'PROVIDER_FAILED', origin: 'provider', plugin: tap.plugin, hook: 'model', cause: error });
  }
  if (error.code === 'TAP_TIMEOUT') {
    return new PithError(`Provider ${tap.name} sent nothing for ${tap.timeoutMs / 1000} s`, {
      code: 'PROVIDER_IDLE', origin: 'provider', plugin: tap.plugin, hook: 'model', hint: 'Try again, or choose another model with --model.',
    });
  }
  error.plugin ??= tap.plugin;
  error.hook ??= 'model';
  return error;
}
