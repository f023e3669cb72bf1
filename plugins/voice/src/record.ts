import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandEnvironment } from '@pith/child';
import type { ContributionContext } from '@pith/kernel';
import { Loudness, QUIETEST_DB } from './loudness.ts';
import { silent, toRecorderError } from './recorder-error.ts';
import { fillIn, type Recorder } from './recorders.ts';
import { runProgram } from './run-program.ts';
import { BYTES_PER_SECOND, toWav, WavReader } from './wav.ts';

export interface RecordRequest {
  /** Gives up: nothing is kept. */
  signal: AbortSignal;
  /** Ends the recording, and keeps it. */
  stop?: AbortSignal;
  /** At most the option `seconds`, which is the default. */
  seconds?: number;
  /** How loud it is, ten times a second, in dB: 0 is the loudest, −96 nothing at all. Not told of a recorder that writes a file. */
  onLevel?: (db: number) => void;
}

export interface Recording {
  /** WAV of 16 kHz, one channel, 16 bit. */
  wav: Uint8Array;
  durationMs: number;
  /** Why it ended: it was told to, it was quiet after speech, it was as long as it may be, or the recorder ended by itself. */
  end: 'stopped' | 'silence' | 'limit' | 'recorder';
}

export interface RecordLimits { seconds: number; silenceSeconds: number; silenceDb: number; /** For the first sound to come. */ startMs?: number }

/** A microphone that must be woken takes a second or two. */
const START_MS = 8000;
/** Nobody who wants to speak waits longer before the first word. */
const FIRST_WORD_MS = 10_000;
/** What a recorder may take beyond the time that it is to record. */
const SLACK_MS = 5000;
/** In front of and behind the sound of a file. */
const FILE_EXTRA_BYTES = 128 * 1024;

/**
 * Runs the recorder until it is told to stop, it was quiet after speech, or time is up.
 * @throws PithError VOICE_AUDIO_INVALID, VOICE_MICROPHONE, VOICE_RECORDER_FAILED, VOICE_RECORDER_MISSING, VOICE_SILENT; the signal's reason
 */
export async function record(recorder: Recorder, { signal, stop, onLevel }: Omit<RecordRequest, 'seconds'>, limits: RecordLimits, { env, childRules }: Pick<ContributionContext, 'env' | 'childRules'>): Promise<Recording> {
  signal.throwIfAborted();
  const take = new Take(limits, onLevel);
  const folder = recorder.argv.some((part) => part.includes('{file}')) ? await mkdtemp(join(tmpdir(), 'pith-voice-')) : undefined;
  const giveUp = (): void => take.end('stopped');
  for (const each of [signal, stop]) {
    if (each?.aborted) giveUp();
    else each?.addEventListener('abort', giveUp, { once: true });
  }
  const overall = setTimeout(() => take.end(folder === undefined ? 'limit' : 'late'), limits.seconds * 1000 + SLACK_MS);
  const begin = folder === undefined ? setTimeout(() => take.noteLate(), limits.startMs ?? START_MS) : undefined;
  try {
    const file = folder === undefined ? '' : join(folder, 'voice.wav');
    const argv = fillIn(recorder.argv, { file, seconds: String(limits.seconds) });
    const end = await runProgram({ argv, env: commandEnvironment(env, {}, childRules), stop: take.stopping, onOutput: (bytes) => { if (folder === undefined) take.push(bytes); } });
    signal.throwIfAborted();
    if (take.error !== undefined) throw take.error;
    const why = take.why;
    if (why === undefined && (end.exitCode !== 0 || end.problem !== undefined)) throw toRecorderError(recorder.name, end, take.durationMs);
    if (folder !== undefined) await take.readFile(file);
    if (take.durationMs === 0) throw toRecorderError(recorder.name, end, 0, why === 'start' ? 'no sound came from it in time' : 'it gave no sound');
    if (!take.loudness.hasSpeech) throw silent(take.loudness.loudestDb === QUIETEST_DB, take.durationMs);
    return { wav: take.toWav(), durationMs: take.durationMs, end: why === undefined ? 'recorder' : why === 'late' || why === 'start' ? 'limit' : why };
  } finally {
    clearTimeout(overall);
    clearTimeout(begin);
    for (const each of [signal, stop]) each?.removeEventListener('abort', giveUp);
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

/** The sound so far, and whether there has been enough of it. */
class Take {
  readonly loudness: Loudness;
  why: Recording['end'] | 'start' | 'late' | undefined;
  error: unknown;
  readonly #limits: RecordLimits;
  readonly #reader = new WavReader();
  readonly #parts: Buffer[] = [];
  readonly #stop = new AbortController();
  #bytes = 0;

  constructor(limits: RecordLimits, onLevel?: (db: number) => void) {
    this.#limits = limits;
    this.loudness = new Loudness(limits.silenceDb, onLevel);
  }

  /** Fires when the recorder is to end. */
  get stopping(): AbortSignal { return this.#stop.signal; }

  get durationMs(): number { return Math.round(this.#bytes * 1000 / BYTES_PER_SECOND); }

  /** The first reason counts. */
  end(why: NonNullable<Take['why']>): void {
    this.why ??= why;
    this.#stop.abort();
  }

  noteLate(): void {
    if (this.#bytes === 0) this.end('start');
  }

  push(bytes: Uint8Array): void {
    // What a recorder still holds when a person ends it is theirs; when enough was heard, it is too much.
    if (this.error !== undefined || (this.why !== undefined && this.why !== 'stopped')) return;
    try {
      this.#add(this.#reader.push(bytes));
    } catch (error) {
      this.error = error;
      this.#stop.abort();
    }
  }

  async readFile(path: string): Promise<void> {
    const bytes = await readStart(path, this.#limits.seconds * BYTES_PER_SECOND + FILE_EXTRA_BYTES);
    const { why } = this;
    this.why = undefined;
    this.push(bytes);
    this.why = why ?? (this.why === 'limit' ? 'limit' : undefined);
    if (this.error !== undefined) throw this.error;
  }

  toWav(): Uint8Array { return toWav(Buffer.concat(this.#parts)); }

  #add(samples: Buffer): void {
    const room = this.#limits.seconds * BYTES_PER_SECOND - this.#bytes;
    const taken = samples.subarray(0, room);
    if (taken.length > 0) {
      this.#parts.push(taken);
      this.#bytes += taken.length;
      this.loudness.push(taken);
    }
    if (samples.length >= room) return this.end('limit');
    const { silenceSeconds } = this.#limits;
    const { hasSpeech, quietMs } = this.loudness;
    if (silenceSeconds > 0 && quietMs >= (hasSpeech ? silenceSeconds * 1000 : FIRST_WORD_MS)) this.end('silence');
  }
}

/** Nothing where the recorder has written none. */
async function readStart(path: string, maxBytes: number): Promise<Uint8Array> {
  const file = await open(path).catch(() => undefined); // That there is no sound is said anyway.
  if (file === undefined) return new Uint8Array();
  try {
    const bytes = Buffer.alloc(Math.min(maxBytes, (await file.stat()).size));
    let size = 0;
    for (let read = 1; read > 0 && size < bytes.length; size += read) ({ bytesRead: read } = await file.read(bytes, size, bytes.length - size));
    return bytes.subarray(0, size);
  } finally {
    await file.close();
  }
}
