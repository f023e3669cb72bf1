import { BYTES_PER_SECOND } from './wav.ts';

/** Loudness is that of so long a piece: a click is no speech, a syllable is. */
export const WINDOW_MS = 100;
const WINDOW_BYTES = BYTES_PER_SECOND * WINDOW_MS / 1000;
/** What a window of zeros has. */
export const QUIETEST_DB = -96;
/** Pieces above the threshold before it counts as speech: a knock has one. */
const SPEECH_WINDOWS = 2;

/** Follows how loud a recording is. */
export class Loudness {
  /** Whether anything may have been speech. */
  hasSpeech = false;
  /** How long it has been quiet, in milliseconds of sound. */
  quietMs = 0;
  loudestDb = QUIETEST_DB;
  readonly #thresholdDb: number;
  readonly #onLevel: (db: number) => void;
  #held = Buffer.alloc(0);
  #loud = 0;

  constructor(thresholdDb: number, onLevel: (db: number) => void = () => undefined) {
    this.#thresholdDb = thresholdDb;
    this.#onLevel = onLevel;
  }

  push(samples: Buffer): void {
    this.#held = Buffer.concat([this.#held, samples]);
    for (; this.#held.length >= WINDOW_BYTES; this.#held = this.#held.subarray(WINDOW_BYTES)) this.#hear(levelOf(this.#held.subarray(0, WINDOW_BYTES)));
  }

  #hear(db: number): void {
    const isLoud = db >= this.#thresholdDb;
    this.loudestDb = Math.max(this.loudestDb, db);
    this.quietMs = isLoud ? 0 : this.quietMs + WINDOW_MS;
    this.#loud = isLoud ? this.#loud + 1 : 0;
    this.hasSpeech ||= this.#loud >= SPEECH_WINDOWS;
    this.#onLevel(db);
  }
}

/** The mean power of samples, in dB below that of the loudest square wave there is. */
export function levelOf(samples: Buffer): number {
  let sum = 0;
  for (let at = 0; at + 1 < samples.length; at += 2) sum += samples.readInt16LE(at) ** 2;
  const mean = Math.sqrt(sum / (samples.length / 2)) / 32_768;
  return mean === 0 ? QUIETEST_DB : Math.max(QUIETEST_DB, 20 * Math.log10(mean));
}
