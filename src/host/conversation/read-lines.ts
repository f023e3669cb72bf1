import { PithError, toMessage } from '@pith/kernel';

/** A longer line is passed over; the largest PDF that vendors take has room in it, with some images. */
export const LINE_BYTES_MAX = 32 * 1024 * 1024;

/** A line by its number, from 1; without its bytes where it was too long. */
export interface ReadLine { number: number; bytes?: Buffer }

const NEWLINE = 10;

/**
 * The lines of a stream, as fast as they are taken. What comes after the last end of a line is a line, too, unless it is nothing.
 * @throws PithError INPUT_UNREADABLE
 */
export async function* readLines(input: AsyncIterable<Buffer | string>, limitBytes = LINE_BYTES_MAX): AsyncGenerator<ReadLine> {
  let parts: Buffer[] = [];
  let [size, number] = [0, 1];
  const add = (part: Buffer): void => {
    size += part.length;
    if (size > limitBytes) parts = [];
    else parts.push(part);
  };
  const take = (): ReadLine => {
    const line: ReadLine = { number: number++, ...(size > limitBytes ? {} : { bytes: Buffer.concat(parts, size) }) };
    [parts, size] = [[], 0];
    return line;
  };
  for await (const given of readable(input)) {
    const chunk = typeof given === 'string' ? Buffer.from(given) : given;
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      add(chunk.subarray(start, end));
      start = end + 1;
      yield take();
    }
    if (start < chunk.length) add(chunk.subarray(start));
  }
  if (size > 0) yield take();
}

async function* readable<T>(input: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* input;
  } catch (error) {
    throw new PithError(`Standard input cannot be read: ${toMessage(error)}`, { code: 'INPUT_UNREADABLE', cause: error });
  }
}
