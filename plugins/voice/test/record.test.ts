import assert from 'node:assert/strict';
import { afterEach } from 'mocha';
import type { PithError } from '@pith/kernel';
import { chooseRecorder } from '../src/recorders.ts';
import { record } from '../src/record.ts';
import type { VoiceOptions } from '../src/options.ts';
import { readWav } from './make-wav.ts';
import { fake, type Started, startVoice } from './start-voice.ts';

describe('a recording', () => {
  let started: Started | undefined;
  afterEach(() => started?.close());

  const start = async (record: string[], options: Partial<VoiceOptions> = {}, more: Parameters<typeof startVoice>[1] = {}): Promise<Started> => started = await startVoice({ record, ...options }, more);
  const failure = async ({ voice, signal }: Started): Promise<PithError> => voice.record({ signal }).then(() => assert.fail('it was recorded'), (error: PithError) => error);

  it('is whole WAV of 16 kHz, one channel, 16 bit, and ends when it is quiet after speech', async () => {
    const { voice, signal } = await start(fake('speech', '2'));

    const { wav, durationMs, end } = await voice.record({ signal });

    const { soundBytes, statedBytes, loudest, ...format } = readWav(Buffer.from(wav));
    assert.deepEqual(format, { channels: 1, rate: 16_000, bits: 16 });
    assert.equal(end, 'silence');
    assert.equal(statedBytes, soundBytes);
    assert.equal(durationMs, Math.round(soundBytes / 32));
    assert.ok(durationMs >= 5000 && durationMs <= 8000, String(durationMs));
    assert.equal(loudest, 8000);
  });

  it('is never longer than the option, whatever is asked for', async () => {
    const { voice, signal } = await start(fake('endless'), { seconds: 2 });

    const [asked, own] = [await voice.record({ signal, seconds: 1 }), await voice.record({ signal, seconds: 500 })];

    assert.deepEqual([asked.durationMs, asked.end, own.durationMs, own.end], [1000, 'limit', 2000, 'limit']);
  });

  it('tells how loud it is, and is kept when it is told to stop', async () => {
    const { voice, signal } = await start(fake('endless'), { seconds: 600 });
    const stop = new AbortController();
    const levels: number[] = [];

    const { end, durationMs } = await voice.record({ signal, stop: stop.signal, onLevel: (db) => { if (levels.push(db) === 5) stop.abort(); } });

    assert.equal(end, 'stopped');
    assert.ok(durationMs >= 500 && durationMs < 600_000);
    // A sine of 8000 of 32 768 is 15.3 dB below the loudest there is.
    assert.ok(levels.every((db) => Math.abs(db + 15.3) < 0.1), String(levels.slice(0, 5)));
  });

  it('is thrown away when it is given up', async () => {
    const { voice } = await start(fake('endless'), { seconds: 600 });
    const end = new AbortController();

    await assert.rejects(voice.record({ signal: end.signal, onLevel: () => end.abort(new Error('given up')) }), /given up/);
  });

  it('is taken from a file where the recorder writes one, and leaves none', async () => {
    const { voice, signal } = await start(fake('file', '{file}'));

    const { wav, end } = await voice.record({ signal });

    assert.deepEqual([readWav(Buffer.from(wav)).soundBytes, end], [32_000, 'recorder']);
  });

  it('runs one at a time', async () => {
    const { voice, signal } = await start(fake('endless'), { seconds: 1 });

    const first = voice.record({ signal });

    await assert.rejects(voice.record({ signal }), { code: 'VOICE_BUSY' });
    await first;
  });

  it('starts its recorder without what looks like a key', async () => {
    const { voice, signal } = await start(fake('secrets'), {}, { env: { OPENAI_API_KEY: 'sk-1234567890abcdefghij', GITHUB_TOKEN: 'ghp_0123456789abcdefghij0123' } });

    assert.equal((await voice.record({ signal })).durationMs, 1000);
  });

  for (const [what, argv, code, message] of [
    ['gives zeros', fake('zeros'), 'VOICE_SILENT', /^The microphone gave no sound at all in 1[012](\.\d+)? s$/],
    ['gives another format', fake('stereo'), 'VOICE_AUDIO_INVALID', /^The recorder gave WAV of 44100 Hz, 2 channels, 16 bit; it must be WAV of 16000 Hz, 1 channel, 16 bit$/],
    ['gives something else', fake('garbage'), 'VOICE_AUDIO_INVALID', /something that is no WAV/],
    ['finds no microphone', fake('fail', 'arecord: main:831: audio open error: No such file or directory'), 'VOICE_MICROPHONE', /^The recorder node could use no microphone: arecord: main:831: audio open error/],
    ['fails', fake('fail', 'out of \x1b[2Jcheese'), 'VOICE_RECORDER_FAILED', /^The recorder node failed: it ended with 3: out of \\x1b\[2Jcheese$/],
    ['is killed', fake('die'), 'VOICE_RECORDER_FAILED', /^The recorder node failed: it was ended by SIGKILL after 1 s$/],
    ['writes nothing', [process.execPath, '-e', ''], 'VOICE_RECORDER_FAILED', /^The recorder node failed: it gave no sound$/],
    ['is not there', ['no-such-recorder'], 'VOICE_RECORDER_MISSING', /^The recorder no-such-recorder was not found on the search path$/],
    ['is not at its path', ['/no/such/recorder'], 'VOICE_RECORDER_MISSING', /^The recorder recorder could not be started: /],
  ] as const) {
    it(`that ${what} is said in one line, with what to do`, async () => {
      const error = await failure(await start([...argv]));

      assert.match(error.message, message);
      assert.equal(error.code, code);
      assert.ok(error.hint);
    });
  }

  it('with a noise, and no speech, is none', async () => {
    const error = await failure(await start(fake('whole', '1'), { silenceDb: -10 }));

    assert.equal(error.message, 'Nothing in 1 s was loud enough to be speech');
  });

  it('does not wait for a recorder that hangs, and leaves none', async () => {
    const recording = record({ name: 'mute', argv: fake('mute') }, { signal: new AbortController().signal }, { seconds: 1, silenceSeconds: 3, silenceDb: -50, startMs: 300 }, { env: process.env, childRules: { pass: [], holdsSecret: () => false } });

    await assert.rejects(recording, { code: 'VOICE_RECORDER_FAILED', message: 'The recorder mute failed: no sound came from it in time' });
  });

  it('says what to install where there is no recorder', async () => {
    for (const [platform, hint] of [['linux', /apt install alsa-utils/], ['darwin', /brew install sox/], ['win32', /winget install/]] as const) {
      const error = await chooseRecorder(undefined, { env: { PATH: '/nowhere' }, platform }).then(() => assert.fail('one was found'), (thrown: PithError) => thrown);
      assert.equal(error.code, 'VOICE_RECORDER_MISSING');
      assert.match(error.hint ?? '', hint);
    }
  });
});
