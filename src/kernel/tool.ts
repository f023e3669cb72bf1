import { describe, isPithError, nearest, PithError, toErrorReport, toMessage } from './errors.ts';
import type { FileChange, Target } from './event.ts';
import type { Execution, PreparedCall, ToolCall, ToolOutcome, ToolResult } from './hooks.ts';
import type { ToolCallBlock, ToolResultBlock } from './message.ts';
import { decide, type Decision } from './permission.ts';
import { type ToolBody, type ToolDeclaration, type ToolSource, toIssueText } from './plugin.ts';
import { limitContent } from './result-limit.ts';
import { type Run, TurnHandle } from './run.ts';
import { type CallState, type IncomingCall, isToolResult } from './tool-wrap.ts';

export const DEFAULT_TOOL_TIMEOUT_MS = 600_000;
export const DEFAULT_RESULT_LIMIT = 100_000;
/** How long a tool that was told to stop may take to do so. */
const STOP_GRACE_MS = 5000;

/** A tool as the kernel keeps it. */
export interface RegisteredTool {
  declaration: ToolDeclaration;
  owner: string;
  body: ToolBody | undefined;
  /** Set for a tool that appeared at run time. */
  source?: ToolSource;
}

/** Runs all calls of one reply: neighbours that change nothing side by side, everything else alone and in order. */
export async function runToolCalls(run: Run, calls: readonly ToolCallBlock[]): Promise<ToolResultBlock[]> {
  const results: ToolResultBlock[] = [];
  const path = run.setup.parent === undefined ? 'model' : 'sub-turn';
  for (let start = 0; start < calls.length;) {
    let end = start + 1;
    if (isParallel(run, calls[start]!)) while (end < calls.length && isParallel(run, calls[end]!)) end++;
    const batch = calls.slice(start, end).map(async (block, offset): Promise<ToolResultBlock> => {
      const index = start + offset;
      await run.emit({ type: 'tool-call', callId: block.id, tool: block.name, input: block.input, complete: block.complete, path });
      const outcome = block.complete
        ? await runCall(run, { id: block.id, name: block.name, input: block.input, path, index, holdsSlot: run.setup.inheritsSlot ?? false })
        : await refuseIncomplete(run, block, index);
      return { type: 'tool-result', toolCallId: block.id, content: outcome.content, ...(outcome.status === 'done' ? {} : { isError: true }) };
    });
    // All of a batch settle before an error is thrown, so that nothing runs on unseen.
    for (const settled of await Promise.allSettled(batch)) {
      if (settled.status === 'rejected') throw settled.reason;
      results.push(settled.value);
    }
    start = end;
  }
  return results;
}

function isParallel(run: Run, call: ToolCallBlock): boolean {
  const effect = run.generation.tools.get(call.name)?.declaration.effect;
  return effect === 'read' || effect === 'network' || effect === 'agent';
}

/**
 * The choke point: every tool call of every entry path. prepare taps → freeze → permission → execute taps → the tool.
 * @throws only where the turn itself must end (a durable observer failed)
 */
export async function runCall(run: Run, incoming: IncomingCall): Promise<ToolOutcome> {
  const state: CallState = { run, incoming, startMs: performance.now(), executed: false, interrupted: false };
  let result: ToolResult;
  try {
    run.signal.throwIfAborted();
    const call: ToolCall = Object.freeze({ id: incoming.id, name: incoming.name, input: incoming.input });
    result = await run.generation.prepareTool(call, state, undefined);
    if (state.decision === undefined && state.answeredBy !== undefined) result = await judgeAnswer(state, result);
  } catch (error) {
    if (isPithError(error) && error.code === 'OBSERVER_FAILED') throw error;
    result = toErrorResult(state, error);
  }
  return finish(state, result);
}

/** The end of the prepare zone: the call is frozen, judged, and handed to the execute zone. */
export async function gate(call: ToolCall, state: CallState): Promise<ToolResult> {
  const { run } = state;
  const refusal = await judge(call, state);
  if (refusal !== undefined) return refusal;
  const prepared = state.prepared!;
  const exclusive = (prepared.effect === 'write' || prepared.effect === 'exec') && !state.incoming.holdsSlot;
  const release = exclusive ? await run.session.kernel.workTrees.acquire(run.session.roots[0]!, run.signal) : undefined;
  try {
    run.signal.throwIfAborted();
    const { id, name, effect, owner, input, targets } = prepared;
    await run.emit({ type: 'tool-start', callId: id, tool: name, effect, owner, input, targets });
    return await run.generation.executeTool(prepared, state, undefined);
  } finally {
    release?.();
  }
}

/** @returns the refusal, or nothing when the call may run; `state.prepared` and `state.decision` are set */
async function judge(call: ToolCall, state: CallState): Promise<ToolResult | undefined> {
  state.prepared = await prepare(call, state.run);
  const decision = state.decision = await decide(state.run, state.prepared);
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

/** @throws PithError TOOL_UNKNOWN, TOOL_INPUT_INVALID, TOOL_FAILED */
async function prepare(call: ToolCall, run: Run): Promise<PreparedCall> {
  const tool = findTool(run, call.name);
  const body = await loadBody(tool);
  const input = deepFreeze(await checkInput(tool.declaration.name, body, call.input));
  const { session } = run;
  const { name, effect } = tool.declaration;
  const targets = body.targets === undefined ? [] : await body.targets(input, { cwd: session.cwd, roots: session.roots });
  const execution: Execution = { wrapProcess: [], env: {} };
  return Object.freeze({
    id: call.id, name, owner: tool.owner, effect, input, targets: deepFreeze(targets.map((target): Target => ({ ...target }))),
    cwd: session.cwd, roots: session.roots, mode: run.setup.mode, origin: run.setup.origin, runId: run.runId, execution,
  });
}

function findTool(run: Run, name: string): RegisteredTool {
  const tool = run.generation.tools.get(name);
  if (tool !== undefined && (run.setup.tools?.has(name) ?? true)) return tool;
  const names = [...run.generation.tools.keys()].filter((other) => run.setup.tools?.has(other) ?? true);
  const near = nearest(name, names);
  throw new PithError(`There is no tool ${JSON.stringify(name)}`, {
    code: 'TOOL_UNKNOWN', hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `Tools are: ${names.join(', ') || 'none; install the plugin tools'}`,
  });
}

async function loadBody(tool: RegisteredTool): Promise<ToolBody> {
  const { declaration } = tool;
  return tool.body ??= 'load' in declaration ? await declaration.load() : declaration;
}

async function checkInput(name: string, body: ToolBody, input: unknown): Promise<unknown> {
  if (body.input === undefined) return structuredClone(input);
  const result = await body.input['~standard'].validate(input);
  if (result.issues === undefined) return result.value;
  throw new PithError(`The input of ${name} does not fit: ${toIssueText(result.issues)}`, { code: 'TOOL_INPUT_INVALID' });
}

/** Around the tool itself, inside all execute taps. */
export async function execute(call: PreparedCall, state: CallState): Promise<ToolResult> {
  const { run } = state;
  const tool = findTool(run, call.name);
  const body = await loadBody(tool);
  const timeoutMs = tool.declaration.timeoutMs ?? DEFAULT_TOOL_TIMEOUT_MS;
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new PithError(`${call.name} ran longer than ${timeoutMs / 1000} s and was stopped`, { code: 'TOOL_TIMEOUT' })), timeoutMs);
  const signal = AbortSignal.any([run.signal, limit.signal]);
  const turn = new TurnHandle(run, undefined, { signal, holdsSlot: call.effect === 'write' || call.effect === 'exec' || state.incoming.holdsSlot });
  state.executed = true;
  try {
    const result = await orStop(body.execute(call.input, {
      callId: call.id, cwd: call.cwd, roots: call.roots, signal, execution: call.execution, turn, session: run.session.state,
      progress: (text, details) => void run.emit({ type: 'tool-progress', callId: call.id, tool: call.name, text, ...(details === undefined ? {} : { details }) }),
    }), signal);
    return typeof result === 'string' ? textResult(result) : checkResult(tool, result);
  } catch (error) {
    if (run.signal.aborted) throw error;
    if (isPithError(error)) throw error;
    throw new PithError(`${call.name} failed: ${toMessage(error)}`, { code: 'TOOL_FAILED', cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** The tool's result; after the signal fired, whatever it still gives within a grace time. */
function orStop<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const onAbort = (): void => { timer = setTimeout(() => reject(signal.reason as Error), STOP_GRACE_MS); };
    const done = (): void => { clearTimeout(timer); signal.removeEventListener('abort', onAbort); };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    Promise.resolve(result).then((value) => { done(); resolve(value); }, (error) => { done(); reject(error as Error); });
  });
}

function checkResult(tool: RegisteredTool, result: ToolResult): ToolResult {
  if (isToolResult(result)) return result;
  throw new PithError(`Tool ${tool.declaration.name} of plugin ${tool.owner} returned ${describe(result)} instead of a result`, { code: 'TOOL_FAILED', plugin: tool.owner });
}

function toErrorResult(state: CallState, error: unknown): ToolResult {
  const { signal } = state.run;
  if (signal.aborted) {
    state.interrupted = true;
    const reason = toMessage(signal.reason);
    state.error = { code: 'TOOL_INTERRUPTED', message: reason };
    return errorResult(state.executed ? `Interrupted while it ran (${reason}). What it had done by then stays done.` : `Not run: ${reason}`);
  }
  const report = state.error = toErrorReport(error);
  const ran = report.plugin !== undefined && report.hook === 'tool' ? (state.executed ? ' The tool itself had run.' : ' The tool did not run.') : '';
  return errorResult(`${report.message}${/[.!?]$/.test(report.message) ? '' : '.'}${report.hint === undefined ? '' : ` ${report.hint}`}${ran}`);
}

async function refuseIncomplete(run: Run, block: Extract<ToolCallBlock, { complete: false }>, index: number): Promise<ToolOutcome> {
  const state: CallState = { run, incoming: { id: block.id, name: block.name, input: undefined, path: 'model', index, holdsSlot: false }, startMs: performance.now(), executed: false, interrupted: false };
  state.error = { code: 'TOOL_INPUT_INVALID', message: 'the input did not arrive whole' };
  return finish(state, errorResult('Not run: the input of this call did not arrive whole. Make the call again, with a smaller input if it was long.'));
}

async function finish(state: CallState, result: ToolResult): Promise<ToolOutcome> {
  const { run, incoming, decision, prepared } = state;
  const tool = run.generation.tools.get(prepared?.name ?? incoming.name);
  const content = limitContent(result.content, tool?.declaration.resultLimit ?? DEFAULT_RESULT_LIMIT);
  const refused = decision?.verdict === 'deny';
  const status = state.interrupted ? 'interrupted' : refused ? 'refused' : result.isError || state.error !== undefined ? 'error' : 'done';
  const changes: readonly FileChange[] = refused ? [] : result.changes ?? [];
  if (refused) run.refusals.push({ callId: incoming.id, tool: prepared!.name, kind: decision.kind ?? 'denied', by: decision.by, reason: decision.reason, rule: decision.rule });
  if (prepared !== undefined && prepared.effect !== 'read') run.lastEffectRefused = refused;
  await run.emit({
    type: 'tool-end', callId: incoming.id, ...(incoming.index === undefined ? {} : { index: incoming.index }), tool: prepared?.name ?? incoming.name, status, content, changes, durationMs: Math.round(performance.now() - state.startMs),
    ...(state.error === undefined ? {} : { error: state.error }), ...(state.answeredBy === undefined || refused ? {} : { answeredBy: state.answeredBy }),
    ...(result.details === undefined ? {} : { details: result.details }),
  });
  return {
    status, content, changes, verdict: decision?.verdict ?? null, rule: decision?.rule ?? null, reason: decision?.reason ?? state.error?.message ?? null,
    code: refused ? 'TOOL_REFUSED' : state.error?.code ?? (status === 'error' ? 'TOOL_FAILED' : null),
    ...(result.details === undefined ? {} : { details: result.details }),
  };
}

export function textResult(text: string): ToolResult {
  return { content: [{ type: 'text', text }] };
}

export function errorResult(text: string): ToolResult {
  return { content: [{ type: 'text', text }], isError: true };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}

