/** A header as recorders write it; `length` is what it states of the sound behind it. */
export function wavHeader({ length, channels = 1, rate = 16_000, bits = 16 }: { length: number; channels?: number; rate?: number; bits?: number }): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF\0\0\0\0WAVEfmt ', 0, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * channels * bits / 8, 28);
  header.writeUInt16LE(channels * bits / 8, 32);
  header.writeUInt16LE(bits, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(length, 40);
  return header;
}

/** A tone as loud as speech. */
export function toneWav({ seconds, amplitude = 8000, length }: { seconds: number; amplitude?: number; length?: number }): Buffer {
  const samples = Buffer.alloc(seconds * 32_000);
  for (let at = 0; at < samples.length; at += 2) samples.writeInt16LE(Math.round(amplitude * Math.sin(at / 2 * 440 * 2 * Math.PI / 16_000)), at);
  return Buffer.concat([wavHeader({ length: length ?? samples.length }), samples]);
}

/** What a WAV file says of itself, read without any code of the plugin. */
export function readWav(bytes: Buffer): { channels: number; rate: number; bits: number; statedBytes: number; soundBytes: number; loudest: number } {
  let at = 12;
  const facts = { channels: 0, rate: 0, bits: 0, statedBytes: -1, soundBytes: 0, loudest: 0 };
  if (bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WAVE' || bytes.readUInt32LE(4) !== bytes.length - 8) throw new Error('no whole WAV');
  for (; at + 8 <= bytes.length; at += 8 + bytes.readUInt32LE(at + 4)) {
    const [id, length] = [bytes.toString('latin1', at, at + 4), bytes.readUInt32LE(at + 4)];
    if (id === 'fmt ') Object.assign(facts, { channels: bytes.readUInt16LE(at + 10), rate: bytes.readUInt32LE(at + 12), bits: bytes.readUInt16LE(at + 22) });
    if (id === 'data') {
      Object.assign(facts, { statedBytes: length, soundBytes: bytes.length - at - 8 });
      for (let sample = at + 8; sample < bytes.length; sample += 2) facts.loudest = Math.max(facts.loudest, Math.abs(bytes.readInt16LE(sample)));
    }
  }
  return facts;
}
