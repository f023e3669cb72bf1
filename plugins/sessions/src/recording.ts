import { existsSync, readFileSync } from 'node:fs';
import type { Message, Outside, RecordedPart, TurnEvent } from '@pith/kernel';
import { parseJson, splitLines } from './format.ts';
import { rebuild } from './rebuild.ts';
import { tapeFile } from './tape.ts';
import { readDeltas, readModel, readOutside, TAPE_VERSION, type TapeLine } from './tape-format.ts';

interface TapePart { version: number; startedMs: number; lines: TapeLine[] }

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

/** Lines that a crash or the disk has spoilt are left out; then the recording ends where the first event is missing. */
function splitTape(bytes: Buffer): TapePart[] {
  const parts: TapePart[] = [];
  for (const line of splitLines(bytes).lines) {
    const value = parseJson(line) as TapeLine | undefined;
    if (value === undefined) continue;
    if ('tape' in value) parts.push({ version: value.tape, startedMs: value.startedMs, lines: [] });
    else parts.at(-1)?.lines.push(value);
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
