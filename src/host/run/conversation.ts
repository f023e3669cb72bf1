import { createInterface } from 'node:readline';
import { describe, PithError } from '@pith/kernel';

export type InputLine = { type: 'user'; text: string } | { type: 'interrupt' };

/**
 * The lines of `--input stream-json`, one JSON object each: `{"type":"user","text":"…"}` starts a turn,
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
  const invalid = (what: string): PithError => new PithError(`Line ${number} of the input ${what}`, { code: 'INPUT_INVALID', hint: 'A line is {"type":"user","text":"…"} or {"type":"interrupt"}.' });
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw invalid('is not JSON');
  }
  if (typeof value !== 'object' || value === null) throw invalid(`is ${describe(value)}, not an object`);
  const { type, text } = value as { type?: unknown; text?: unknown };
  if (type === 'interrupt') return { type };
  if (type !== 'user') throw invalid(`has the type ${describe(type)}`);
  if (typeof text !== 'string' || text.trim() === '') throw invalid(`has no text; found ${describe(text)}`);
  return { type, text };
}
