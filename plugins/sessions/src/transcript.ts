import type { TurnEvent } from '@pith/kernel';
import { type Entry, type Header, parseEntry, parseHeader, peekType, splitLines, TRANSCRIPT_VERSION } from './format.ts';
import { unreadable } from './journal.ts';

export interface Transcript {
  header: Header;
  entries: Entry[];
  /** Lines that could not be read, one sentence each. */
  repairs: string[];
}

/** @throws PithError SESSION_UNREADABLE naming the file */
export function parseTranscript(file: string, bytes: Buffer): Transcript {
  const { lines, torn } = splitLines(bytes);
  const header = checkHeader(file, lines[0]);
  const entries: Entry[] = [];
  const repairs: string[] = [];
  for (const [index, line] of lines.entries()) {
    if (index === 0) continue;
    const entry = parseEntry(line);
    if (entry === undefined) repairs.push(`Line ${index + 1} of the transcript could not be read and was left out.`);
    else entries.push(entry);
  }
  if (torn) repairs.push('The last line of the transcript was not whole and was left out.');
  return { header, entries, repairs };
}

/** The few lines that a list needs: the header, the inputs of the session's own turns, the last entry. */
export function parseSkeleton(file: string, bytes: Buffer): { header: Header; inputs: Extract<TurnEvent, { type: 'input-accepted' }>[]; last: TurnEvent | undefined } {
  const { lines } = splitLines(bytes);
  const header = checkHeader(file, lines[0]);
  const inputs = lines.filter((line) => peekType(line) === 'input-accepted').map((line) => parseEntry(line)?.event)
    .filter((event): event is Extract<TurnEvent, { type: 'input-accepted' }> => event?.type === 'input-accepted' && event.parentRunId === undefined && event.goesOn === undefined);
  let last: TurnEvent | undefined;
  for (let index = lines.length - 1; index > 0 && last === undefined; index--) last = parseEntry(lines[index]!)?.event;
  return { header, inputs, last };
}

/** @throws PithError SESSION_UNREADABLE naming the file */
export function checkHeader(file: string, line: Buffer | undefined): Header {
  const header = line === undefined ? undefined : parseHeader(line);
  if (header?.v !== TRANSCRIPT_VERSION) throw unreadable(file, header);
  return header;
}
