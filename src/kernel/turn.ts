import { assembleContext } from './context.ts';
import { EXIT, isPithError, PithError, toErrorReport, toPithError, type ErrorReport, type ExitCode } from './errors.ts';
import type { Refusal, TurnStatus } from './event.ts';
import type { UserInput } from './hooks.ts';
import { type Block, type Message, type ModelRequest, type Reply, toOpenResult, toText, type ToolCallBlock, type Usage } from './message.ts';
import { callModel } from './model.ts';
import type { Run } from './run.ts';
import { runToolCalls } from './tool.ts';

/** What became of a turn. The same facts close it as its one `turn-end` event. */
export interface TurnResult {
  status: TurnStatus;
  /** Why, when not simply done: one sentence. */
  reason: string | null;
  exitCode: ExitCode;
  /** The answer; `null` where there is none. */
  text: string | null;
  reply: Reply | null;
  steps: number;
  usage: Usage;
  costMicroUsd: number | null;
  durationMs: number;
  refusals: readonly Refusal[];
  error?: ErrorReport;
}

type Ending = Pick<TurnResult, 'status' | 'reason' | 'exitCode' | 'text'> & { error?: ErrorReport };

/** One input and all that follows from it. Never throws: every way out is a result, and one `turn-end`. */
export async function runTurn(run: Run, input: UserInput): Promise<TurnResult> {
  const startMs = performance.now();
  let ending: Ending;
  try {
    await run.emit({ type: 'turn-start' });
    ending = await takeInput(run, input) ?? await loop(run);
  } catch (error) {
    ending = failed(run, error);
  }
  await Promise.all(run.children);
  const result: TurnResult = {
    ...ending, reply: run.lastReply ?? null, steps: run.step, usage: run.usage, costMicroUsd: run.costMicroUsd,
    durationMs: Math.round(performance.now() - startMs), refusals: run.refusals,
  };
  return close(run, result);
}

/** The input hook. @returns an ending where a tap has answered by itself */
export async function takeInput(run: Run, given: UserInput): Promise<Ending | undefined> {
  const input = await run.generation.runInput(given, run);
  run.signal.throwIfAborted();
  if (input.handled !== undefined) return { status: 'done', reason: null, exitCode: EXIT.ok, text: input.handled.reply };
  const content: Block[] = [...(input.text === '' ? [] : [{ type: 'text' as const, text: input.text }]), ...(input.attachments ?? [])];
  const message = freezeMessage({ role: 'user', content });
  run.messages.push(message);
  const plugins = run.generation.plugins.map(({ definition }) => definition.name);
  await run.emit({ type: 'input-accepted', origin: input.origin, text: input.typed ?? input.text, message, plugins });
  return undefined;
}

/** context → model → tools, until a reply asks for no tool. */
export async function loop(run: Run): Promise<Ending> {
  for (;;) {
    const limit = reachedLimit(run);
    if (limit !== undefined) return limit;
    run.step++;
    const reply = run.lastReply = await callStep(run);
    const calls = reply.blocks.filter((block): block is ToolCallBlock => block.type === 'tool-call');
    // Kept before anything else may end the turn: what `model-end` has told the journal is in the history, always.
    if (reply.blocks.length > 0) run.messages.push(freezeMessage({ role: 'assistant', content: reply.blocks, ...(reply.id === null ? {} : { id: reply.id }) }));
    run.signal.throwIfAborted();
    if (reply.status === 'error') throw replyError(reply);
    if (calls.length === 0) {
      if (reply.status === 'truncated') throw new PithError('The reply ended before its final event', { code: 'PROVIDER_TRUNCATED', hint: 'What arrived was kept. Go on with: pith run --continue "go on"' });
      return done(run, reply);
    }
    run.messages.push(freezeMessage({ role: 'user', content: await runToolCalls(run, calls) }));
    run.signal.throwIfAborted();
  }
}

/** One model call. A request that is too long goes through `context` once more, and then fails. */
async function callStep(run: Run): Promise<Reply> {
  let request: ModelRequest = await assembleContext(run, 'step');
  try {
    return await callModel(run, run.generation.model, request, 0);
  } catch (error) {
    if (!isPithError(error) || error.code !== 'CONTEXT_TOO_LONG') throw error;
    await run.emit({ type: 'notice', level: 'warning', code: error.code, text: 'The request was too long for the model; making room once.' });
    request = await assembleContext(run, 'overflow');
    return await callModel(run, run.generation.model, request, 0);
  }
}

/** Whether another model call is allowed. */
function reachedLimit(run: Run): Ending | undefined {
  const { maxSteps, maxCostMicroUsd } = run.setup.limits;
  const stop = (code: 'LIMIT_STEPS' | 'LIMIT_COST', reason: string, hint: string): Ending => {
    const error = toErrorReport(new PithError(reason, { code, hint }));
    return { status: 'limit', reason, exitCode: EXIT.limit, text: textOf(run.lastReply), error };
  };
  if (run.step >= maxSteps) return stop('LIMIT_STEPS', `The turn stopped after ${maxSteps} model call${maxSteps === 1 ? '' : 's'}, with work left`, 'Allow more with --max-steps, or go on with: pith run --continue "go on"');
  if (run.spentMicroUsd >= maxCostMicroUsd) return stop('LIMIT_COST', `The turn stopped at a cost of $${(run.spentMicroUsd / 1e6).toFixed(6)}, with work left`, 'Allow more with --max-cost, or go on with: pith run --continue "go on"');
  if (maxCostMicroUsd !== Infinity && run.costMicroUsd === null) return stop('LIMIT_COST', 'The cost of this model is not known, so --max-cost cannot hold', 'Leave --max-cost away, or choose a model with a known price: pith models');
  return undefined;
}

function done(run: Run, reply: Reply): Ending {
  const text = textOf(reply);
  if (!run.lastEffectRefused) return { status: 'done', reason: null, exitCode: EXIT.ok, text };
  const last = run.refusals.at(-1)!;
  return { status: 'refused', reason: `${last.tool} was refused: ${last.reason}`, exitCode: EXIT.refused, text };
}

function failed(run: Run, thrown: unknown): Ending {
  const error = run.signal.aborted ? toPithError(run.signal.reason, 'INTERRUPTED') : toPithError(thrown, 'TAP_THREW');
  answerOpenCalls(run);
  const status: TurnStatus = error.code === 'INTERRUPTED' || error.code === 'TERMINATED' ? 'interrupted' : error.exitCode === EXIT.limit ? 'limit' : 'error';
  return { status, reason: error.message, exitCode: error.exitCode, text: textOf(run.lastReply), error: toErrorReport(error) };
}

/** A conversation in which every call has a result can go on, whatever ended the turn. */
function answerOpenCalls(run: Run): void {
  const last = run.messages.at(-1);
  const open = last?.role === 'assistant' ? last.content.filter((block): block is ToolCallBlock => block.type === 'tool-call') : [];
  if (open.length > 0) run.messages.push(freezeMessage({ role: 'user', content: open.map(({ id }) => toOpenResult(id)) }));
}

function replyError({ error, retryAfterS }: Reply): PithError {
  return new PithError(`The provider ended the reply with an error: ${error?.message ?? 'no reason given'}`, {
    code: 'PROVIDER_FAILED', origin: 'provider', details: { type: error?.type ?? null, ...(retryAfterS === undefined ? {} : { retryAfterS }) },
  });
}

function textOf(reply: Reply | undefined): string | null {
  if (reply === undefined) return null;
  const text = toText(reply.blocks);
  if (text !== '') return text;
  return reply.blocks.find((block) => block.type === 'refusal')?.text ?? null;
}

/** The one end of the turn. A durable observer that cannot keep even this changes the answer to a failure. */
async function close(run: Run, result: TurnResult): Promise<TurnResult> {
  const { text, reply: _, ...facts } = result;
  const { name, callId } = run.setup.task ?? {};
  const end = (ending: typeof facts) => run.setup.parent === undefined
    ? run.emit({ type: 'turn-end', ...ending, result: text })
    : run.emit({ type: 'run-end', name: name ?? 'agent', ...(callId === undefined ? {} : { callId }), ...ending, result: text });
  try {
    await end(facts);
    return result;
  } catch (error) {
    return { ...result, status: 'error', exitCode: EXIT.failed, reason: toPithError(error, 'OBSERVER_FAILED').message, error: toErrorReport(error) };
  }
}

function freezeMessage(message: Message): Message {
  for (const block of message.content) Object.freeze(block);
  Object.freeze(message.content);
  return Object.freeze(message);
}
