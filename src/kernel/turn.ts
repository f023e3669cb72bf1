import { assembleContext, modelName } from './context.ts';
import { EXIT, isPithError, PithError, toErrorReport, toPithError, type ErrorReport, type ExitCode } from './errors.ts';
import type { EventBody, Refusal, TurnStatus } from './event.ts';
import { deepFreeze } from './base/freeze.ts';
import type { UserInput } from './hooks.ts';
import { reachedLimit } from './limits.ts';
import { type Block, type Message, type ModelRequest, type Reply, replyMessage, toOpenResult, toText, type ToolCallBlock, type Usage } from './message.ts';
import { callModel, type ModelOutcome } from './model.ts';
import { requestOf } from './request/prefix.ts';
import type { Run } from './run.ts';
import { estimateRequest } from './request/tokens.ts';
import { runToolCalls } from './tool.ts';
import { TOP } from './turn-handle.ts';
import { whyStopped } from './why-stopped.ts';

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

/**
 * One input and all that follows from it. Never throws: every way out is a result, and one `turn-end`.
 * @param begin what comes before the turn itself
 */
export async function runTurn(run: Run, input: UserInput, begin?: () => Promise<void>): Promise<TurnResult> {
  const startMs = performance.now();
  let ending: Ending;
  try {
    await begin?.();
    await run.emit(startEvent(run, input));
    ending = await takeInput(run, input) ?? await loop(run);
    await run.settle();
    run.throwIfStopped();
    await run.whenKept();
  } catch (thrown) {
    // What could not be kept comes first: nobody would find what else was said here.
    const error = await run.whenKept().then(() => thrown, (lost: unknown) => lost);
    ending = failed(run, error);
    run.stop(error);
  }
  await run.end();
  const result: TurnResult = run.session.kernel.secrets.redactDeep<TurnResult>({
    ...ending, reply: run.lastReply ?? null, steps: run.step, usage: run.usage, costMicroUsd: run.costMicroUsd,
    durationMs: Math.round(performance.now() - startMs), refusals: run.refusals,
  });
  return close(run, result);
}

/** The input hook. @returns an ending where a tap has answered by itself */
export async function takeInput(run: Run, given: UserInput): Promise<Ending | undefined> {
  run.throwIfStopped();
  const expanded = await run.generation.runInput(given, run);
  run.throwIfStopped();
  const { secrets } = run.session.kernel;
  const input = secrets.redactDeep(expanded);
  if (run.hasMaskedInput || input !== expanded) {
    run.session.noticeOnce({ level: 'warning', code: 'SECRET_MASKED', text: 'The input held a secret. The model and all records get its name in its place; give programs the value in a variable or a file.' }, { isForeign: true });
  }
  if (input.handled !== undefined) return { status: 'done', reason: null, exitCode: EXIT.ok, text: input.handled.reply };
  const content: Block[] = [...(input.text === '' ? [] : [{ type: 'text' as const, text: input.text }]), ...(input.attachments ?? [])];
  if (content.length === 0) throw new PithError('There is no input', { code: 'INPUT_EMPTY', hint: 'Say what is to be done.' });
  const message: Message = deepFreeze({ role: 'user', content });
  const plugins = run.generation.plugins.map(({ definition }) => definition.name);
  await run.emit({ type: 'input-accepted', origin: input.origin, text: input.typed ?? given.text, message, plugins });
  run.messages.push(message); // What could not be kept was not said, neither here nor when the session is taken up again.
  return undefined;
}

/** context → model → tools, until a reply asks for no tool. */
export async function loop(run: Run): Promise<Ending> {
  for (;;) {
    const limit = reachedLimit(run);
    if (limit !== undefined) return { status: 'limit', reason: limit.message, exitCode: EXIT.limit, text: textOf(run.lastReply), error: toErrorReport(limit) };
    run.step++;
    run.toolResults = [];
    const { reply, error, asked } = await callStep(run);
    const message = replyMessage(reply);
    if (message !== undefined) run.messages.push(deepFreeze(message));
    if (message !== undefined || error === undefined) run.lastReply = reply;
    if (reply.usage !== null) learn(run, asked, reply.usage);
    if (error !== undefined) throw error;
    run.throwIfStopped();
    if (reply.status === 'error') throw replyError(reply);
    const calls = reply.blocks.filter((block): block is ToolCallBlock => block.type === 'tool-call');
    if (calls.length === 0) {
      if (reply.status === 'truncated') throw new PithError('The reply ended before its final event', { code: 'PROVIDER_TRUNCATED', hint: 'What arrived was kept. Go on with: pith run --continue "go on"' });
      if (await goOn(run)) continue;
      const why = whyStopped(reply);
      if (why !== undefined) await run.emit({ type: 'notice', level: 'warning', code: 'REPLY_CUT', text: `${why}.` });
      return done(run, reply);
    }
    run.messages.push(deepFreeze({ role: 'user', content: await runToolCalls(run, calls) }));
    run.throwIfStopped();
  }
}

/** @returns whether a tap wants the run to go on where it would have ended: with what it said, as a further message */
async function goOn(run: Run): Promise<boolean> {
  const texts = run.goesOn.splice(0);
  if (texts.length === 0) return false;
  run.goneOn += texts.length;
  const text = texts.join('\n\n');
  const message: Message = deepFreeze({ role: 'user', content: [{ type: 'text', text }] });
  await run.emit({ type: 'input-accepted', origin: 'trigger', text, message, plugins: run.generation.plugins.map(({ definition }) => definition.name), goesOn: true });
  run.messages.push(message);
  return true;
}

/** One model call. A request that is too long goes through `context` once more, and then fails. */
async function callStep(run: Run): Promise<ModelOutcome> {
  const at = { ...(run.setup.nesting ?? TOP), signal: run.signal };
  const outcome = await callModel(run, await assembleContext(run, 'step'), at);
  if (!isPithError(outcome.error) || outcome.error.code !== 'CONTEXT_TOO_LONG') return outcome;
  await run.emit({ type: 'notice', level: 'warning', code: outcome.error.code, text: 'The request was too long for the model; making room once.' });
  return callModel(run, await assembleContext(run, 'overflow'), at);
}

/** What the provider has counted calibrates the estimates of its model; a wrap may have asked another one, or about something else. */
function learn({ prefix, session, generation }: Run, asked: ModelRequest, usage: Usage): void {
  const made = requestOf(prefix!);
  const isWhole = asked.messages.length === made.messages.length && asked.system === made.system && asked.tools === made.tools && asked.model === made.model;
  session.tokens.learn(modelName(asked), asked, isWhole ? prefix!.sizes[prefix!.count]! : estimateRequest(asked, generation.imageRule(asked)), usage);
}

function done(run: Run, reply: Reply): Ending {
  const text = textOf(reply);
  if (!run.lastEffectRefused) return { status: 'done', reason: null, exitCode: EXIT.ok, text };
  const last = run.refusals.at(-1)!;
  return { status: 'refused', reason: `${last.tool} was refused: ${last.reason}`, exitCode: EXIT.refused, text };
}

function failed(run: Run, thrown: unknown): Ending {
  const error = toPithError(run.signal.aborted ? run.signal.reason : thrown, 'TAP_THREW');
  answerOpenCalls(run);
  const status: TurnStatus = error.code === 'INTERRUPTED' || error.code === 'TERMINATED' ? 'interrupted' : error.exitCode === EXIT.limit ? 'limit' : 'error';
  return { status, reason: error.message, exitCode: error.exitCode, text: textOf(run.lastReply), error: toErrorReport(error) };
}

/** A conversation in which every call has a result can go on, whatever ended the turn. */
function answerOpenCalls(run: Run): void {
  const last = run.messages.at(-1);
  const open = last?.role === 'assistant' ? last.content.filter((block): block is ToolCallBlock => block.type === 'tool-call') : [];
  if (open.length > 0) run.messages.push(deepFreeze({ role: 'user', content: open.map(({ id }, index) => run.toolResults[index] ?? toOpenResult(id)) }));
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

/** The one end of the turn. Where a durable observer cannot keep it, the turn has failed, and its end says so. */
async function close(run: Run, result: TurnResult): Promise<TurnResult> {
  const lost = (error: unknown): TurnResult => ({ ...result, status: 'error', exitCode: EXIT.failed, ...run.session.kernel.secrets.redactDeep({ reason: toPithError(error, 'OBSERVER_FAILED').message, error: toErrorReport(error) }) });
  try {
    await run.emit(endEvent(run, result), { amend: (error) => endEvent(run, lost(error)) });
    return result;
  } catch (error) {
    return lost(error);
  }
}

function startEvent({ setup: { parent, task } }: Run, { text }: UserInput): EventBody {
  return parent === undefined ? { type: 'turn-start' } : { type: 'run-start', name: 'agent', ...task, task: text };
}

function endEvent({ setup: { parent, task } }: Run, { status, reason, exitCode, text: result, steps, usage, costMicroUsd, durationMs, refusals, error }: TurnResult): EventBody {
  const facts = { status, reason, result, steps, usage, costMicroUsd, durationMs, ...(error === undefined ? {} : { error }) };
  return parent === undefined ? { type: 'turn-end', ...facts, exitCode, refusals } : { type: 'run-end', name: 'agent', ...task, ...facts };
}
