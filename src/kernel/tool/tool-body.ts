import { describe, isPithError, PithError, toMessage } from '../errors.ts';
import type { Target, Verdict } from '../event.ts';
import { asItIs, callTap, type Frame, type Tap } from '../frame.ts';
import { deepFreeze, toPlain } from '../base/freeze.ts';
import type { Execution, PreparedCall, ToolCall, ToolResult } from '../hooks.ts';
import { fold } from '../permission.ts';
import type { ToolBody, ToolHead } from '../plugin.ts';
import { toIssueText } from '../base/issue-text.ts';
import { EFFECTS } from '../load/plugin-check.ts';
import { maskedError, maskIn } from '../secrets/secrets.ts';
import { isToolResult, textResult } from './tool-result.ts';
import type { RegisteredTool } from '../load/tool-set.ts';
import { type CallState, standIn } from './tool-wrap.ts';
import { within } from '../base/within.ts';

export const DEFAULT_TOOL_TIMEOUT_MS = 600_000;

/**
 * The call as it will be judged and run.
 * @throws PithError TOOL_UNKNOWN, TOOL_INPUT_INVALID, TOOL_FAILED
 */
export async function prepareCall(call: ToolCall, state: CallState): Promise<PreparedCall> {
  const { run, incoming } = state;
  const tool = state.tool = run.toolSet.find(call.name, run.setup.tools);
  const limitMs = run.session.kernel.setupTimeoutMs;
  const late = (): Error => new PithError(`Tool ${call.name} of plugin ${tool.owner} did not say within ${limitMs} ms what the call would touch`, { code: 'TOOL_FAILED', plugin: tool.owner });
  try {
    return await within(readCall(call, tool, state), { signal: incoming.signal, limitMs, late });
  } catch (error) {
    if (isPithError(error) || incoming.signal.aborted) throw error;
    throw new PithError(`${call.name} failed before it ran: ${toMessage(error)}`, { code: 'TOOL_FAILED', plugin: tool.owner, cause: error });
  }
}

async function readCall(call: ToolCall, tool: RegisteredTool, { run, isForeign }: CallState): Promise<PreparedCall> {
  const body = await loadBody(tool);
  const { session } = run;
  const { name } = tool.declaration;
  const input = deepFreeze(await checkInput(tool.declaration, body, call.input));
  const effect = body.effectOf?.(input) ?? tool.declaration.effect;
  if (!EFFECTS.has(effect)) throw new TypeError(`its effect is ${describe(effect)}; allowed are ${[...EFFECTS].join(', ')}`);
  const find = async (): Promise<TouchedBy> => ({ effect, owner: tool.owner, targets: (await body.targets?.(input, { cwd: session.cwd, roots: session.roots })) ?? [], ...toMask(maskIn(call.input)) });
  // What a call touches depends on what lies there at the time.
  const { targets, mask } = isForeign ? await find() : await run.recorded(`targets ${run.step} ${call.id}`, find);
  if (mask !== undefined && effect !== 'read' && effect !== 'agent') throw maskedError(name, mask);
  if (!Array.isArray(targets) || !targets.every(isTarget)) throw new TypeError(`its targets are ${describe(targets)} where a list of targets belongs`);
  const mode = isForeign ? run.mode : run.modeAt(`mode ${run.step} ${call.id}`);
  const execution: Execution = { wrapProcess: [], env: {} };
  return Object.freeze({
    id: call.id, name, owner: tool.owner, effect, input, targets: deepFreeze(targets.map((target: Target): Target => ({ ...target }))),
    cwd: session.cwd, roots: session.roots, mode, origin: run.setup.origin, runId: run.runId, execution,
  });
}

/** What a call would change in files, for the person who is asked. It takes no longer than saying what the call touches may take. */
export async function previewCall({ input, cwd, roots, targets, name }: PreparedCall, { run, tool, incoming }: CallState): Promise<string | undefined> {
  const preview = tool?.body?.preview;
  if (preview === undefined || run.session.playback !== undefined) return undefined;
  const stop = new AbortController();
  const signal = AbortSignal.any([incoming.signal, stop.signal]);
  try {
    const diff: unknown = await within(preview(input, { cwd, roots, targets, signal }), { signal: incoming.signal, limitMs: run.session.kernel.setupTimeoutMs, late: () => new Error(`the preview of ${name} took too long`) });
    return typeof diff === 'string' && diff !== '' ? diff : undefined;
  } catch {
    return undefined; // The person sees what is asked for, as it is; why it would fail, the call itself says.
  } finally {
    stop.abort();
  }
}

/** What is recorded of every call that is judged: enough to judge it again. */
interface TouchedBy { effect: PreparedCall['effect']; owner: string; targets: readonly Target[]; /** A replay sees masks where there was a value, and must not take them for the model's. */ mask?: string }

const toMask = (mask: string | undefined): { mask?: string } => (mask === undefined ? {} : { mask });

function isTarget(target: unknown): target is Target {
  return typeof target === 'object' && target !== null && typeof (target as Target).family === 'string';
}

async function loadBody(tool: RegisteredTool): Promise<ToolBody> {
  const { declaration } = tool;
  const body = tool.body ??= 'load' in declaration ? await declaration.load() : declaration;
  if (typeof (body as ToolBody | undefined)?.execute === 'function') return body;
  tool.body = undefined;
  throw new TypeError(`it loads ${describe(body)} where a body with an execute function belongs`);
}

async function checkInput({ name, inputSchema }: ToolHead, body: ToolBody, input: unknown): Promise<unknown> {
  if (body.input === undefined) return input;
  const result = await body.input['~standard'].validate(input);
  if (result.issues === undefined) return result.value;
  throw new PithError(`The input of ${name} does not fit: ${toIssueText(result.issues, { value: input, keys: Object.keys((inputSchema['properties'] ?? {}) as object) })}`, { code: 'TOOL_INPUT_INVALID' });
}

/** The end of the execute zone. In a replay a tool does not run, unless all it does is done by others: then those are stood in for. */
export function executeTool(call: PreparedCall, state: CallState): Promise<ToolResult> {
  return call.effect === 'agent' ? executeCall(call, state) : executeElsewhere(call, state);
}

const executeElsewhere = standIn(executeCall);

/** Around the tool itself, inside all execute taps. */
async function executeCall(call: PreparedCall, state: CallState): Promise<ToolResult> {
  const { run, incoming: { signal, modelDepth, toolDepth } } = state;
  const tool = state.tool!;
  const frame = state.running = run.open(toTap(tool), { signal, modelDepth, toolDepth, slot: state.slot, callId: call.id, graceMs: run.session.kernel.graceMs, isForeign: state.isForeign });
  frame.onExpire = () => frame.giveUp(new PithError(`${call.name} ran longer than ${frame.limitMs / 1000} s and was stopped`, { code: 'TOOL_TIMEOUT', plugin: tool.owner }));
  state.executed = true;
  const { secrets } = run.session.kernel;
  const shown = secrets.stream();
  try {
    signal.throwIfAborted();
    const given = await callTap(frame, async () => {
      try {
        return await tool.body!.execute(call.input, {
          callId: call.id, cwd: call.cwd, roots: call.roots, targets: call.targets, env: run.session.kernel.env, childRules: run.session.kernel.childRules, execution: call.execution, turn: frame.turn, session: run.session.state,
          get signal() { return frame.ownSignal; },
          judge: (targets) => judgeFurther(call, targets, state),
          progress: (given, details) => {
            const text = frame.closed ? '' : shown.push(given);
            if (!frame.closed && (text !== '' || given === '' || details !== undefined)) void run.emit({ type: 'tool-progress', callId: call.id, tool: call.name, text, ...(details === undefined ? {} : { details: toPlain(details) }) }, { isForeign: state.isForeign });
          },
        });
      } catch (error) {
        throw toToolError(tool, frame, error);
      }
    });
    const result = typeof given === 'string' ? textResult(given) : given;
    if (!isToolResult(result)) throw new PithError(`Tool ${call.name} of plugin ${tool.owner} returned ${describe(result)} instead of a result`, { code: 'TOOL_FAILED', plugin: tool.owner });
    deepFreeze(result.content);
    return Object.freeze(secrets.redactDeep(result));
  } catch (error) {
    throw toToolError(tool, frame, error);
  }
}

/** The opinions on the same call, were it to touch other things. */
async function judgeFurther(call: PreparedCall, targets: readonly Target[], { run, slot, isForeign, incoming: { signal, modelDepth, toolDepth } }: CallState): Promise<Verdict> {
  const further = Object.freeze({ ...call, targets: deepFreeze(targets.map((target) => ({ ...target }))) });
  return fold(await run.generation.opinions(further, { run, at: { modelDepth, toolDepth, slot, isForeign, signal, callId: call.id } })).verdict;
}

/** A tool has the time and the blame of a tap, though nothing was tapped. */
function toTap({ declaration, owner }: RegisteredTool): Tap {
  return {
    hook: 'tool', plugin: owner, name: declaration.name, stage: Infinity, timeoutMs: declaration.timeoutMs ?? DEFAULT_TOOL_TIMEOUT_MS,
    answers: true, durable: false, queueLimit: 0, fn: undefined,
  };
}

function toToolError({ declaration: { name }, owner }: RegisteredTool, frame: Frame, error: unknown): unknown {
  const { stopReason, signal } = frame;
  if (stopReason !== undefined && (error === stopReason || (error as Error | null)?.name === 'AbortError')) return asItIs(stopReason);
  if (signal.aborted) return asItIs(error);
  if (isPithError(error)) {
    error.plugin ??= owner;
    return asItIs(error);
  }
  return asItIs(new PithError(`${name} failed: ${toMessage(error)}`, { code: 'TOOL_FAILED', plugin: owner, cause: error }));
}
