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

type OfType<T extends TurnEvent['type']> = Extract<TurnEvent, { type: T }>;

export interface Skeleton {
  header: Header;
  /** Of the session's own turns. */
  inputs: OfType<'input-accepted'>[];
  /** Changes of what was said, as by `!command`, which is no turn. */
  changes: OfType<'history-changed'>[];
  last: TurnEvent | undefined;
  /** Nothing was said or done in it, as in one of a lone `/help`. */
  isEmpty: boolean;
}

/** The few lines that a list needs: the header, inputs, changes, the last entry. */
export function parseSkeleton(file: string, bytes: Buffer): Skeleton {
  const { lines } = splitLines(bytes);
  const header = checkHeader(file, lines[0]);
  const byType = Map.groupBy(lines, peekType);
  const eventsOf = <T extends TurnEvent['type']>(type: T): OfType<T>[] => (byType.get(type) ?? []).map((line) => parseEntry(line)?.event).filter((event): event is OfType<T> => event?.type === type && event.parentRunId === undefined);
  let last: TurnEvent | undefined;
  for (let index = lines.length - 1; index > 0 && last === undefined; index--) last = parseEntry(lines[index]!)?.event;
  return { header, inputs: eventsOf('input-accepted').filter(({ goesOn }) => goesOn === undefined), changes: eventsOf('history-changed'), last, isEmpty: !SAID.some((type) => byType.has(type)) };
}

/** The same from all that is kept. */
export function toSkeleton(header: Header, events: readonly TurnEvent[]): Skeleton {
  const own = events.filter(({ parentRunId }) => parentRunId === undefined);
  return {
    header, last: events.at(-1), isEmpty: !events.some(({ type }) => SAID.includes(type)),
    inputs: own.filter((event): event is OfType<'input-accepted'> => event.type === 'input-accepted' && event.goesOn === undefined),
    changes: own.filter((event): event is OfType<'history-changed'> => event.type === 'history-changed'),
  };
}

const SAID: readonly TurnEvent['type'][] = ['input-accepted', 'history-changed', 'model-end', 'tool-start'];

/** @throws PithError SESSION_UNREADABLE naming the file */
export function checkHeader(file: string, line: Buffer | undefined): Header {
  const header = line === undefined ? undefined : parseHeader(line);
  if (header?.v !== TRANSCRIPT_VERSION) throw unreadable(file, header);
  return header;
}
