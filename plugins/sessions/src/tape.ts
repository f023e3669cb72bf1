import { fstatSync, readSync, writeSync } from 'node:fs';
import type { Outside, TurnEvent } from '@pith/kernel';
import { closeQuietly } from './disk.ts';
import { openPrivate } from './files.ts';
import { RECORDED } from './format.ts';
import { isDelta, shortenDeltas, shortenModel, shortenOutside, TAPE_VERSION, type TapeLine } from './tape-format.ts';

/** A tape grows no longer than this; what comes after is in the transcript only. */
export const TAPE_BYTES_MAX = 64 * 1024 * 1024;
/** Lines wait for the end of a model call or of the turn, but no more than this of them: a crash loses one step of a replay. */
const WAITING_BYTES_MAX = 256 * 1024;
const WAITING_DELTAS_MAX = 4096;

type Delta = Parameters<typeof shortenDeltas>[0][number];
type ModelRecord = Extract<Outside, { kind: 'model' }>;

export function tapeFile(transcript: string): string {
  return transcript.replace(/\.jsonl$/, '.tape');
}

/**
 * What a replay needs and the transcript does not hold, beside it: events that are not in the transcript, and what came
 * from outside. A stream is written as one line at its end, and lines are written together, so streaming stays as quick.
 * No turn ends because of it: where it cannot be written it ends, and a reader finds out where.
 */
export class Tape {
  readonly #descriptor: number | undefined;
  readonly #limit: number;
  #size = 0;
  #lines: string[] = [];
  #bytes = 0;
  /** It has reached its limit, or the disk has. */
  #isOver = false;
  /** Deltas that were shown, by run, and streams that ended, until the model call has. */
  readonly #deltas = new Map<string, Delta[]>();
  #models: ModelRecord[] = [];

  constructor(transcript: string, { limit = TAPE_BYTES_MAX }: { limit?: number } = {}) {
    this.#limit = limit;
    try {
      this.#descriptor = openPrivate(tapeFile(transcript));
      this.#size = fstatSync(this.#descriptor).size;
      // A crash may have left a part of a line; it is closed, and a reader passes it over.
      if (this.#size > 0 && !endsLine(this.#descriptor, this.#size)) this.#lines.push('');
    } catch {
      this.#isOver = true; // The transcript beside it has said what is wrong, or still can be written.
    }
  }

  take(event: TurnEvent, outside: readonly Outside[]): void {
    if (this.#isOver) return;
    if (isDelta(event) && outside.length === 0) return this.#takeDelta(event);
    if (event.type === 'session-start') this.#add({ tape: TAPE_VERSION, id: event.sessionId, startedMs: event.atMs });
    for (const item of outside) {
      if (item.kind === 'model') this.#models.push(item);
      else this.#add(shortenOutside(item, event));
    }
    if (isDelta(event)) this.#takeDelta(event);
    else if (event.type === 'model-end') this.#endModel(event);
    else if (!RECORDED.has(event.type)) this.#add({ event });
    if (event.type === 'model-end' || event.type === 'turn-end') this.flush();
  }

  flush(): void {
    if (this.#lines.length === 0 || this.#descriptor === undefined) return;
    const bytes = Buffer.from(`${this.#lines.join('\n')}\n`);
    this.#lines = [];
    this.#bytes = 0;
    try {
      for (let written = 0; written < bytes.length;) written += writeSync(this.#descriptor, bytes, written);
      this.#size += bytes.length;
    } catch {
      this.#isOver = true; // Said by whoever reads it: what comes after is not there.
    }
  }

  close(): void {
    for (const runId of this.#deltas.keys()) this.#flushDeltas(runId);
    for (const record of this.#models.splice(0)) this.#add(shortenModel(record, {}));
    this.flush();
    if (this.#descriptor !== undefined) closeQuietly(this.#descriptor);
  }

  #takeDelta(event: Delta): void {
    const waiting = this.#deltas.get(event.runId);
    if (waiting === undefined) this.#deltas.set(event.runId, [event]);
    else if (waiting.push(event) >= WAITING_DELTAS_MAX) this.#flushDeltas(event.runId);
  }

  #flushDeltas(runId: string): void {
    const deltas = this.#deltas.get(runId);
    this.#deltas.delete(runId);
    if (deltas !== undefined && deltas.length > 0) this.#add({ deltas: shortenDeltas(deltas) });
  }

  /** The streams of the attempts of a call, with what was shown of them. */
  #endModel(end: Extract<TurnEvent, { type: 'model-end' }>): void {
    const isOf = ({ key }: ModelRecord): boolean => key === end.attemptId || key.startsWith(`${end.attemptId}.`);
    const mine = this.#models.filter(isOf);
    this.#models = this.#models.filter((record) => !isOf(record));
    const shown = mine.length === 1 && end.purpose === 'turn' ? this.#deltas.get(end.runId) : undefined;
    const lines = mine.map((record) => shortenModel(record, { end, shown }));
    if (lines.some((line) => 'model' in line && line.model.deltas !== undefined)) this.#deltas.delete(end.runId);
    else this.#flushDeltas(end.runId);
    for (const line of lines) this.#add(line);
  }

  #add(line: TapeLine): void {
    if (this.#isOver) return;
    let text: string;
    try {
      text = JSON.stringify(line);
    } catch {
      this.#isOver = true; // A plugin has put something into an event that JSON cannot carry.
      return;
    }
    this.#bytes += text.length;
    this.#isOver = this.#size + this.#bytes > this.#limit;
    this.#lines.push(this.#isOver ? JSON.stringify({ full: true } satisfies TapeLine) : text);
    if (this.#bytes > WAITING_BYTES_MAX || this.#isOver) this.flush();
  }
}

function endsLine(descriptor: number, size: number): boolean {
  const last = Buffer.alloc(1);
  return readSync(descriptor, last, 0, 1, size - 1) === 1 && last[0] === 10;
}
