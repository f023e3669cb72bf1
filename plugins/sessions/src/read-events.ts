import { createReadStream } from 'node:fs';
import type { TurnEvent } from '@pith/kernel';
import { parseEntry } from './format.ts';
import { checkHeader } from './transcript.ts';

/**
 * The events of a transcript, oldest first, never more of it in memory than the line at hand. Lines that cannot be read, and
 * a last one that is not whole, are passed over.
 * @throws PithError SESSION_UNREADABLE naming the file
 */
export async function* readEvents(file: string): AsyncGenerator<TurnEvent> {
  let hasHeader = false;
  for await (const line of readLines(file)) {
    if (hasHeader) {
      const entry = parseEntry(line);
      if (entry !== undefined) yield entry.event;
    } else {
      checkHeader(file, line);
      hasHeader = true;
    }
  }
  if (!hasHeader) checkHeader(file, undefined);
}

/** The whole lines of a file. */
async function* readLines(file: string): AsyncGenerator<Buffer> {
  let begun: Buffer[] = [];
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      const rest = chunk.subarray(start, end);
      yield begun.length === 0 ? rest : Buffer.concat([...begun, rest]);
      begun = [];
      start = end + 1;
    }
    if (start < chunk.length) begun.push(chunk.subarray(start));
  }
}
