import { describe, type ErrorReport } from '../errors.ts';
import { asItIs, blame, callTap, type Frame, misuse, type Tap } from '../frame.ts';
import { deepFreeze, jsonCopy } from '../base/freeze.ts';
import type { ExecuteWrap, PreparedCall, PrepareWrap, ToolCall, ToolResult, Turn } from '../hooks.ts';
import type { Decision } from '../permission.ts';
import type { Run } from '../run.ts';
import { isToolResult } from './tool-result.ts';
import type { RegisteredTool } from '../load/tool-set.ts';
import { keepError, type Outcome, toThrown } from '../replay/tape.ts';
import type { TapOutcome, TraceEntry } from '../trace.ts';
import { type Nesting, TurnHandle } from '../turn-handle.ts';
import type { WriteSlot } from './work-tree.ts';

/** Every way by which a tool call enters. All of them end in `runCall`; a test walks this list. */
export const TOOL_ENTRY_PATHS = ['model', 'sub-turn', 'session', 'plugin'] as const;
export type ToolEntryPath = (typeof TOOL_ENTRY_PATHS)[number];

export interface IncomingCall extends Nesting {
  id: string;
  name: string;
  input: unknown;
  /** False when the input did not arrive whole: such a call is never run. */
  complete: boolean;
  path: ToolEntryPath;
  /** Its place among the calls of the reply that asked for it. */
  index?: number;
  /** Ends this call; the run's own at least. */
  signal: AbortSignal;
}

/** What is known of a call while it runs. */
export interface CallState {
  readonly run: Run;
  readonly incoming: IncomingCall;
  readonly startMs: number;
  tool?: RegisteredTool;
  prepared?: PreparedCall;
  decision?: Decision;
  /** The write slot that the call holds, or runs under. */
  slot: WriteSlot | undefined;
  /** The tool itself while it runs. */
  running?: Frame;
  /** Who answered in the tool's place. */
  answeredBy?: string;
  /** The call as the one who answered had received it. */
  answeredCall?: ToolCall;
  executed: boolean;
  /** A replay does not run what runs now, but gives what came of it. */
  isForeign: boolean;
  /** What came of it, for whoever records. */
  kept?: { outcome: Outcome<ToolResult>; at: number };
  interrupted: boolean;
  error?: ErrorReport;
}

/** A layer of the composed tool run, as the kernel calls it. `C` is the call of its zone. */
export type ToolLayer<C> = (call: C, state: CallState) => Promise<ToolResult>;

/** Puts one plugin's prepare wrap around the layers further in. */
export function guardPrepareWrap(tap: Tap<PrepareWrap>, next: ToolLayer<ToolCall>): ToolLayer<ToolCall> {
  return guardToolWrap<ToolCall>(tap as Tap, tap.fn, next, (given, call) => {
    if (call === given) return call;
    if (typeof call !== 'object' || call === null || typeof call.name !== 'string') throw misuse(tap as Tap, 'TAP_INVALID_RESULT', 'passed something that is no tool call to next');
    // A copy: nobody changes the input once it is on its way to permission.
    try {
      return Object.freeze({ id: given.id, name: call.name, input: call.input === given.input ? call.input : deepFreeze(jsonCopy(call.input)) });
    } catch {
      throw misuse(tap as Tap, 'TAP_INVALID_RESULT', 'passed an input that JSON cannot carry to next');
    }
  });
}

/** Puts one plugin's execute wrap around the layers further in. It cannot hand on another call. */
export function guardExecuteWrap(tap: Tap<ExecuteWrap>, next: ToolLayer<PreparedCall>): ToolLayer<PreparedCall> {
  const layer = guardToolWrap<PreparedCall>(tap as Tap, tap.fn, next, (given, call) => {
    if (call !== given) throw misuse(tap as Tap, 'TAP_CHANGED_CALL', 'handed another call to next than the approved one');
    return call;
  });
  return tap.replay === 'recorded' ? standIn(layer) : layer;
}

/** Runs what reaches outside, and keeps what came of it. In a replay only what was kept is given. */
export function standIn(layer: ToolLayer<PreparedCall>): ToolLayer<PreparedCall> {
  return async (call, state) => {
    if (state.isForeign) return layer(call, state);
    const { run } = state;
    const { playback } = run.session;
    if (playback !== undefined) {
      const { outcome, executed, answeredBy } = await playback.tool(keyOf(state));
      state.executed = executed;
      if (answeredBy !== undefined) state.answeredBy = answeredBy;
      if ('error' in outcome) throw asItIs(toThrown(outcome.error));
      return deepFreeze(outcome.value);
    }
    state.isForeign = true;
    try {
      const value = await layer(call, state);
      state.kept = { outcome: { value }, at: run.session.count };
      return value;
    } catch (error) {
      state.kept = { outcome: { error: keepError(error) }, at: run.session.count };
      throw error;
    } finally {
      state.isForeign = false;
    }
  };
}

/** The place of a call in the session. */
export function keyOf({ run, incoming }: CallState): string {
  return `${run.runId} ${run.step} ${incoming.id}`;
}

type Wrapped<C> = (call: C, turn: Turn) => Promise<ToolResult>;

/** One invocation of one wrap. */
interface Invocation<C> { call: C; state: CallState; passed?: C; inner?: Promise<ToolResult>; settled?: { result: ToolResult } | { error: unknown } }

function guardToolWrap<C extends ToolCall>(tap: Tap, wrap: (next: Wrapped<C>) => Wrapped<C>, next: ToolLayer<C>, check: (given: C, call: C) => C): ToolLayer<C> {
  const invocations = new WeakMap<Frame, Invocation<C>>();
  const wrapped = wrap((call, turn) => {
    const frame = TurnHandle.frameOf(turn);
    const invocation = frame === undefined ? undefined : invocations.get(frame);
    if (frame === undefined || invocation === undefined) throw misuse(tap, 'TAP_NEXT_MISUSED', 'called next without the turn that it was given');
    if (frame.closed) throw misuse(tap, 'TAP_NEXT_MISUSED', 'called next after its own call had ended');
    if (frame.nextCalls > 0) throw misuse(tap, 'TAP_NEXT_MISUSED', 'called next twice');
    const passed = check(invocation.call, call);
    frame.nextCalls++;
    frame.changed = passed !== invocation.call;
    invocation.passed = passed;
    const inner = invocation.inner = frame.wait(() => next(passed, invocation.state));
    inner.then((result) => { invocation.settled = { result }; }, (error: unknown) => { invocation.settled = { error: asItIs(error) }; });
    return inner;
  });

  return async (call, state) => {
    const { run, incoming: { modelDepth, toolDepth, signal } } = state;
    const frame = run.open(tap, { modelDepth, toolDepth, slot: state.slot, signal, callId: call.id, graceMs: run.session.kernel.graceMs, isForeign: state.isForeign });
    const invocation: Invocation<C> = { call, state };
    invocations.set(frame, invocation);
    const note = (entry: TraceEntry): void => {
      if (frame.changed) entry.change = { before: call, after: invocation.passed! };
    };
    try {
      const result = await callTap(frame, () => wrapped(call, frame.turn));
      if (!isToolResult(result)) throw misuse(tap, 'TAP_INVALID_RESULT', `returned ${describe(result)} instead of a tool result`);
      await endInner(invocation);
      note(run.trace.add(tap, run, judgeAnswer(tap, frame, invocation, result), frame.ownMs, call.id));
      return result;
    } catch (thrown) {
      const error = blame(frame, thrown); // Also what it returned can throw, when it is looked at.
      await endInner(invocation);
      note(run.trace.addFailure(frame, run, error, call.id));
      throw error;
    }
  };
}

/** A wrap that does not wait for its `next` ends the call: the tool is stopped, so that nothing runs on unseen. */
async function endInner({ inner, settled, state }: Invocation<unknown>): Promise<void> {
  if (inner === undefined || settled !== undefined) return;
  state.running?.giveUp(new DOMException('A plugin ended the call before the tool had', 'AbortError'));
  await inner.then(() => undefined, () => undefined);
}

/** Whether the wrap passed on what came from further in, changed it, or answered in the tool's place. */
function judgeAnswer<C extends ToolCall>(tap: Tap, frame: Frame, { call, state, settled }: Invocation<C>, result: ToolResult): TapOutcome {
  const hasSkipped = frame.nextCalls === 0;
  if (hasSkipped && !tap.answers) throw misuse(tap, 'TAP_SKIPPED_NEXT', 'answered without calling next, and its tap does not say answers: true,');
  // What did not come from further in stands in the place of a call that nobody may have judged.
  const isOwnAnswer = hasSkipped || (settled !== undefined && 'error' in settled && state.decision === undefined && result.isError !== true);
  if (isOwnAnswer) {
    state.answeredBy ??= tap.plugin;
    state.answeredCall ??= call;
    return 'answered';
  }
  const isSame = settled !== undefined && 'result' in settled && settled.result === result;
  return frame.changed || !isSame ? 'changed' : 'passed';
}
