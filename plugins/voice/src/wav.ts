import { voiceError } from './errors.ts';

/** What transcription is best at: more is thrown away there. */
export const FORMAT = { rate: 16_000, channels: 1, bits: 16 } as const;
export const BYTES_PER_SECOND = FORMAT.rate * FORMAT.channels * FORMAT.bits / 8;

const SAMPLE_BYTES = FORMAT.bits / 8;
/** What stands in front of the sound is longer in no file that a recorder makes. */
const HEADER_MAX_BYTES = 64 * 1024;
/** Who writes to a pipe does not know the length yet, and states none, or more than there can be. */
const LENGTH_UNKNOWN = 0x7fff_0000;
const PCM = 1;
const EXTENSIBLE = 0xfffe;

/** Takes WAV as it comes, in parts of any size, and gives the sound in it. @throws PithError VOICE_AUDIO_INVALID */
export class WavReader {
  #held = Buffer.alloc(0);
  #left: number | undefined;

  /** Whether the header has come. */
  get hasBegun(): boolean { return this.#left !== undefined; }

  /** @returns the whole samples that are complete now */
  push(bytes: Uint8Array): Buffer {
    this.#held = Buffer.concat([this.#held, bytes]);
    if (this.#left === undefined) {
      const data = findData(this.#held);
      if (data === undefined) return Buffer.alloc(0);
      this.#left = data.length;
      this.#held = this.#held.subarray(data.start);
    }
    const size = Math.min(this.#held.length - this.#held.length % SAMPLE_BYTES, this.#left);
    const samples = this.#held.subarray(0, size);
    this.#held = this.#held.subarray(size);
    this.#left -= size;
    if (this.#left === 0) this.#held = Buffer.alloc(0); // What comes behind the sound is about it.
    return samples;
  }
}

/** Where the sound begins, and its length; nothing while more of the header must come. */
function findData(bytes: Buffer): { start: number; length: number } | undefined {
  if (bytes.length >= 4 && bytes.toString('latin1', 0, 4) !== 'RIFF') throw invalid('something that is no WAV');
  if (bytes.length < 12) return undefined;
  if (bytes.toString('latin1', 8, 12) !== 'WAVE') throw invalid('something that is no WAV');
  let hasFormat = false;
  for (let at = 12; at + 8 <= bytes.length;) {
    const id = bytes.toString('latin1', at, at + 4);
    const length = bytes.readUInt32LE(at + 4);
    const start = at + 8;
    if (id === 'data') {
      if (!hasFormat) throw invalid('WAV that does not say its format');
      return { start, length: length === 0 || length >= LENGTH_UNKNOWN ? Infinity : length - length % SAMPLE_BYTES };
    }
    if (start + length > HEADER_MAX_BYTES) throw invalid('WAV whose header has no end');
    if (start + length > bytes.length) return undefined;
    if (id === 'fmt ') {
      checkFormat(bytes.subarray(start, start + length));
      hasFormat = true;
    }
    at = start + length + length % 2;
  }
  return undefined;
}

function checkFormat(chunk: Buffer): void {
  if (chunk.length < 16) throw invalid('WAV that does not say its format');
  const tag = chunk.readUInt16LE(0);
  const kind = tag === EXTENSIBLE && chunk.length >= 26 ? chunk.readUInt16LE(24) : tag;
  const [channels, rate, bits] = [chunk.readUInt16LE(2), chunk.readUInt32LE(4), chunk.readUInt16LE(14)];
  if (kind === PCM && channels === FORMAT.channels && rate === FORMAT.rate && bits === FORMAT.bits) return;
  throw invalid(`WAV of ${rate} Hz, ${channels} channel${channels === 1 ? '' : 's'}, ${bits} bit${kind === PCM ? '' : `, encoding ${kind}`}`);
}

function invalid(found: string): Error {
  return voiceError(`The recorder gave ${found}; it must be WAV of 16000 Hz, 1 channel, 16 bit`, 'VOICE_AUDIO_INVALID', 'Correct the option record of the plugin voice, or take it away, so that a recorder is chosen.');
}

/** A whole WAV file around samples. */
export function toWav(samples: Uint8Array): Uint8Array {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + samples.length, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(PCM, 20);
  header.writeUInt16LE(FORMAT.channels, 22);
  header.writeUInt32LE(FORMAT.rate, 24);
  header.writeUInt32LE(BYTES_PER_SECOND, 28);
  header.writeUInt16LE(SAMPLE_BYTES * FORMAT.channels, 32);
  header.writeUInt16LE(FORMAT.bits, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(samples.length, 40);
  return Buffer.concat([header, samples]);
}
