import { createInterface } from 'node:readline';
import { type Block, describe, PithError } from '@pith/kernel';
import { toPasted } from './pasted.ts';

export type InputLine = { type: 'user'; text: string; attachments?: readonly Block[]; verbatim?: true } | { type: 'interrupt' };

/**
 * The lines of `--input stream-json`, one JSON object each: `{"type":"user","text":"…"}` starts a turn, with `attachments` that were pasted, and
 * `verbatim` where the text is somebody else's, so that nothing in it is expanded;
 * `{"type":"interrupt"}` stops the one that runs.
 * @throws PithError INPUT_INVALID naming the line
 */
export async function* readLines(stdin: NodeJS.ReadableStream): AsyncGenerator<InputLine> {
  let number = 0;
  for await (const line of createInterface({ input: stdin, crlfDelay: Infinity })) {
    number++;
    if (line.trim() !== '') yield parseLine(line, number);
  }
}

function parseLine(line: string, number: number): InputLine {
  const invalid = (what: string): PithError => new PithError(`Line ${number} of the input ${what}`, { code: 'INPUT_INVALID', hint: 'A line is {"type":"user","text":"…"}, with "attachments":[{"text":"…"},{"data":"BASE64"}] or "verbatim":true where needed, or {"type":"interrupt"}.' });
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw invalid('is not JSON');
  }
  if (typeof value !== 'object' || value === null) throw invalid(`is ${describe(value)}, not an object`);
  const { type, text, attachments, verbatim } = value as { type?: unknown; text?: unknown; attachments?: unknown; verbatim?: unknown };
  if (type === 'interrupt') return { type };
  if (type !== 'user') throw invalid(`has the type ${describe(type)}`);
  if (typeof text !== 'string' || text.trim() === '') throw invalid(`has no text; found ${describe(text)}`);
  if (verbatim !== undefined && typeof verbatim !== 'boolean') throw invalid(`has a verbatim that is neither true nor false; found ${describe(verbatim)}`);
  const pasted = attachments === undefined ? [] : toPasted(attachments);
  if (typeof pasted === 'string') throw invalid(pasted);
  return { type, text, ...(pasted.length === 0 ? {} : { attachments: pasted }), ...(verbatim === true ? { verbatim } : {}) };
}
