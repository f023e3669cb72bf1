import type { Interfaces } from '@oclif/core';
import {
  EXIT, escapeControl, type Kernel, PithError, type Session, type Settings, type Sink, toErrorReport, toPithError, type TurnOptions, type TurnResult,
} from '@pith/kernel';
import type { PipedConversation } from '../conversation/piped-conversation.ts';
import { formatError } from '../exit.ts';
import { toPassedOverText } from '../hook-files/describe-trust.ts';
import { openKernel, readConfig, resolveFolder } from '../host.ts';
import { toUnreadNotice } from '../missing-plugins.ts';
import { readAttachment } from './attach.ts';
import { checkFallback } from './check-fallback.ts';
import { checkRules } from './check-rules.ts';
import { toEnvelope, toFailedEnvelope } from './envelope.ts';
import { parseStructured, readSchema, toModelOptions } from './model-options.ts';
import { openSession } from './open-session.ts';
import { Out } from './out.ts';
import { both, createLineProgress, type Progress, usesColor } from './progress.ts';
import { type Prompt, readPrompt, toDataNotice } from './prompt.ts';
import { watchProcess } from './signals.ts';
import { codePlaces, toStrayFailure } from './stray-failure.ts';
import { type Answer, createFinalAnswer, createStreamedAnswer } from './text-output.ts';
import { toTurnOptions } from './turn-options.ts';

export interface RunRequest {
  oclif: Interfaces.Config;
  words: readonly string[];
  /** The command line as a layer of the configuration. */
  settings: Settings;
  output: 'text' | 'json' | 'stream-json';
  input: 'text' | 'stream-json';
  /** Whether the program that writes standard input answers questions. */
  askParent: boolean;
  cwd: string | undefined;
  resume: { id: string } | 'latest' | undefined;
  /** Goes on in a copy of that session. */
  fork: boolean;
  record: boolean;
  /** File with a JSON Schema for the answer. */
  schema: string | undefined;
  attach: readonly string[];
  stream: boolean;
  quiet: boolean;
  verbose: boolean;
}

interface Outputs { out: Out; err: Out; answer: Answer; progress: Progress | undefined; sink: Sink }

/** How far a run is, for whoever must know when something fails outside of it. */
interface Progressed { kernel?: Kernel; isDone: boolean }

/** The command `run`, from what was typed to the exit code. Errors are said here, in the form that was asked for. */
export async function executeRun(request: RunRequest): Promise<number> {
  const startMs = performance.now();
  const abort = new AbortController();
  const out = new Out(process.stdout);
  const err = new Out(process.stderr);
  const at: Progressed = { isDone: false };
  const onStray = (error: unknown): void => {
    const failure = toStrayFailure(error, codePlaces(request.oclif, at.kernel));
    if (at.isDone) void err.write(`pith: ${escapeControl(formatError(failure), { lines: true })}\n`); // What was done stays done.
    else abort.abort(failure);
  };
  // Until the process ends: a timer that a plugin has left behind may fire at any time.
  watchProcess(abort, () => void err.write('\nStopping … (Ctrl-C again ends at once)\n'), onStray);
  out.onClose(() => abort.abort(new PithError('Standard output was closed', { code: 'INTERRUPTED' })));
  try {
    const code = await run(request, { abort, at }, out, err);
    return out.closed ? await sayClosed(out, err) : code;
  } catch (error) {
    at.isDone = true;
    if (out.closed) return await sayClosed(out, err);
    await sayFailure(error, request.output, out, err, Math.round(performance.now() - startMs));
    return toPithError(error, 'TAP_THREW').exitCode;
  }
}

/** A reader that has gone is no error; a disk that is full is one. */
async function sayClosed(out: Out, err: Out): Promise<number> {
  if (out.failure === undefined) return EXIT.ok;
  await err.write(`pith: Standard output cannot be written: ${escapeControl(out.failure.message)}\n`);
  return EXIT.failed;
}

async function run(request: RunRequest, { abort, at }: { abort: AbortController; at: Progressed }, out: Out, err: Out): Promise<number> {
  const { oclif, input, output, askParent } = request;
  if (input === 'stream-json' && output === 'json') throw new PithError('--input stream-json holds a conversation, and --output json is one object', { code: 'FLAG_INVALID', exitCode: EXIT.usage, hint: 'Use --output stream-json, or --output text.' });
  if (askParent && (input !== 'stream-json' || output !== 'stream-json')) throw new PithError('--ask-parent puts questions to the program at the other end, which needs a conversation in both directions', { code: 'FLAG_INVALID', exitCode: EXIT.usage, hint: 'pith run --input stream-json --output stream-json --ask-parent' });
  if (input === 'stream-json' && (request.words.length > 0 || request.attach.length > 0)) throw new PithError('--input stream-json takes what is said from standard input alone, and the command line says more', { code: 'FLAG_INVALID', exitCode: EXIT.usage, hint: 'Write it as a line: {"type":"user","text":"…","attachments":[…]}' });
  const cwd = resolveFolder(request.cwd ?? '.', '--cwd');
  const config = await readConfig(oclif, cwd, request.settings);
  const prompt = input === 'text' ? await readPrompt({ words: request.words, stdin: process.stdin, signal: abort.signal, onSilence: () => void err.write('pith: nothing came from standard input, so it goes on without it (redirect it from /dev/null, or give - to wait for it)\n') }) : undefined;
  const schema = request.schema === undefined ? undefined : await readSchema(request.schema);
  const attached = await Promise.all(request.attach.map((file) => readAttachment(file, process.cwd())));
  const notice = prompt === undefined || request.quiet ? undefined : toDataNotice(prompt);
  if (notice !== undefined) await err.write(`pith: ${escapeControl(notice)}\n`);
  const kernel = at.kernel = await openKernel(oclif, config, request.record ? {} : { sessions: { record: false } });
  try {
    checkRules(kernel, config);
    checkFallback(kernel, request.settings);
    const passedOver = request.quiet ? undefined : toPassedOverText(config);
    if (passedOver !== undefined) await err.write(`pith: ${escapeControl(passedOver)}\n`);
    const unread = request.quiet || prompt === undefined ? undefined : toUnreadNotice(prompt, kernel.plugins);
    if (unread !== undefined) await err.write(`pith: ${escapeControl(unread)}\n`);
    const outputs = await createOutputs(request, cwd, out, err);
    const canAsk = process.stdin.isTTY && process.stderr.isTTY && input === 'text' && output === 'text';
    const session = await openSession(kernel, config, { cwd, resume: request.resume, fork: request.fork, canAsk, ...outputs });
    session.modelOptions = toModelOptions(config.settings, schema);
    const options = toTurnOptions(config.settings, abort.signal);
    const conversation = prompt === undefined ? await openConversation(session, options, request, outputs) : undefined;
    if (askParent) (await import('../conversation/watch-parent.ts')).watchParent(() => process.stdin.destroyed || process.stdin.readableEnded, () => out.close());
    const results = conversation?.turns() ?? once(session, { ...prompt!, attachments: [...prompt!.attachments, ...attached] }, options);
    let last: TurnResult | undefined;
    for await (const ended of results) {
      const { result, structured } = await withStructure(ended, schema);
      last = result;
      await outputs.progress?.settle();
      await report({ result, structured }, session, request, outputs);
    }
    at.isDone = true;
    await session.close();
    return last?.exitCode || (conversation?.hasRefused ? EXIT.usage : EXIT.ok);
  } finally {
    await kernel.close();
  }
}

async function* once(session: Session, input: Prompt, options: TurnOptions): AsyncGenerator<TurnResult> {
  yield await session.runTurn({ ...input, origin: 'person' }, options);
}

/** What is refused of a line is said where the parent reads, and goes on: the next line may be as it should. */
async function openConversation(session: Session, turn: TurnOptions & { signal: AbortSignal }, { output, askParent }: RunRequest, { out, err }: Outputs): Promise<PipedConversation> {
  const [{ PipedConversation }, { Parent }] = await Promise.all([import('../conversation/piped-conversation.ts'), import('../conversation/parent.ts')]);
  const write = (line: object): Promise<void> | undefined => out.write(`${JSON.stringify(line)}\n`);
  const parent = askParent ? new Parent(write) : undefined;
  session.asker = parent?.ask;
  return new PipedConversation({
    session, turn, stdin: process.stdin, parent,
    refuse: (error, line) => {
      const { code, message, hint } = toErrorReport(error);
      return output === 'stream-json' ? write({ type: 'input-error', line, code, message, ...(hint === undefined ? {} : { hint }) }) : err.write(`pith: ${escapeControl(formatError(error), { lines: true })}\n`);
    },
  });
}

async function createOutputs(request: RunRequest, cwd: string, out: Out, err: Out): Promise<Outputs> {
  const { output, quiet, verbose } = request;
  if (output === 'stream-json') return { out, err, answer: createFinalAnswer(out), progress: undefined, sink: (event) => out.write(`${JSON.stringify(event)}\n`) };
  const options = { err, cwd, verbose, color: usesColor(err.stream) };
  const isLive = Boolean(err.stream.isTTY) && process.env['TERM'] !== 'dumb';
  // Who asks for one JSON object reads that; what happens meanwhile is said only where it is asked for, too.
  const progress = quiet || (output === 'json' && !verbose) ? undefined : isLive ? await (await import('./live-progress.ts')).createLiveProgress(options) : await createLineProgress(options);
  const isTerminal = Boolean(out.stream.isTTY);
  const answer = output === 'text' && (isTerminal || request.stream) ? createStreamedAnswer(out, { escape: isTerminal }) : createFinalAnswer(out);
  return { out, err, answer, progress, sink: (event) => both(progress?.sink(event), answer.sink(event)) };
}

/** The answer as data, where a schema was given; an answer that does not fit it has failed. What a command replies is none of the model's. */
async function withStructure(result: TurnResult, schema: Record<string, unknown> | undefined): Promise<{ result: TurnResult; structured?: unknown }> {
  if (schema === undefined || result.status !== 'done' || result.text === null || result.reply === null) return { result };
  try {
    return { result, structured: await parseStructured(result.text, schema) };
  } catch (error) {
    const known = toPithError(error, 'TAP_THREW');
    return { result: { ...result, status: 'error', exitCode: known.exitCode, reason: known.message, error: toErrorReport(known) } };
  }
}

async function report({ result, structured }: { result: TurnResult; structured?: unknown }, session: Session, { output, quiet, verbose }: RunRequest, { out, err, answer }: Outputs): Promise<void> {
  if (output === 'stream-json' || out.closed) return;
  if (output === 'json') {
    await out.write(`${JSON.stringify(toEnvelope(result, session.id, structured))}\n`);
    return;
  }
  await answer.end(result);
  if (result.status !== 'done') await err.write(`pith: ${escapeControl(toSentence(result), { lines: true })}\n`);
  else if (verbose && !quiet) await err.write(`${result.steps} step(s), ${result.usage.input} + ${result.usage.output} tokens, ${result.durationMs} ms, session ${session.id}\n`);
}

function toSentence({ status, reason, error, refusals }: TurnResult): string {
  if (error !== undefined) return formatError(new PithError(error.message, { code: error.code, ...(error.hint === undefined ? {} : { hint: error.hint }) }));
  const refusal = status === 'refused' ? refusals.at(-1) : undefined;
  return refusal === undefined ? `${reason ?? 'the turn did not end well'}.` : `${reason}${refusal.rule === null ? '' : ` (rule ${refusal.rule})`}.${toRefusalHint(refusal)}`;
}

/** Whoever has said no knows who decided. */
function toRefusalHint({ tool, kind }: TurnResult['refusals'][number]): string {
  if (kind === 'declined') return '';
  const why = `\npith hooks explain ${tool} tells who decided`;
  return kind === 'nobody-to-ask' ? `${why}; --allow, --mode and --add-dir say what may run without a person, except for ask rules and protected places.` : `${why}.`;
}

async function sayFailure(error: unknown, output: RunRequest['output'], out: Out, err: Out, durationMs: number): Promise<void> {
  const known = toPithError(error, 'TAP_THREW');
  if (output === 'json') {
    await out.write(`${JSON.stringify(toFailedEnvelope(error, durationMs))}\n`);
    return;
  }
  if (output === 'stream-json') await out.write(`${JSON.stringify({ type: 'notice', level: 'error', text: known.message, code: known.code, error: toErrorReport(known), exitCode: known.exitCode })}\n`);
  await err.write(`pith: ${escapeControl(formatError(known), { lines: true })}\n`);
}
