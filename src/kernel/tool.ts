import { PithError, toErrorReport, toMessage } from './errors.ts';
import type { EventBody, FileChange } from './event.ts';
import { asItIs } from './frame.ts';
import { deepFreeze, toPlain } from './base/freeze.ts';
import type { ToolCall, ToolOutcome, ToolResult } from './hooks.ts';
import type { ToolCallBlock, ToolResultBlock } from './message.ts';
import { refuseInPreview } from './request/preview.ts';
import { decide, type Decision } from './permission.ts';
import { limitContent } from './tool/result-limit.ts';
import type { Run } from './run.ts';
import { inputOf } from './secrets/secrets.ts';
import { prepareCall, previewCall } from './tool/tool-body.ts';
import { errorResult } from './tool/tool-result.ts';
import { type CallState, type IncomingCall, keyOf } from './tool/tool-wrap.ts';
import { TOP } from './turn-handle.ts';
import { WriteSlot } from './tool/work-tree.ts';

export const DEFAULT_RESULT_LIMIT = 100_000;
/** How many calls of one reply run side by side. */
const PARALLEL_MAX = 16;

/** Runs all calls of one reply: neighbours that change nothing side by side, everything else alone and in order. */
export async function runToolCalls(run: Run, calls: readonly ToolCallBlock[]): Promise<ToolResultBlock[]> {
  const results: ToolResultBlock[] = [];
  run.toolResults = results;
  const path = run.setup.parent === undefined ? 'model' : 'sub-turn';
  const nesting = run.setup.nesting ?? TOP;
  for (let start = 0; start < calls.length;) {
    let end = start + 1;
    if (isParallel(run, calls[start]!)) while (end < Math.min(calls.length, start + PARALLEL_MAX) && isParallel(run, calls[end]!)) end++;
    const batch = calls.slice(start, end).map(async (call, index) => {
      const { id, name, complete } = call;
      const outcome = await runCall(run, { id, name, input: inputOf(call), complete, path, index: start + index, signal: run.signal, ...nesting });
      results[start + index] = { type: 'tool-result', toolCallId: id, content: outcome.content, ...(outcome.status === 'done' ? {} : { isError: true }) };
    });
    // All of a batch settle before an error is thrown, so that nothing runs on unseen.
    for (const settled of await Promise.allSettled(batch)) if (settled.status === 'rejected') throw settled.reason;
    start = end;
  }
  return results;
}

function isParallel(run: Run, call: ToolCallBlock): boolean {
  const effect = run.toolSet.tools.get(call.name)?.declaration.effect;
  return effect === 'read' || effect === 'network' || effect === 'agent';
}

/**
 * The choke point: every tool call of every entry path. prepare taps → freeze → permission → execute taps → the tool.
 * @throws only where the turn itself must end: its events cannot be kept
 */
export async function runCall(run: Run, incoming: IncomingCall): Promise<ToolOutcome> {
  const { id, name, input, complete, path } = incoming;
  const state: CallState = { run, incoming, startMs: performance.now(), slot: incoming.slot, executed: false, isForeign: incoming.isForeign, interrupted: false };
  await run.emitAhead({ type: 'tool-call', callId: id, tool: name, input, complete, path }, state);
  let result: ToolResult;
  try {
    run.throwIfAborted(run.signal, id);
    run.throwIfLost();
    run.throwIfAborted(incoming.signal, id);
    if (!complete) throw incompleteInput();
    const call: ToolCall = Object.freeze({ id, name, input });
    result = await run.generation.prepareTool(call, state);
    if (state.decision === undefined && state.answeredBy !== undefined) result = await judgeAnswer(state, result);
  } catch (error) {
    result = toErrorResult(state, error);
  }
  if (!run.signal.aborted) run.throwIfLost();
  return finish(state, result);
}

function incompleteInput(): PithError {
  return new PithError('Not run: the input of this call did not arrive whole', { code: 'TOOL_INPUT_INVALID', hint: 'Make the call again, with a smaller input if it was long.' });
}

/** The end of the prepare zone: the call is frozen, judged, and handed to the execute zone. */
export async function gate(call: ToolCall, state: CallState): Promise<ToolResult> {
  let held: WriteSlot | undefined;
  try {
    const refusal = await judge(call, state);
    if (refusal !== undefined) return refusal;
    const { run, incoming: { signal, slot } } = state;
    const prepared = state.prepared!;
    if ((prepared.effect === 'write' || prepared.effect === 'exec') && run.session.playback === undefined) {
      held = state.slot = await WriteSlot.enter(() => slot?.queue ?? run.session.kernel.writeQueue, run.session.roots, signal);
    }
    run.throwIfAborted(signal, call.id);
    const { id, name, effect, owner, input, targets } = prepared;
    const start: EventBody = { type: 'tool-start', callId: id, tool: name, effect, owner, input, targets };
    // What only reads may begin meanwhile: nothing of it is felt before the next request, which waits.
    await (effect === 'read' ? run.emitAhead(start, state) : run.emit(start, state));
    run.throwIfLost();
    return await run.generation.executeTool(prepared, state);
  } catch (error) {
    throw asItIs(error);
  } finally {
    void held?.release();
  }
}

/** @returns the refusal, or nothing when the call may run; `state.prepared` and `state.decision` are set */
async function judge(call: ToolCall, state: CallState): Promise<ToolResult | undefined> {
  const { modelDepth, toolDepth, slot, isForeign, signal } = state.incoming;
  const prepared = state.prepared = await prepareCall(call, state);
  if (prepared.effect !== 'read') refuseInPreview(state.run, `a call of ${prepared.name}`);
  const decision = state.decision = await decide(state.run, prepared, { modelDepth, toolDepth, slot, isForeign, signal, callId: call.id }, () => previewCall(prepared, state));
  if (decision.verdict === 'allow') return undefined;
  return errorResult(refusalText(state.prepared.name, decision));
}

/** An answer that a prepare tap gave in the tool's place meets the same permission as the call it answers. */
async function judgeAnswer(state: CallState, answer: ToolResult): Promise<ToolResult> {
  return (await judge(state.answeredCall!, state)) ?? answer;
}

function refusalText(tool: string, decision: Decision): string {
  const rule = decision.rule === null ? '' : ` (rule ${decision.rule})`;
  switch (decision.kind) {
    case 'declined': return `The user did not allow this ${tool} call: ${decision.reason}`;
    case 'failed': return `This ${tool} call was not allowed, because the guard ${decision.by} could not judge it: ${decision.reason}. Do not try it again.`;
    case 'nobody-to-ask': return `This ${tool} call was not allowed: ${decision.reason}${rule}. This is policy, not an error; do not try it again, choose another way or report it.`;
    default: return `This ${tool} call was not allowed by ${decision.by}${rule}: ${decision.reason}. This is policy, not an error; do not try it again, choose another way or report it.`;
  }
}

function toErrorResult(state: CallState, error: unknown): ToolResult {
  const { signal } = state.incoming;
  if (signal.aborted) {
    state.interrupted = true;
    const reason = toMessage(signal.reason);
    state.error = { code: 'TOOL_INTERRUPTED', message: reason };
    return errorResult(state.executed ? `Interrupted while it ran (${reason}). What it had done by then stays done.` : `Not run: ${reason}`);
  }
  const report = state.error = toErrorReport(error);
  const ran = report.tap === undefined || report.hook !== 'tool' ? '' : state.executed ? ' The tool itself had run.' : ' The tool did not run.';
  return errorResult(`${report.message}${/[.!?]$/.test(report.message) ? '' : '.'}${report.hint === undefined ? '' : ` ${report.hint}`}${ran}`);
}

async function finish(state: CallState, result: ToolResult): Promise<ToolOutcome> {
  const { run, incoming, decision, prepared, tool } = state;
  const { secrets } = run.session.kernel;
  const content = deepFreeze(limitContent(secrets.redactDeep(result.content), tool?.declaration.resultLimit ?? DEFAULT_RESULT_LIMIT));
  const refused = decision?.verdict === 'deny';
  const status = state.interrupted ? 'interrupted' : refused ? 'refused' : result.isError || state.error !== undefined ? 'error' : 'done';
  const changes: readonly FileChange[] = refused ? [] : result.changes ?? [];
  if (refused) run.refusals.push({ callId: incoming.id, tool: prepared!.name, kind: decision.kind ?? 'denied', by: decision.by, reason: decision.reason, rule: decision.rule });
  if (prepared !== undefined && prepared.effect !== 'read') run.lastEffectRefused = refused;
  if (state.kept !== undefined) keepOutcome(state, state.kept);
  const end: EventBody = {
    type: 'tool-end', callId: incoming.id, ...(incoming.index === undefined ? {} : { index: incoming.index }), tool: prepared?.name ?? incoming.name, status, content, changes, durationMs: Math.round(performance.now() - state.startMs),
    ...(state.error === undefined ? {} : { error: state.error }), ...(state.answeredBy === undefined || refused ? {} : { answeredBy: state.answeredBy }),
    ...(result.details === undefined ? {} : { details: toPlain(result.details) }),
  };
  // The loop waits before it sends the result on; nobody else does.
  await (isOfLoop(incoming) ? run.emitAhead(end, state) : run.emit(end, state));
  return secrets.redactDeep<ToolOutcome>({
    status, content, changes, verdict: decision?.verdict ?? null, rule: decision?.rule ?? null, reason: refused ? decision.reason : state.error?.message ?? (status === 'done' ? decision?.reason ?? null : null),
    code: refused ? 'TOOL_REFUSED' : state.error?.code ?? (status === 'error' ? 'TOOL_FAILED' : null),
    ...(result.details === undefined ? {} : { details: result.details }),
  });
}

function isOfLoop({ path }: IncomingCall): boolean {
  return path === 'model' || path === 'sub-turn';
}

/** Kept only now, beside the event that mostly says the same. */
function keepOutcome(state: CallState, { outcome, at }: NonNullable<CallState['kept']>): void {
  const { run, executed, answeredBy } = state;
  if (!run.generation.observers.isRecording) return;
  const kept = 'value' in outcome && outcome.value.details !== undefined ? { value: { ...outcome.value, details: toPlain(outcome.value.details) } } : outcome;
  run.keep({ kind: 'tool', key: keyOf(state), outcome: kept, executed, ...(answeredBy === undefined ? {} : { answeredBy }) }, at);
}
