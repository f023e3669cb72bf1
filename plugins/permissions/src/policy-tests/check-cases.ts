import { isPithError, type Mode, PithError, type Verdict } from '@pith/kernel';
import { parseCase } from './case.ts';
import { judge } from '../judge.ts';

/** A longer line is no case that anybody wrote. */
const LINE_MAX_BYTES = 64 * 1024 * 1024;

export interface CheckPlace { cwd: string; home: string; env: Readonly<Record<string, string | undefined>> }

/** One answer for each line that is not empty, in order. A line that cannot be judged is answered by what is wrong with it. */
export async function* checkCases(lines: AsyncIterable<Uint8Array>, place: CheckPlace): AsyncGenerator<{ answer: object; isBad: boolean }> {
  for await (const bytes of lines) {
    let id: unknown = null;
    try {
      const line = decode(bytes);
      if (line.trim() === '') continue;
      const value = parseJson(line);
      id = idOf(value);
      yield { answer: await answerCase(value, place), isBad: false };
    } catch (error) {
      if (!isPithError(error)) throw error;
      yield { answer: { id, error: { code: error.code, message: error.message } }, isBad: true };
    }
  }
}

async function answerCase(value: unknown, { cwd, home, env }: CheckPlace): Promise<object> {
  const { id, policy, call } = parseCase(value, cwd);
  const { verdict, rule, reason, parts } = await judge(call, { policy, home, env });
  return { id, verdict: settle(verdict, call.mode), rule, reason, parts: parts.map((part) => ({ text: part.text, verdict: settle(part.verdict, call.mode), rule: part.rule, reason: part.reason })) };
}

/** What comes of an opinion where nobody else has one. In mode dontAsk nobody is asked. */
export function settle(given: Verdict | 'none', mode: Mode): Verdict {
  return given === 'allow' || given === 'deny' ? given : mode === 'dontAsk' ? 'deny' : 'ask';
}

/** The lines of a stream of bytes; the last one may lack its end. Only a line feed ends a line, since JSON may hold the others. */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      yield Buffer.concat([...held, chunk.subarray(start, end)]);
      held = [];
      size = 0;
      start = end + 1;
    }
    held.push(chunk.subarray(start));
    size += chunk.length - start;
    if (size > LINE_MAX_BYTES) throw new PithError(`A line is longer than ${LINE_MAX_BYTES / 1024 / 1024} MB`, { code: 'INPUT_TOO_LARGE', hint: 'Write one case a line, each ended by a line feed.' });
  }
  if (size > 0) yield Buffer.concat(held);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw new PithError('the line is no UTF-8', { code: 'CASE_INVALID', cause: error });
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new PithError(`the line is no JSON: ${(error as Error).message}`, { code: 'CASE_INVALID', cause: error });
  }
}

/** Also of a case that is wrong otherwise. */
function idOf(value: unknown): string | null {
  const id: unknown = typeof value === 'object' && value !== null ? (value as { id?: unknown }).id : undefined;
  return typeof id === 'string' ? id : null;
}
