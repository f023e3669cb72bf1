import { fstatSync } from 'node:fs';
import { type Block, enclose, PithError, type TurnInput } from '@pith/kernel';
import { labelOf, toMediaBlock } from '@pith/files/media';

/** Piped text beyond this is refused. */
export const PROMPT_LIMIT_BYTES = 10 * 1024 * 1024;
/** How long to wait for the first byte of a pipe that may never be written to, when there is a prompt already. */
const FIRST_BYTE_MS = 3000;

export interface PromptRequest {
  words: readonly string[];
  stdin: NodeJS.ReadStream & { fd?: number };
  /** Ends the wait. */
  signal: AbortSignal;
  /** Told when a pipe stayed silent and was passed over. */
  onSilence: () => void;
}

/** What a turn begins with. */
export type Prompt = Pick<TurnInput, 'text' | 'verbatim'> & { attachments: readonly Block[] };

const PIPED = labelOf('standard input');

/**
 * The prompt: the words of the command line, and behind them what is piped in: text, an image or a PDF. Without words the piped
 * text is the prompt; as the text of somebody else it may be, nothing in it is expanded. A single `-` waits for the pipe, however long it takes.
 * @throws PithError INPUT_EMPTY, INPUT_BINARY, INPUT_TOO_LARGE; the signal's reason
 */
export async function readPrompt({ words, stdin, signal, onSilence }: PromptRequest): Promise<Prompt> {
  const mustWait = words.includes('-');
  const typed = words.filter((word) => word !== '-').join(' ').trim();
  const kind = kindOf(stdin);
  const bytes = kind === 'none' ? undefined : await readAll(stdin, { signal, ...(typed !== '' && !mustWait && kind === 'pipe' ? { silence: { afterMs: FIRST_BYTE_MS, tell: onSilence } } : {}) });
  const media = bytes === undefined ? undefined : toMediaBlock(bytes, 'Standard input');
  if (media !== undefined) {
    if (typed === '') throw noPrompt(`There is no prompt, only ${media.type === 'image' ? 'an image' : 'a document'}`, 'Say what is to be done with it: pith run "What is this?" < FILE');
    return { text: typed, attachments: [{ ...media, label: PIPED }] };
  }
  const piped = bytes === undefined ? '' : decode(bytes);
  const text = piped.trim() === '' ? '' : piped.replace(/\r?\n$/, '');
  if (typed !== '') return { text: typed, attachments: text === '' ? [] : [toPipedBlock(text)] };
  if (text === '') throw noPrompt('There is no prompt', 'pith run "what is to be done", or: echo "…" | pith run');
  return { text, attachments: [], verbatim: true };
}

function noPrompt(what: string, hint: string): PithError {
  return new PithError(what, { code: 'INPUT_EMPTY', hint });
}

/** It may be anybody's: between tags it is plain where the words of the person end. */
function toPipedBlock(text: string): Block {
  return { type: 'text', text: `\n${enclose(text, 'stdin')}`, label: PIPED };
}

/** What to say of a piped prompt that looks as if it was to be run. */
export function toDataNotice({ text, verbatim }: Prompt): string | undefined {
  if (!verbatim || !/^(?:\/\p{L}[\w-]*(?:\s|$)|!\S)/u.test(text) || text.length > 200 || text.includes('\n')) return undefined;
  return `what is piped in is text for the model, and no command; to run it: pith run ${/['\\]/.test(text) ? "'…'" : `'${text}'`}`;
}

/** @throws PithError INPUT_BINARY */
export function decode(bytes: Uint8Array, what = 'Standard input'): string {
  const nul = bytes.indexOf(0);
  let text: string | undefined;
  try {
    text = nul >= 0 ? undefined : new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    text = undefined; // Said below, in one sentence for both.
  }
  if (text !== undefined) return text;
  throw new PithError(`${what} is not text: ${nul >= 0 ? `a NUL byte at ${nul}` : 'it is no UTF-8'}`, { code: 'INPUT_BINARY', hint: 'Pipe UTF-8 text; give files by their path instead.' });
}

function kindOf(stdin: PromptRequest['stdin']): 'none' | 'file' | 'pipe' {
  if (stdin.isTTY) return 'none';
  try {
    const stat = fstatSync(stdin.fd ?? 0);
    if (stat.isFIFO() || stat.isSocket()) return 'pipe';
    return stat.isDirectory() ? 'none' : 'file';
  } catch {
    return 'none'; // Started with standard input closed.
  }
}

interface ReadOptions {
  signal: AbortSignal;
  /** Ends the wait for a first byte, with nothing read. */
  silence?: { afterMs: number; tell: () => void };
}

/** All of standard input. @throws PithError INPUT_TOO_LARGE; the signal's reason */
export async function readAll(stdin: NodeJS.ReadStream, { signal, silence }: ReadOptions): Promise<Buffer> {
  signal.throwIfAborted();
  const parts: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    const timer = silence === undefined ? undefined : setTimeout(() => {
      silence.tell();
      done();
      resolve(Buffer.alloc(0));
    }, silence.afterMs);
    const stop = (): void => { done(); reject(signal.reason); };
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      stdin.removeAllListeners('data').removeAllListeners('end').removeAllListeners('error');
      stdin.pause();
    };
    signal.addEventListener('abort', stop);
    stdin.on('data', (part: Buffer) => {
      clearTimeout(timer);
      size += part.length;
      if (size <= PROMPT_LIMIT_BYTES) {
        parts.push(part);
        return;
      }
      done();
      stdin.destroy();
      reject(new PithError(`Standard input is larger than ${PROMPT_LIMIT_BYTES / 1024 / 1024} MiB`, { code: 'INPUT_TOO_LARGE', hint: 'Put it into a file, and name the file in the prompt.' }));
    });
    stdin.on('end', () => { done(); resolve(Buffer.concat(parts)); });
    stdin.on('error', (error) => { done(); reject(error); });
  });
}
