import { describe, PithError, toErrorReport } from './errors.ts';
import type { EventBody } from './event.ts';
import { asItIs, callTap, type Frame, misuse, type Tap } from './frame.ts';
import type { ModelWrap, Turn } from './hooks.ts';
import type { ModelEvent, ModelRequest, Reply } from './message.ts';
import { type EventSource, GuardedStream } from './model/model-stream.ts';
import type { Provider } from './plugin.ts';
import { maskRequest } from './secrets/secrets.ts';
import { refuseInPreview } from './request/preview.ts';
import { ReplyCollector } from './model/reply-collector.ts';
import type { Run } from './run.ts';
import { StreamTape } from './replay/tape.ts';
import { takeRequest } from './context.ts';
import { type Nesting, TurnHandle } from './turn-handle.ts';
import { MAX_TIMER_MS } from './base/within.ts';

/** One layer of the composed model call, as the kernel calls it. */
export type ModelLayer = (request: ModelRequest, at: ModelPlace) => GuardedStream;

/** Where in a run a layer is called, and by whom. */
export interface ModelPlace {
  run: Run;
  attemptId: string;
  signal: AbortSignal;
  nesting: Nesting;
  /** The tap that pulls this stream; none for the kernel itself. */
  consumer: Frame | undefined;
  /** Hears of each request as it goes further in: the last one is what was asked, whichever model the first one named. */
  onRequest?: ((request: ModelRequest) => void) | undefined;
}

/** Puts one plugin's wrap around the layers further in. */
export function guardModelWrap(tap: Tap<ModelWrap>, next: ModelLayer): ModelLayer {
  const calls = new WeakMap<Frame, { request: ModelRequest; place: ModelPlace; inner: GuardedStream | undefined }>();
  const wrapped = tap.fn((request: ModelRequest, turn: Turn) => {
    const frame = TurnHandle.frameOf(turn);
    const call = frame === undefined ? undefined : calls.get(frame);
    if (frame === undefined || call === undefined) throw misuse(tap, 'TAP_NEXT_MISUSED', 'called next without the turn that it was given');
    if (frame.closed) throw misuse(tap, 'TAP_NEXT_MISUSED', 'called next after its own call had ended');
    if (call.inner !== undefined && !call.inner.ended) throw misuse(tap, 'TAP_NEXT_MISUSED', 'called next while its earlier call of next still ran');
    const passed = request === call.request ? request : takeRequest(request, call.request);
    if (passed === undefined) throw misuse(tap, 'TAP_INVALID_RESULT', 'passed something that is no model request to next');
    frame.nextCalls++;
    if (passed !== call.request) frame.changed = true;
    const attemptId = frame.nextCalls === 1 ? call.place.attemptId : `${call.place.attemptId}.${frame.nextCalls}`;
    return call.inner = next(passed, { ...call.place, attemptId, consumer: frame });
  });

  return (request, given) => {
    const stands = tap.replay === 'recorded' && !given.nesting.isForeign;
    // What happens further in is not seen in a replay, so it must not be heard of now.
    const place = stands ? { ...given, nesting: { ...given.nesting, isForeign: true }, onRequest: undefined } : given;
    if (stands) given.onRequest?.(request);
    const { run, attemptId, signal, nesting } = place;
    const frame = run.open(tap as Tap, { attemptId, signal, graceMs: run.session.kernel.graceMs, ...nesting });
    const { playback } = run.session;
    if (stands && playback !== undefined) return openStream(frame, { place, isPlayed: true, call: () => playback.model(attemptId) });
    const call = { request, place, inner: undefined as GuardedStream | undefined };
    calls.set(frame, call);
    return openStream(frame, { place, call: () => wrapped(request, frame.turn), innerOf: () => call.inner, tape: stands ? startTape(place) : undefined });
  };
}

/** Takes down what a stream yields, where somebody records. */
function startTape({ run, attemptId }: ModelPlace): StreamTape | undefined {
  return run.generation.observers.isRecording ? new StreamTape((events, end) => run.keep({ kind: 'model', key: attemptId, events, end })) : undefined;
}

/** The innermost layer: the provider. Whatever it throws is an error of origin `provider`. */
export function providerLayer(find: (request: ModelRequest) => { tap: Tap; load: () => Promise<Provider> }): ModelLayer {
  return (given, place) => {
    const { run, attemptId, signal, nesting } = place;
    place.onRequest?.(given);
    const request = maskRequest(given, run.session.kernel.secrets); // A wrap may have put something in.
    const { playback } = run.session;
    const isPlayed = !nesting.isForeign && playback?.isPlayed(attemptId) === true;
    const { tap, load } = isPlayed ? PLAYED : findProvider(find, request);
    // What is played ends as it ended then, whatever is stopped meanwhile.
    const frame = run.open(tap, { attemptId, ...nesting, signal: isPlayed ? NEVER : signal, isForeign: true });
    const onAbort = (): void => { if (!isPlayed) frame.fail?.(signal.reason); };
    signal.addEventListener('abort', onAbort, { once: true });
    frame.onClose = () => signal.removeEventListener('abort', onAbort);
    const call = (): EventSource => {
      if (playback !== undefined) return playback.model(attemptId);
      return (async () => {
        signal.throwIfAborted();
        return (await load()).stream(request, frame.turn);
      })();
    };
    return openStream(frame, { place, isPlayed, call, tape: nesting.isForeign ? undefined : startTape(place) });
  };
}

const NEVER = new AbortController().signal;

/** In a replay no provider is looked for, and none is loaded. */
const PLAYED: ReturnType<FindProvider> = {
  tap: { hook: 'model', plugin: 'recording', name: 'recording', stage: Infinity, timeoutMs: MAX_TIMER_MS, answers: true, durable: false, queueLimit: 0, fn: undefined },
  load: () => Promise.reject(new PithError('A replay loads no provider', { code: 'REPLAY_OUTSIDE' })),
};

type FindProvider = Parameters<typeof providerLayer>[0];

/** @throws PithError PROVIDER_MISSING, which is nobody's fault further out */
function findProvider(find: FindProvider, request: ModelRequest): ReturnType<FindProvider> {
  try {
    return find(request);
  } catch (error) {
    throw asItIs(error);
  }
}

interface Opening { place: ModelPlace; call: () => EventSource; innerOf?: () => GuardedStream | undefined; tape?: StreamTape | undefined; isPlayed?: boolean }

function openStream(frame: Frame, { place: { run, consumer }, call, innerOf, tape, isPlayed }: Opening): GuardedStream {
  const open = (source: EventSource): GuardedStream => new GuardedStream(frame, { run, source, consumer, innerOf, tape, isPlayed });
  consumer?.pause();
  frame.start();
  if (isPlayed) frame.nextCalls = 1; // Whatever was asked then was asked then.
  try {
    const source = call();
    const inner = innerOf?.();
    if (inner === undefined || (source as unknown) !== inner) return open(source);
    // The wrap looks at no event, so it costs none: its consumer pulls what is further in.
    inner.consumer = consumer;
    inner.tape = tape ?? inner.tape;
    frame.close();
    run.trace.add(frame.tap, run, frame.changed ? 'changed' : 'passed', frame.ownMs);
    return inner;
  } catch (error) {
    return open(Promise.reject(error));
  } finally {
    frame.stop();
    consumer?.resume();
  }
}

/** What came of a model call. With an error, the reply holds what had arrived by then. */
export interface ModelOutcome { reply: Reply; error: unknown; /** The request as it was last sent on. */ asked: ModelRequest }

/** Makes one model call: pulls the outermost layer, shows deltas, and keeps the reply. */
export async function callModel(run: Run, request: ModelRequest, { signal, attemptId = `${run.runId}-${++run.attempts}`, ...nesting }: Nesting & { signal: AbortSignal; attemptId?: string }): Promise<ModelOutcome> {
  refuseInPreview(run, 'a model call');
  const { isForeign } = nesting;
  const about = { step: run.step, attemptId, purpose: request.purpose };
  await run.emitAhead({ type: 'model-start', ...about, provider: request.provider, model: request.model }, { isForeign });
  await run.whenKept();
  let asked = request; // A wrap may have asked another model.
  const collector = new ReplyCollector();
  const startMs = performance.now();
  let firstEventMs: number | null = null;
  let error: unknown;
  let stream: GuardedStream | undefined;
  try {
    if (run.session.playback?.holds('model', attemptId) !== true) signal.throwIfAborted();
    stream = run.generation.model(maskRequest(request, run.session.kernel.secrets), { run, attemptId, signal, nesting, consumer: undefined, onRequest: (latest) => { asked = latest; } });
    for (;;) {
      const { done, value } = await stream.next();
      if (done) break;
      collector.take(value);
      if (value.type === 'alive') continue;
      firstEventMs ??= Math.round(performance.now() - startMs);
      const wait = nesting.modelDepth === 0 ? show(run, value, isForeign) : undefined;
      if (wait !== undefined) await wait;
    }
  } catch (thrown) {
    error = thrown;
    await stream?.return();
  }
  const reply = collector.reply(error);
  const limits = collector.limits(error);
  const costMicroUsd = await costOf(run, { request: asked, reply, collector, attemptId });
  run.addUsage(reply.usage, costMicroUsd);
  const end: EventBody = {
    type: 'model-end', ...about, provider: asked.provider, model: asked.model, reply, usage: reply.usage, costMicroUsd, durationMs: Math.round(performance.now() - startMs), firstEventMs,
    ...(collector.account === undefined ? {} : { account: collector.account }),
    ...(limits === undefined ? {} : { limits }),
    ...(error === undefined ? {} : { error: toErrorReport(error) }),
  };
  // The reply of a step is kept while its calls are looked at; whoever else asked takes it at once for what was said.
  await (nesting.modelDepth === 0 ? run.emitAhead(end, { isForeign }) : run.emit(end, { isForeign }));
  return { reply, error, asked };
}

/** Asks the vendor how long a request is. @returns `null` where it cannot be asked. @throws what the provider throws */
export async function countByProvider(run: Run, request: ModelRequest): Promise<number | null> {
  const { tap, load } = run.generation.findProvider(request);
  const provider = await load();
  if (provider.countInput === undefined) return null;
  const frame = run.open(tap, { signal: run.signal, isForeign: true });
  const tokens: unknown = await callTap(frame, () => provider.countInput!(maskRequest(request, run.session.kernel.secrets), frame.turn));
  if (!Number.isSafeInteger(tokens) || (tokens as number) < 0) throw misuse(tap, 'TAP_INVALID_RESULT', `counted ${describe(tokens)} tokens,`);
  return tokens as number;
}

/** How long an interrupted turn waits for the prices to be loaded. */
const PRICES_MS_MAX = 1000;

/** Unknown is `null`. A call that failed before anything arrived costs nothing. */
async function costOf(run: Run, { request, reply, collector, attemptId }: { request: ModelRequest; reply: Reply; collector: ReplyCollector; attemptId: string }): Promise<number | null> {
  if (collector.costMicroUsd !== undefined) return toCost(collector.costMicroUsd);
  if (!collector.hasArrived) return 0;
  if (reply.usage === null) return null;
  // Prices change; in a replay the cost is that of then.
  return run.recorded(`cost ${attemptId}`, () => priceOf(run, request, reply));
}

async function priceOf(run: Run, { provider, model }: ModelRequest, reply: Reply): Promise<number | null> {
  try {
    // What an interrupted call has cost was spent all the same; whoever interrupts waits no longer than that for the prices.
    const signal = run.signal.aborted ? AbortSignal.timeout(PRICES_MS_MAX) : run.signal;
    const pricing = await run.session.kernel.optionalService('pricing', signal);
    return toCost(pricing?.costMicroUsd({ provider, model: reply.model ?? model, requestedModel: model, usage: reply.usage!, atMs: run.session.kernel.host.now() }));
  } catch (error) {
    const { code, message, plugin } = toErrorReport(error);
    run.session.noticeOnce({ level: 'warning', code, text: `The cost of a model call is not known: ${message}`, ...(plugin === undefined ? {} : { plugin }) }, { isForeign: true });
    return null;
  }
}

/** What is no sum of money is an unknown one: a limit must never be passed because of it. */
function toCost(value: number | null | undefined): number | null {
  return typeof value === 'number' && value >= 0 && value < Infinity ? value : null;
}

function show(run: Run, event: ModelEvent, isForeign: boolean): Promise<void> | undefined {
  switch (event.type) {
    case 'text-delta': return run.emit({ type: 'text-delta', text: event.text }, { isForeign });
    case 'thinking-delta': return run.emit({ type: 'thinking-delta', text: event.text }, { isForeign });
    case 'tool-input-delta': return run.emit({ type: 'tool-input-delta', callId: event.id, tool: event.name, json: event.json }, { isForeign });
    default: return undefined;
  }
}
