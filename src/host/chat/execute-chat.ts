import type { Interfaces } from '@oclif/core';
import { EXIT, isPithError, type Kernel, PithError, type Settings } from '@pith/kernel';
import { toPassedOverText } from '../hook-files/describe-trust.ts';
import { openKernel, readConfig, resolveFolder } from '../host.ts';
import { readAttachment } from '../run/attach.ts';
import { checkFallback } from '../run/check-fallback.ts';
import { checkRules } from '../run/check-rules.ts';
import { toModelOptions } from '../run/model-options.ts';
import { findStored, toSessionOptions } from '../run/open-session.ts';
import { watchProcess } from '../run/signals.ts';
import { codePlaces, toStrayFailure } from '../run/stray-failure.ts';
import { toTurnOptions } from '../run/turn-options.ts';

export interface ChatRequest {
  oclif: Interfaces.Config;
  /** What the person begins with. */
  words: readonly string[];
  settings: Settings;
  cwd: string | undefined;
  resume: { id: string } | 'latest' | undefined;
  /** Goes on in a copy of that session. */
  fork: boolean;
  record: boolean;
  attach: readonly string[];
  plain: boolean;
}

/** The command `chat`: opens kernel and session, and hands them to whoever draws. @throws PithError before anything is drawn */
export async function executeChat({ oclif, words, settings, cwd: folder, resume, fork, record, attach, plain }: ChatRequest): Promise<number> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    throw new PithError(`A chat needs a terminal, and standard ${process.stdin.isTTY ? 'output' : 'input'} is none`, { code: 'FLAG_INVALID', exitCode: EXIT.usage, hint: 'In a script: pith run "…", or: echo "…" | pith run. A program holds a conversation with: pith run --input stream-json --output stream-json' });
  }
  const abort = new AbortController();
  let kernel: Kernel | undefined;
  let release: (() => void) | undefined;
  let tell: ((error: Error) => void) | undefined;
  const onStray = (thrown: unknown): void => {
    const error = toStrayFailure(thrown, codePlaces(oclif, kernel));
    if (tell === undefined) abort.abort(error);
    else tell(error);
  };
  const stop = watchProcess(abort, () => undefined, onStray);
  const cwd = resolveFolder(folder ?? '.', '--cwd');
  const config = await readConfig(oclif, cwd, settings);
  const attachments = await Promise.all(attach.map((file) => readAttachment(file, process.cwd())));
  kernel = await openKernel(oclif, config, record ? {} : { sessions: { record: false } });
  try {
    checkRules(kernel, config);
    checkFallback(kernel, settings);
    const stored = await findStored(kernel, resume, cwd, { fork });
    // Told at once that somebody else writes it, and not when the first message is sent.
    if (stored !== undefined && record) release = await (await kernel.service('sessions')).claim(stored.id);
    const passedOver = toPassedOverText(config);
    const session = kernel.openSession(await toSessionOptions(kernel, config.settings, { cwd, stored, sink: () => undefined }));
    session.modelOptions = toModelOptions(config.settings, undefined);
    const terminal = await kernel.service('terminal').catch((error: unknown) => { throw toNoChat(error); });
    const text = words.join(' ').trim();
    const code = await terminal.chat({
      session, turn: toTurnOptions(config.settings, abort.signal), notices: [...(passedOver === undefined ? [] : [passedOver]), ...(stored?.repairs ?? [])],
      ...(record ? { goOn: 'pith --continue' } : {}),
      ...(text === '' && attachments.length === 0 ? {} : { first: { text, attachments, origin: 'person' } }),
      stdin: process.stdin, stdout: process.stdout, env: process.env, version: oclif.version, plain, onStray: (listener) => void (tell = listener),
    });
    await session.close();
    return code;
  } finally {
    stop();
    await kernel.close();
    release?.();
  }
}

/** Whoever typed `pith` alone learns what goes without a chat. */
function toNoChat(error: unknown): unknown {
  if (!isPithError(error) || error.code !== 'SERVICE_MISSING') return error;
  return new PithError('There is no chat here: the plugin terminal, which draws it, is not installed', { code: 'SERVICE_MISSING', cause: error, hint: 'One turn goes without it: pith run "…". For the chat: pith plugins install terminal' });
}
