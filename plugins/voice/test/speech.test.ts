import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FORMAT, toWav } from '../src/wav.ts';
import { fake, startVoice } from './start-voice.ts';
import { startTranscriber } from './transcriber.ts';

/** Speech of a program: `npm run soak`, where there is one (`apt install espeak-ng`). */
const hasSpeaker = process.env['PITH_SOAK'] === '1' && spawnSync('espeak-ng', ['--version']).status === 0;

if (hasSpeaker) {
  describe('generated speech', () => {
    let folder: string;
    before(() => { folder = mkdtempSync(join(tmpdir(), 'pith-speech-')); });
    after(() => rmSync(folder, { recursive: true, force: true }));

    for (const [language, text] of [['en', 'Please list the files of this folder, and say what each of them is for.'], ['de', 'Nenne bitte die Dateien in diesem Ordner.'], ['en', 'Yes.']] as const) {
      it(`is heard whole, and its end is noticed: ${text}`, async () => {
        const file = join(folder, 'speech.wav');
        const speech = speak(text, language);
        writeFileSync(file, speech);
        const server = await startTranscriber({ body: JSON.stringify({ text }) });
        const { voice, signal, close } = await startVoice({ record: fake('play', file), baseUrl: server.url, language });

        const recording = await voice.record({ signal });
        const said = await voice.transcribe(recording, { signal });

        const { file: sent } = server.asked[0]!;
        assert.deepEqual([said, recording.end, sent.rate, sent.channels, sent.bits], [text, 'silence', 16_000, 1, 16]);
        assert.ok(Buffer.from(recording.wav).subarray(44).indexOf(speech.subarray(44)) === 0, 'not all of it was kept');
        assert.equal(sent.statedBytes, sent.soundBytes);
        await close();
        await server.close();
      });
    }
  });

  /** @returns WAV at the rate that recorders give, by the nearest samples */
  function speak(text: string, language: string): Buffer {
    const { stdout, status } = spawnSync('espeak-ng', ['-v', language, '--stdout', text], { maxBuffer: 64 * 1024 * 1024 });
    assert.equal(status, 0);
    const [rate, sound] = [stdout.readUInt32LE(24), stdout.subarray(44)];
    const samples = Buffer.alloc(Math.floor(sound.length / 2 * FORMAT.rate / rate) * 2);
    for (let at = 0; at < samples.length; at += 2) samples.writeInt16LE(sound.readInt16LE(Math.min(Math.floor(at / 2 * rate / FORMAT.rate), sound.length / 2 - 1) * 2), at);
    return Buffer.from(toWav(samples));
  }
}
