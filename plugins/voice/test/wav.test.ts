import assert from 'node:assert/strict';
import { Loudness } from '../src/loudness.ts';
import { toWav, WavReader } from '../src/wav.ts';
import { readWav, toneWav, wavHeader } from './make-wav.ts';

const extra = (id: string, size: number): Buffer => {
  const chunk = Buffer.alloc(8 + size);
  chunk.write(id, 0, 'latin1');
  chunk.writeUInt32LE(size, 4);
  return chunk;
};
/** With a chunk in front of the sound, as ffmpeg writes it, and one behind it, which is no sound. */
const decorated = (wav: Buffer): Buffer => Buffer.concat([wav.subarray(0, 12), extra('LIST', 26), wav.subarray(12), extra('tags', 4)]);

describe('WAV', () => {
  it('gives the same sound however it is cut', () => {
    const tone = toneWav({ seconds: 0.1 });
    const file = decorated(tone);
    for (const step of [1, 3, 7, 44, 45, 1000, file.length]) {
      const reader = new WavReader();
      const parts: Buffer[] = [];
      for (let at = 0; at < file.length; at += step) parts.push(Buffer.from(reader.push(file.subarray(at, at + step))));

      assert.ok(Buffer.concat(parts).equals(tone.subarray(44)), String(step));
    }
  });

  it('of unknown length goes on to its end, and half a sample is none', () => {
    for (const length of [0, 0x7fff_f000, 0x8000_0000, 0xffff_ffff]) {
      assert.equal(new WavReader().push(Buffer.concat([wavHeader({ length }), Buffer.alloc(101)])).length, 100);
    }
  });

  it('in any other format is named', () => {
    for (const [header, found] of [
      [wavHeader({ length: 2, rate: 8000 }), /8000 Hz, 1 channel, 16 bit/], [wavHeader({ length: 2, bits: 8 }), /16000 Hz, 1 channel, 8 bit/],
      [Buffer.from('OggS....'), /no WAV/], [Buffer.concat([wavHeader({ length: 2 }).subarray(0, 12), extra('LIST', 0).fill(255, 4)]), /no end/], [Buffer.concat([wavHeader({ length: 2 }).subarray(0, 12), extra('data', 4)]), /does not say its format/],
    ] as const) assert.throws(() => new WavReader().push(header), { code: 'VOICE_AUDIO_INVALID', message: found });
  });

  it('is written as every reader takes it', () => {
    const file = Buffer.from(toWav(toneWav({ seconds: 1 }).subarray(44)));

    assert.deepEqual(readWav(file), { channels: 1, rate: 16_000, bits: 16, statedBytes: 32_000, soundBytes: 32_000, loudest: 8000 });
  });
});

describe('speech', () => {
  it('is what is loud for longer than a knock', () => {
    const [knock, word] = [new Loudness(-50), new Loudness(-50)];

    knock.push(Buffer.concat([toneWav({ seconds: 0.1 }).subarray(44), Buffer.alloc(6400)]));
    word.push(Buffer.concat([toneWav({ seconds: 0.2 }).subarray(44), Buffer.alloc(6400)]));

    assert.deepEqual([knock.hasSpeech, word.hasSpeech, word.quietMs], [false, true, 200]);
  });
});
