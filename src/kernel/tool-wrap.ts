import { describe, type ErrorReport } from './errors.ts';
import { callTap, type Frame, misuse, type Tap } from './frame.ts';
import type { ExecuteWrap, PreparedCall, PrepareWrap, ToolCall, ToolResult, Turn } from './hooks.ts';
import type { Decision } from './permission.ts';
import { type Run, TurnHandle } from './run.ts';
import { failureOutcome } from './trace.ts';

/** Every way by which a tool call enters. All of them end in `runCall`; a test walks this list. */
export const TOOL_ENTRY_PATHS = ['model', 'sub-turn', 'session', 'plugin'] as const;
export type ToolEntryPath = (typeof TOOL_ENTRY_PATHS)[number];

export interface IncomingCall {
  id: string;
  name: string;
  input: unknown;
  path: ToolEntryPath;
  /** Its place among the calls of the reply that asked for it. */
  index?: number;
  /** The caller holds the write slot already. */
  holdsSlot: boolean;
}

/** What is known of a call while it runs. */
export interface CallState {
  readonly run: Run;
  readonly incoming: IncomingCall;
  readonly startMs: number;
  prepared?: PreparedCall;
  decision?: Decision;
  /** Who answered in the tool's place. */
  answeredBy?: string;
  /** The call as the one who answered had received it. */
  answeredCall?: ToolCall;
  executed: boolean;
  interrupted: boolean;
  error?: ErrorReport;
}

/** A layer of the composed tool run, as the kernel calls it. `C` is the call of its zone. */
export type ToolLayer<C> = (call: C, state: CallState, consumer: Frame | undefined) => Promise<ToolResult>;

export function isToolResult(value: unknown): value is ToolResult {
  return typeof value === 'object' && value !== null && Array.isArray((value as ToolResult).content);
}

/** Puts one plugin's prepare wrap around the layers further in. */
export function guardPrepareWrap(tap: Tap<PrepareWrap>, next: ToolLayer<ToolCall>): ToolLayer<ToolCall> {
  return guardToolWrap<ToolCall>(tap as Tap, tap.fn, next, (given, call) => {
    if (typeof call !== 'object' || call === null || typeof call.name !== 'string') throw misuse(tap as Tap, 'TAP_INVALID_RESULT', 'passed something that is no tool call to next');
    return call === given ? call : Object.freeze({ id: given.id, name: call.name, input: call.input });
  });
}

/** Puts one plugin's execute wrap around the layers further in. It cannot hand on another call. */
export function guardExecuteWrap(tap: Tap<ExecuteWrap>, next: ToolLayer<PreparedCall>): ToolLayer<PreparedCall> {
  return guardToolWrap<PreparedCall>(tap as Tap, tap.fn, next, (given, call) => {
    if (call !== given) throw misuse(tap as Tap, 'TAP_CHANGED_CALL', 'handed another call to next than the approved one');
    return call;
  });
}

function guardToolWrap<C extends ToolCall>(
  tap: Tap, wrap: (next: (call: C, turn: Turn) => Promise<ToolResult>) => (call: C, turn: Turn) => Promise<ToolResult>,
  next: ToolLayer<C>, check: (given: C, call: C) => C,
): ToolLayer<C> {
  const places = new WeakMap<Frame, { call: C; state: CallState }>();
  const run = wrap((call, turn) => {
    const frame = TurnHandle.frameOf(turn);
    const place = frame === undefined ? undefined : places.get(frame);
    if (frame === undefined || place === undefined) throw misuse(tap, 'TAP_NEXT_MISUSED', 'called next without the turn that it was given');
    if (frame.closed) throw misuse(tap, 'TAP_NEXT_MISUSED', 'called next after its own call had ended');
    if (frame.nextCalls > 0) throw misuse(tap, 'TAP_NEXT_MISUSED', 'called next twice');
    const passed = check(place.call, call);
    frame.nextCalls++;
    frame.changed = passed !== place.call;
    return frame.wait(next(passed, place.state, frame));
  });

  return async (call, state) => {
    const frame = state.run.open(tap, { holdsSlot: state.incoming.holdsSlot });
    places.set(frame, { call, state });
    const done = (outcome: Parameters<Run['trace']['add']>[2]): void => state.run.trace.add(tap, state.run, outcome, frame.ownMs, call.id);
    try {
      const result = await callTap(frame, () => run(call, frame.turn));
      if (frame.nextCalls === 0) {
        if (!tap.answers) throw misuse(tap, 'TAP_SKIPPED_NEXT', 'answered without calling next, and its tap does not say answers: true,');
        state.answeredBy ??= tap.plugin;
        state.answeredCall ??= call;
      }
      if (!isToolResult(result)) throw misuse(tap, 'TAP_INVALID_RESULT', `returned ${describe(result)} instead of a tool result`);
      done(frame.nextCalls === 0 ? 'answered' : frame.changed ? 'changed' : 'passed');
      return result;
    } catch (error) {
      done(failureOutcome(error));
      throw error;
    }
  };
}
