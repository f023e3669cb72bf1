import { isPithError, PithError, toErrorReport, toMessage } from './errors.ts';
import { blame, type Frame, isThenable, misuse, type Tap } from './frame.ts';
import type { ModelWrap, Turn } from './hooks.ts';
import type { Block, ModelEvent, ModelRequest, Reply, Usage } from './message.ts';
import type { Provider } from './plugin.ts';
import { type Run, TurnHandle } from './run.ts';
import { failureOutcome, type TapOutcome } from './trace.ts';

/** One layer of the composed model call, as the kernel calls it. */
export type ModelLayer = (request: ModelRequest, at: ModelPlace) => GuardedStream;

/** Where in a run a layer is called, and by whom. */
export interface ModelPlace {
  run: Run;
  attemptId: string;
  signal: AbortSignal;
  /** The tap that pulls this stream; none for the kernel itself. */
  consumer: Frame | undefined;
  /** The request that the layer was called with. */
  request?: ModelRequest;
}

/** Puts one plugin's wrap around the layers further in. The wrap itself is made once, here; its calls happen later. */
export function guardModelWrap(tap: Tap<ModelWrap>, next: ModelLayer): ModelLayer {
  const places = new WeakMap<Frame, ModelPlace>();
  const inner = new WeakMap<Frame, GuardedStream>();
  const call = tap.fn((request: ModelRequest, turn: Turn) => {
    const frame = TurnHandle.frameOf(turn);
    const place = frame === undefined ? undefined : places.get(frame);
    if (frame === undefined || place === undefined) throw misuse(tap, 'TAP_NEXT_MISUSED', 'called next without the turn that it was given');
    if (frame.closed) throw misuse(tap, 'TAP_NEXT_MISUSED', 'called next after its own call had ended');
    const before = inner.get(frame);
    if (before !== undefined && !before.ended) throw misuse(tap, 'TAP_NEXT_MISUSED', 'called next while its earlier call of next still ran');
    checkRequest(tap, request);
    frame.nextCalls++;
    if (request !== place.request) frame.changed = true;
    const attemptId = frame.nextCalls === 1 ? place.attemptId : `${place.attemptId}.${frame.nextCalls}`;
    const stream = next(Object.isFrozen(request) ? request : Object.freeze({ ...request }), { ...place, attemptId, consumer: frame });
    inner.set(frame, stream);
    return stream;
  });

  return (request, place) => {
    const frame = place.run.open(tap as Tap, { attemptId: place.attemptId, signal: place.signal, modelDepth: 1 });
    places.set(frame, { ...place, request });
    return openStream(frame, place, () => call(request, frame.turn), () => inner.get(frame));
  };
}

/** The innermost layer: the provider. Whatever it throws is an error of origin `provider`. */
export function providerLayer(find: (request: ModelRequest) => { tap: Tap; load: () => Promise<Provider> }): ModelLayer {
  return (request, place) => {
    const { tap, load } = find(request);
    // A signal of its own: a provider that is given up (idle, retried) closes its connection at once.
    const given = new AbortController();
    const frame = place.run.open(tap, { attemptId: place.attemptId, signal: AbortSignal.any([place.signal, given.signal]), modelDepth: 1 });
    const open = async (): Promise<AsyncIterable<ModelEvent>> => (await load()).stream(request, frame.turn);
    const stream = openStream(frame, place, open, () => undefined, given);
    const onAbort = (): void => frame.fail?.(place.signal.reason);
    place.signal.addEventListener('abort', onAbort, { once: true });
    frame.onClose = () => place.signal.removeEventListener('abort', onAbort);
    return stream;
  };
}

function openStream(
  frame: Frame, place: ModelPlace,
  call: () => AsyncIterable<ModelEvent> | PromiseLike<AsyncIterable<ModelEvent>>,
  innerOf: () => GuardedStream | undefined, provider?: AbortController,
): GuardedStream {
  place.consumer?.pause();
  frame.start();
  try {
    const source = call();
    const inner = innerOf();
    if (inner !== undefined && (source as unknown) === inner) {
      // The wrap looks at no event, so it costs none: its consumer pulls what is further in.
      inner.consumer = place.consumer;
      finish(frame, place.run, frame.changed ? 'changed' : 'passed');
      return inner;
    }
    frame.stop();
    return new GuardedStream(frame, place, source, innerOf, provider);
  } catch (error) {
    return new GuardedStream(frame, place, Promise.reject(error), innerOf, provider);
  } finally {
    place.consumer?.resume();
  }
}

function finish(frame: Frame, run: Run, outcome: TapOutcome): void {
  frame.close();
  run.trace.add(frame.tap, run, outcome, frame.ownMs);
}

/**
 * The boundary between a tap and whoever pulls its stream. It keeps the time of both, rejects the pull that waits when
 * the tap runs out of time, and checks what is yielded. One promise an event, no generator.
 */
export class GuardedStream implements AsyncIterableIterator<ModelEvent> {
  readonly #frame: Frame;
  readonly #place: ModelPlace;
  readonly #innerOf: () => GuardedStream | undefined;
  /** Set for the provider itself: closes its connection. */
  readonly #provider: AbortController | undefined;
  #source: AsyncIterable<ModelEvent> | PromiseLike<AsyncIterable<ModelEvent>>;
  #iterator: AsyncIterator<ModelEvent> | undefined;
  #sawEnd = false;
  consumer: Frame | undefined;
  ended = false;

  constructor(frame: Frame, place: ModelPlace, source: AsyncIterable<ModelEvent> | PromiseLike<AsyncIterable<ModelEvent>>, innerOf: () => GuardedStream | undefined, provider?: AbortController) {
    this.#provider = provider;
    this.#frame = frame;
    this.#place = place;
    this.#source = source;
    this.#innerOf = innerOf;
    this.consumer = place.consumer;
    if (isThenable(source)) source.then(undefined, () => undefined); // Reported where it is pulled.
    frame.watchdog.add(frame);
  }

  [Symbol.asyncIterator](): this { return this; }

  next(): Promise<IteratorResult<ModelEvent, undefined>> {
    if (this.ended) return Promise.resolve({ done: true, value: undefined });
    const frame = this.#frame;
    this.consumer?.pause();
    if (this.#provider !== undefined) frame.ownMs = 0; // A provider's limit is for the silence between two events.
    frame.start();
    return new Promise((resolve, reject) => {
      const fail = (thrown: unknown): void => {
        if (this.ended) return;
        const error = this.#provider === undefined ? thrown : toProviderError(frame, thrown);
        this.#end(failureOutcome(error));
        this.consumer?.resume();
        void this.#closeSource();
        reject(error);
      };
      frame.fail = fail;
      this.#pull().then((result) => {
        if (this.ended) return;
        frame.fail = undefined;
        const wrong = this.#check(result);
        if (wrong !== undefined) return fail(wrong);
        if (result.done) this.#end(this.#outcome());
        else frame.stop();
        this.consumer?.resume();
        resolve(result as IteratorResult<ModelEvent, undefined>);
      }, (error) => fail(this.#provider === undefined ? blame(frame, error) : error));
    });
  }

  /** The consumer wants no more: what is further in is closed, too. */
  async return(): Promise<IteratorResult<ModelEvent, undefined>> {
    if (!this.ended) {
      this.#end(this.#outcome());
      await this.#closeSource();
    }
    return { done: true, value: undefined };
  }

  #pull(): PromiseLike<IteratorResult<ModelEvent>> {
    if (this.#iterator !== undefined) return this.#iterator.next();
    return this.#open();
  }

  async #open(): Promise<IteratorResult<ModelEvent>> {
    const source = await this.#source;
    const open = (source as AsyncIterable<ModelEvent> | undefined)?.[Symbol.asyncIterator];
    if (typeof open !== 'function') throw misuse(this.#frame.tap, 'TAP_INVALID_RESULT', 'returned no stream of events');
    this.#iterator = open.call(source);
    return this.#iterator.next();
  }

  #check(result: IteratorResult<ModelEvent>): PithError | undefined {
    const { tap, nextCalls } = this.#frame;
    const skipped = nextCalls === 0 && !tap.answers;
    if (skipped) return misuse(tap, 'TAP_SKIPPED_NEXT', 'answered without calling next, and its tap does not say answers: true,');
    if (result.done) {
      return !this.#sawEnd && this.#innerOf()?.ended === true && this.#innerOf()!.#sawEnd ? misuse(tap, 'TAP_INVALID_RESULT', 'dropped the end of the reply') : undefined;
    }
    const event = result.value as ModelEvent | undefined;
    if (typeof event !== 'object' || event === null || typeof event.type !== 'string') return misuse(tap, 'TAP_INVALID_RESULT', 'yielded something that is no model event');
    if (this.#sawEnd) return misuse(tap, 'TAP_INVALID_RESULT', 'yielded more after the end of the reply');
    if (event.type === 'end') {
      if (!Array.isArray(event.reply?.blocks)) return misuse(tap, 'TAP_INVALID_RESULT', 'ended the stream without a reply');
      this.#sawEnd = true;
    }
    return undefined;
  }

  #outcome(): TapOutcome {
    if (this.#frame.nextCalls === 0 && this.#provider === undefined) return 'answered';
    return this.#frame.changed ? 'changed' : 'passed';
  }

  #end(outcome: TapOutcome): void {
    this.ended = true;
    finish(this.#frame, this.#place.run, outcome);
  }

  async #closeSource(): Promise<void> {
    this.#provider?.abort();
    try {
      if (this.#iterator !== undefined) await this.#iterator.return?.();
      else if (isThenable(this.#source)) await ((await this.#source) as Partial<AsyncIterator<ModelEvent>>).return?.();
      else await this.#innerOf()?.return();
    } catch {
      // The consumer has gone; the error that mattered was the one it left for.
    }
  }
}

function toProviderError(frame: Frame, error: unknown): unknown {
  const { signal } = frame.turn;
  const { plugin, timeoutMs } = frame.tap;
  const about = { origin: 'provider', plugin, hook: 'model' } as const;
  if (isPithError(error) && error.code === 'TAP_TIMEOUT') {
    return new PithError(`Provider ${plugin} sent nothing for ${timeoutMs / 1000} s`, { ...about, code: 'PROVIDER_IDLE', hint: 'Try again, or choose another model with --model.' });
  }
  if (signal.aborted && (error === signal.reason || (error as Error | null)?.name === 'AbortError')) return signal.reason;
  if (isPithError(error)) {
    error.plugin ??= plugin;
    return error;
  }
  return new PithError(`Provider ${plugin} failed: ${toMessage(error)}`, { ...about, code: 'PROVIDER_FAILED', cause: error });
}

function checkRequest(tap: Tap, request: ModelRequest): void {
  if (typeof request !== 'object' || request === null || !Array.isArray(request.messages) || !Array.isArray(request.system) || !Array.isArray(request.tools) || typeof request.model !== 'string') {
    throw misuse(tap, 'TAP_INVALID_RESULT', 'passed something that is no model request to next');
  }
}

/**
 * Makes one model call: composes nothing, pulls the outermost layer, shows deltas, and keeps the reply.
 * @throws PithError after `model-end` was emitted with what had arrived
 */
export async function callModel(run: Run, compose: ModelLayer, request: ModelRequest, depth: number): Promise<Reply> {
  const attemptId = `${run.runId}-${++run.attempts}`;
  const about = { step: run.step, attemptId, purpose: request.purpose, provider: request.provider, model: request.model };
  await run.emit({ type: 'model-start', ...about });
  const abort = new AbortController();
  const stop = (): void => abort.abort(run.signal.reason);
  if (run.signal.aborted) stop();
  else run.signal.addEventListener('abort', stop, { once: true });
  const collector = new ReplyCollector();
  const startMs = performance.now();
  let firstEventMs: number | null = null;
  let failure: unknown;
  let stream: GuardedStream | undefined;
  try {
    run.signal.throwIfAborted();
    stream = compose(request, { run, attemptId, signal: abort.signal, consumer: undefined });
    for (;;) {
      const { done, value } = await orAbort(stream.next(), abort.signal);
      if (done) break;
      collector.take(value);
      if (value.type === 'alive') continue;
      firstEventMs ??= performance.now() - startMs;
      const wait = depth === 0 ? show(run, value) : undefined;
      if (wait !== undefined) await wait;
    }
  } catch (error) {
    failure = error;
    abort.abort(error);
    void stream?.return();
  } finally {
    run.signal.removeEventListener('abort', stop);
  }
  const reply = collector.reply(failure);
  const costMicroUsd = await costOf(run, request, reply, collector);
  run.addUsage(reply.usage, costMicroUsd);
  await run.emit({
    type: 'model-end', ...about, reply, usage: reply.usage, costMicroUsd, durationMs: Math.round(performance.now() - startMs), firstEventMs: firstEventMs === null ? null : Math.round(firstEventMs),
    ...(collector.account === undefined ? {} : { account: collector.account }),
    ...(failure === undefined ? {} : { error: toErrorReport(failure) }),
  });
  if (failure !== undefined) throw failure;
  return reply;
}

/** Unknown is `null`. A call that failed before anything arrived costs nothing. */
async function costOf(run: Run, request: ModelRequest, reply: Reply, collector: ReplyCollector): Promise<number | null> {
  if (collector.costMicroUsd !== undefined) return collector.costMicroUsd;
  if (!collector.arrived) return 0;
  if (reply.usage === null) return null;
  const pricing = await run.session.kernel.optionalService('pricing');
  return pricing?.costMicroUsd({ provider: request.provider, model: reply.model ?? request.model, usage: reply.usage }) ?? null;
}

/** How long the taps of a model call may take to clean up after an abort. */
const ABORT_GRACE_MS = 1000;

/** The pull. After an abort it may take a moment longer, then is left: a tap that ignores the signal does not hold the turn. */
function orAbort<T>(pull: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const onAbort = (): void => { timer = setTimeout(() => reject(signal.reason as Error), ABORT_GRACE_MS); };
    const done = (): void => { clearTimeout(timer); signal.removeEventListener('abort', onAbort); };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    pull.then((value) => { done(); resolve(value); }, (error) => { done(); reject(error as Error); });
  });
}

function show(run: Run, event: ModelEvent): Promise<void> | undefined {
  switch (event.type) {
    case 'text-delta': return run.emit({ type: 'text-delta', text: event.text });
    case 'thinking-delta': return run.emit({ type: 'thinking-delta', text: event.text });
    case 'tool-input-delta': return run.emit({ type: 'tool-input-delta', callId: event.id, tool: event.name, json: event.json });
    default: return undefined;
  }
}

/** Keeps what arrived, so that an end without its final event loses nothing of what was shown. */
class ReplyCollector {
  account: string | undefined;
  costMicroUsd: number | null | undefined;
  arrived = false;
  #end: Reply | undefined;
  #usage: Usage | null = null;
  #start: { id: string | null; model: string | null } = { id: null, model: null };
  readonly #blocks: Block[] = [];
  /** Deltas of blocks that are not finished, by index. */
  readonly #open = new Map<number, { type: 'text' | 'thinking'; parts: string[] } | { type: 'tool'; id: string; name: string; parts: string[] }>();

  take(event: ModelEvent): void {
    this.arrived = true;
    if (event.usage !== undefined) this.#usage = event.usage;
    switch (event.type) {
      case 'start': this.#start = { id: event.id, model: event.model }; break;
      case 'text-delta': this.#part(event.index, 'text', event.text); break;
      case 'thinking-delta': this.#part(event.index, 'thinking', event.text); break;
      case 'tool-input-delta': {
        const open = this.#open.get(event.index);
        if (open === undefined) this.#open.set(event.index, { type: 'tool', id: event.id, name: event.name, parts: [event.json] });
        else open.parts.push(event.json);
        break;
      }
      case 'block': this.#open.delete(event.index); this.#blocks[event.index] = event.block; break;
      case 'end': this.#end = event.reply; this.account = event.account; this.costMicroUsd = event.costMicroUsd; break;
      default: break; // Unknown events are skipped, never fatal.
    }
  }

  reply(failure: unknown): Reply {
    if (this.#end !== undefined) return this.#end.usage === null && this.#usage !== null ? { ...this.#end, usage: this.#usage } : this.#end;
    for (const [index, open] of this.#open) {
      const text = open.parts.join('');
      if (open.type === 'tool') this.#blocks[index] = { type: 'tool-call', id: open.id, name: open.name, input: undefined, complete: false, raw: text };
      else this.#blocks[index] = { type: open.type, text };
    }
    return {
      status: failure === undefined ? 'truncated' : 'error', ...this.#start, stop: null,
      ...(failure === undefined ? {} : toReplyError(failure)),
      blocks: this.#blocks.filter((block) => block !== undefined), usage: this.#usage,
    };
  }

  #part(index: number, type: 'text' | 'thinking', text: string): void {
    const open = this.#open.get(index);
    if (open === undefined) this.#open.set(index, { type, parts: [text] });
    else open.parts.push(text);
  }
}

/** The vendor's own word and sentence where the provider kept them, ours otherwise. */
function toReplyError(failure: unknown): Pick<Reply, 'error' | 'retryAfterS'> {
  const { code, message, details = {} } = toErrorReport(failure);
  const { type, vendorMessage, retryAfterS } = details;
  return {
    error: { type: typeof type === 'string' ? type : code, message: typeof vendorMessage === 'string' ? vendorMessage : message },
    ...(typeof retryAfterS === 'number' ? { retryAfterS } : {}),
  };
}
