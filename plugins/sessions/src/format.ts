import type { EventType, TurnEvent } from '@pith/kernel';
import { isEvent, isTime } from './event-shape.ts';

/** Version of the transcript. A file of a higher one is not read, and not written to. */
export const TRANSCRIPT_VERSION = 1;

/** The first line of a transcript. */
export interface Header {
  v: number;
  type: 'session';
  id: string;
  cwd: string;
  /** Milliseconds since 1970. */
  startedMs: number;
  kernel: string;
  /** Whatever looked like a key was masked before it was written; absent in those of an older pith. */
  masked?: true;
  forkedFrom?: ForkOrigin;
}

/** Where the beginning of a fork was copied from: its entries up to `entry`, which is the last of them, as they were there. */
export interface ForkOrigin { id: string; /** Turns among them. */ turns: number; /** `null` where there are none. */ entry: string | null }

/** Every other line. `parent` is the entry before, so that a later version can part a transcript into branches. */
export interface Entry {
  id: string;
  parent: string | null;
  event: TurnEvent;
  /** No process has emitted it: it closes what a crash left open, and was written when the session was taken up again. */
  recovered?: true;
}

/** What is kept of a turn: all that is needed to go on with it, and never a delta. */
export const RECORDED: ReadonlySet<EventType> = new Set<EventType>([
  'session-start', 'input-accepted', 'model-end', 'tool-start', 'tool-end', 'permission-decided', 'turn-end', 'run-start', 'run-end', 'compaction', 'history-changed', 'model-changed', 'mode-changed', 'context-ready',
]);

/** One line. What a tool tells programs only is left out where it cannot be written as JSON. */
export function toLine(value: Header | Entry): Buffer {
  let text: string;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    if (!('event' in value) || !('details' in value.event)) throw error;
    text = JSON.stringify({ ...value, event: { ...value.event, details: undefined } });
  }
  return Buffer.from(`${text}\n`);
}

/** @returns nothing where the line is not a header of any version */
export function parseHeader(line: Buffer): Header | undefined {
  const value = parseJson(line);
  const { v, type, id, cwd, startedMs, kernel, masked, forkedFrom } = value ?? {};
  if (typeof v !== 'number' || type !== 'session' || typeof id !== 'string' || typeof cwd !== 'string' || !isTime(startedMs)) return undefined;
  return { v, type, id, cwd, startedMs: startedMs as number, kernel: String(kernel), ...(masked === true ? { masked } : {}), ...(isForkOrigin(forkedFrom) ? { forkedFrom } : {}) };
}

function isForkOrigin(value: unknown): value is ForkOrigin {
  return isRecord(value) && typeof value['id'] === 'string' && typeof value['turns'] === 'number' && (value['entry'] === null || typeof value['entry'] === 'string');
}

/** @returns nothing where the line is no entry */
export function parseEntry(line: Buffer): Entry | undefined {
  const { id, parent, event, recovered } = parseJson(line) ?? {};
  if (typeof id !== 'string' || (parent !== null && typeof parent !== 'string')) return undefined;
  return isRecord(event) && isEvent(event) ? { id, parent, event: event as unknown as TurnEvent, ...(recovered === true ? { recovered } : {}) } : undefined;
}

/** The type of an entry's event, found without reading the whole line. */
export function peekType(line: Buffer): string | undefined {
  return /^\{"id":"[^"]*","parent":(?:null|"[^"]*"),"event":\{"type":"([^"]+)"/.exec(line.toString('latin1', 0, 200))?.[1];
}

/** The whole lines of a file, and whether another one was begun. */
export function splitLines(bytes: Buffer): { lines: Buffer[]; torn: boolean } {
  const lines: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return { lines, torn: start < bytes.length };
}

export function parseJson(line: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined; // A line that a crash or the disk has spoilt.
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
