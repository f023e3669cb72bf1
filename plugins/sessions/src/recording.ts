import { existsSync, readFileSync } from 'node:fs';
import type { Message, Outside, RecordedPart, TurnEvent } from '@pith/kernel';
import { parseJson, splitLines } from './format.ts';
import { rebuild } from './rebuild.ts';
import { tapeFile } from './tape.ts';
import { readDeltas, readModel, readOutside, TAPE_VERSION, type TapeLine } from './tape-format.ts';
import { isTapeLine } from './tape-shape.ts';

interface TapePart { version: number; startedMs: number; lines: TapeLine[]; /** The first line that is none of a tape, counted from 1. */ oddLine?: number }

/**
 * The sittings of a session: each event of its transcript, and where there is a tape, every other event and what came from outside.
 * @param copied what a fork has of another session: said before the first of its own sittings, and played with that session only
 */
export function readRecording(transcript: string, events: readonly TurnEvent[], copied: readonly TurnEvent[] = []): RecordedPart[] {
  const file = tapeFile(transcript);
  const tapes = existsSync(file) ? splitTape(readFileSync(file)) : [];
  const before = [...copied];
  return splitSittings(events).map((sitting) => {
    const history = rebuild(before).messages;
    before.push(...sitting);
    const start = sitting[0]!;
    const tape = tapes.find(({ startedMs }) => start.type === 'session-start' && startedMs === start.atMs);
    if (tape === undefined) return { events: sitting, outside: [], missing: 'it was not recorded so that it could be played again' };
    if (tape.version !== TAPE_VERSION) return { events: sitting, outside: [], missing: `its recording is of version ${tape.version}, and this pith plays version ${TAPE_VERSION}` };
    if (tape.oddLine !== undefined) return { events: sitting, outside: [], missing: `line ${tape.oddLine} of ${file} is not as pith writes it` };
    return join(sitting, tape.lines, history);
  });
}

function splitSittings(events: readonly TurnEvent[]): TurnEvent[][] {
  const sittings: TurnEvent[][] = [];
  for (const event of events) {
    if (event.type === 'session-start' || sittings.length === 0) sittings.push([]);
    sittings.at(-1)!.push(event);
  }
  return sittings;
}

/**
 * Lines that a crash or the disk has spoilt are left out; then the recording ends where the first event is missing. What can be read and
 * is no line of a tape was written by somebody else: nothing of that sitting is played.
 */
function splitTape(bytes: Buffer): TapePart[] {
  const parts: TapePart[] = [];
  for (const [index, line] of splitLines(bytes).lines.entries()) {
    const value = parseJson(line);
    if (value === undefined) continue;
    const part = parts.at(-1);
    // The lines of another version are its own affair.
    if (!isTapeLine(value)) { if (part?.version === TAPE_VERSION) part.oddLine ??= index + 1; }
    else if ('tape' in value) parts.push({ version: value.tape, startedMs: value.startedMs, lines: [] });
    else part?.lines.push(value);
  }
  return parts;
}

function join(kept: readonly TurnEvent[], lines: readonly TapeLine[], history: readonly Message[]): RecordedPart {
  const bySeq = new Map(kept.map((event) => [event.seq, event]));
  const ends = new Map(kept.flatMap((event) => (event.type === 'model-end' ? [[event.attemptId, event] as const] : [])));
  const outside: Outside[] = [];
  let isFull = false;
  for (const line of lines) {
    if ('event' in line) bySeq.set(line.event.seq, line.event);
    else if ('deltas' in line) for (const delta of readDeltas(line.deltas)) bySeq.set(delta.seq, delta);
    else if ('model' in line) {
      const { record, shown } = readModel(line.model, (attemptId) => ends.get(attemptId));
      for (const delta of shown) bySeq.set(delta.seq, delta);
      outside.push(record);
    } else if ('outside' in line) outside.push(withHistory(readOutside(line, (seq) => bySeq.get(seq)), history));
    else if ('full' in line) isFull = true;
  }
  const events: TurnEvent[] = [];
  for (let seq = 0, event = bySeq.get(0); event !== undefined; event = bySeq.get(++seq)) events.push(event);
  const ended = events.length === bySeq.size ? undefined : isFull ? 'it had grown to its limit' : 'something after it was not kept';
  return { events, outside: outside.filter(({ at }) => at <= events.length), ...(ended === undefined ? {} : { ended, rest: kept.filter(({ seq }) => seq > events.length) }) };
}

/** What the transcript holds is on no tape. */
function withHistory(item: Outside, history: readonly Message[]): Outside {
  return item.kind !== 'session' || item.facts.history.length > 0 ? item : { ...item, facts: { ...item.facts, history } };
}
