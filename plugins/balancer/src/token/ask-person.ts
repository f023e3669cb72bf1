import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { PithError } from '@pith/kernel';
import { balancerError } from '../errors.ts';

type Input = NodeJS.ReadableStream & { isTTY?: boolean };

const MAX_BYTES = 64 * 1024;
const NOTHING = new Writable({ write: (_chunk, _encoding, done) => done() });

/**
 * A key or a token: typed at a prompt that shows nothing of it, or all that is piped in.
 * @throws PithError ACCOUNT_SECRET_INVALID, without the value; INTERRUPTED
 */
export async function askSecret(prompt: string, { input = process.stdin as Input, output = process.stderr as NodeJS.WritableStream } = {}): Promise<string> {
  return checkSecret(input.isTTY ? await askAtTerminal(prompt, { input, output, isHidden: true }) : await readAll(input));
}

/** One line: typed, or the first that is piped in. @throws PithError INTERRUPTED, the signal's reason */
export async function askLine(prompt: string, signal: AbortSignal, { input = process.stdin as Input, output = process.stderr as NodeJS.WritableStream } = {}): Promise<string> {
  return askAtTerminal(input.isTTY ? prompt : '', { input, output, signal });
}

/** A yes or a no; no where nobody can be asked. */
export async function askYes(question: string, { input = process.stdin as Input, output = process.stderr as NodeJS.WritableStream } = {}): Promise<boolean> {
  return input.isTTY === true && /^y(?:es)?$/i.test((await askAtTerminal(`${question} (y/N) `, { input, output })).trim());
}

/** As it can stand in a header, without the white space around it. @throws PithError ACCOUNT_SECRET_INVALID */
export function checkSecret(typed: string): string {
  const secret = typed.trim();
  if (secret === '') throw invalid('No key came', 'Type it at the prompt, or pipe it in from a file or another program.');
  if (/^[\x21-\x7e]+$/.test(secret)) return secret;
  throw invalid(/[\r\n]/.test(secret) ? 'What came has several lines; a key is one' : 'What came holds blanks, or characters that are in no key', 'Copy it again from where it is from.');
}

async function askAtTerminal(prompt: string, { input, output, signal, isHidden = false }: { input: Input; output: NodeJS.WritableStream; signal?: AbortSignal; isHidden?: boolean }): Promise<string> {
  const isTerminal = input.isTTY === true;
  const reader = createInterface({ input, output: isHidden ? NOTHING : output, terminal: isTerminal, historySize: 0 });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const leave = (): void => reject(signal!.reason as Error);
  reader.once('line', resolve);
  reader.once('SIGINT', () => reject(new PithError('Nothing was stored', { code: 'INTERRUPTED' })));
  reader.once('close', () => resolve(''));
  signal?.addEventListener('abort', leave, { once: true });
  output.write(prompt);
  try {
    return await promise;
  } finally {
    signal?.removeEventListener('abort', leave);
    reader.close();
    if (isHidden) output.write('\n');
  }
}

async function readAll(input: Input): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of input) {
    const piece = Buffer.from(part as Uint8Array);
    parts.push(piece);
    if ((bytes += piece.length) > MAX_BYTES) throw invalid(`What came takes more than ${MAX_BYTES / 1024} KB; a key does not`, 'Pipe in the key alone.');
  }
  return Buffer.concat(parts).toString('utf8');
}

function invalid(message: string, hint: string): PithError {
  return balancerError('ACCOUNT_SECRET_INVALID', message, { hint });
}
