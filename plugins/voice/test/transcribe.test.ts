import assert from 'node:assert/strict';
import { afterEach } from 'mocha';
import type { PithError } from '@pith/kernel';
import type { VoiceOptions } from '../src/index.ts';
import { toWav } from '../src/wav.ts';
import { toneWav } from './make-wav.ts';
import { type Started, startVoice } from './start-voice.ts';
import { startTranscriber, type Transcriber } from './transcriber.ts';

const wav = toWav(toneWav({ seconds: 2 }).subarray(44));
const KEY = 'a-key-of-voice-0123456789';

describe('a transcription by a service', () => {
  let started: Started | undefined;
  let server: Transcriber | undefined;
  afterEach(async () => {
    await started?.close();
    await server?.close();
  });

  const start = async (answer: Parameters<typeof startTranscriber>[0] = {}, options: Partial<VoiceOptions> = {}, more: Parameters<typeof startVoice>[1] = {}): Promise<Started & { server: Transcriber }> => {
    server = await startTranscriber(answer);
    started = await startVoice({ baseUrl: server.url, ...options }, more);
    return { ...started, server };
  };
  const failure = ({ voice, signal }: Started): Promise<PithError> => voice.transcribe({ wav }, { signal }).then(() => assert.fail('it was transcribed'), (error: PithError) => error);

  it('sends the sound whole, in its format, with model and language, and gives the text', async () => {
    const { voice, signal, server } = await start({}, { model: 'whisper-large', language: 'de' }, { env: { PITH_VOICE_API_KEY: KEY } });

    assert.equal(await voice.transcribe({ wav }, { signal }), 'List the files.');
    const [{ path, headers, fields, file }] = server.asked as [typeof server.asked[0]];
    assert.deepEqual(fields, { model: 'whisper-large', language: 'de', response_format: 'json' });
    assert.deepEqual(file, { name: 'voice.wav', type: 'audio/wav', channels: 1, rate: 16_000, bits: 16, statedBytes: 64_000, soundBytes: 64_000, loudest: 8000 });
    assert.deepEqual([path, headers.authorization], ['/v1/audio/transcriptions', `Bearer ${KEY}`]);
  });

  it('takes a key from the vault', async () => {
    const { voice, signal, server } = await start({}, {}, { keys: { voice: KEY } });

    await voice.transcribe({ wav }, { signal });

    assert.equal(server.asked[0]?.headers.authorization, `Bearer ${KEY}`);
  });

  it('gives the key of OpenAI to nobody but whom OpenAI’s requests go to', async () => {
    const { voice, signal, server } = await start({}, {}, { env: { OPENAI_API_KEY: 'sk-of-openai' }, keys: { openai: 'sk-of-openai' } });
    const own = await startVoice({}, { env: { OPENAI_API_KEY: 'sk-of-openai', OPENAI_BASE_URL: server.url } });

    await voice.transcribe({ wav }, { signal });
    await own.voice.transcribe({ wav }, { signal });

    assert.deepEqual(server.asked.map(({ headers }) => headers.authorization), [undefined, 'Bearer sk-of-openai']);
    await own.close();
  });

  it('needs a key where nobody else was named, and sends nothing without', async () => {
    started = await startVoice({});

    const error = await failure(started);

    assert.deepEqual([error.code, error.exitCode], ['VOICE_KEY_MISSING', 2]);
    assert.match(error.hint ?? '', /pith auth set openai/);
  });

  it('writes control and direction characters of the text out', async () => {
    const { voice, signal } = await start({ body: JSON.stringify({ text: ' first\r\nsecond\u001b[2J\u202egnp ' }) });

    assert.equal(await voice.transcribe({ wav }, { signal }), 'first\nsecond\\x1b[2J\\u{202e}gnp');
  });

  it('of a recording without words is none', async () => {
    assert.equal((await failure(await start({ body: '{"text":" \\n"}' }))).code, 'VOICE_NO_WORDS');
  });

  it('passes on why the service refuses, without the key in it', async () => {
    const error = await failure(await start({ status: 401, body: JSON.stringify({ error: { message: `Incorrect key: ${KEY}\u001b[31m` } }) }, {}, { env: { PITH_VOICE_API_KEY: KEY } }));

    assert.match(error.message, /^127\.0\.0\.1:\d+ did not transcribe it \(401\): Incorrect key: \[.*\]\\x1b\[31m$/);
    assert.ok(!error.message.includes(KEY));
    assert.deepEqual([error.code, error.exitCode, error.hint], ['VOICE_TRANSCRIPTION_FAILED', 5, 'Check the key in PITH_VOICE_API_KEY.']);
  });

  for (const [what, answer, message] of [
    ['a page', { body: '<html>hello</html>', headers: { 'content-type': 'text/html' } }, /something else than JSON with a text/],
    ['JSON without a text', { body: '{"words":[]}' }, /something else than JSON with a text/],
    ['JSON without an end', { body: `{"text":"${'a'.repeat(1024 * 1024)}"}` }, /something else than JSON with a text/],
    ['a page about its failure', { status: 502, body: '<html>bad gateway</html>' }, /did not transcribe it \(502\)$/],
    ['another place', { status: 302, headers: { location: 'http://127.0.0.1:1/' }, body: '' }, /redirects are not followed/],
  ] as const) {
    it(`says so where the answer is ${what}`, async () => assert.match((await failure(await start(answer))).message, message));
  }

  it('is not waited for longer than the option says, and can be given up', async () => {
    const { voice } = await start({ status: 0 }, { timeoutMs: 1000 });
    const end = new AbortController();

    await assert.rejects(voice.transcribe({ wav }, { signal: end.signal }), { code: 'NET_TIMEOUT' });
    const given = voice.transcribe({ wav }, { signal: end.signal });
    end.abort(new Error('given up'));
    await assert.rejects(given, /given up/);
  });

  it('goes beyond this machine over https only, unless a person opens that', async () => {
    started = await startVoice({ baseUrl: 'http://192.168.7.7/v1' });

    const error = await failure(started);

    assert.equal(error.code, 'NET_REFUSED');
    assert.match(error.hint ?? '', /allowHttp of the plugin voice/);
  });

  it('goes to no address of metadata, whoever names it', async () => {
    started = await startVoice({ baseUrl: 'http://169.254.169.254/v1', allowHttp: true });

    assert.equal((await failure(started)).code, 'NET_REFUSED');
  });
});

describe('a transcription by a program', () => {
  let started: Started | undefined;
  afterEach(() => started?.close());

  const start = async (code: string, args: string[], more: Partial<VoiceOptions> = {}): Promise<Started> => started = await startVoice({ transcribe: [process.execPath, '-e', code, ...args], ...more });
  const SIZE = 'console.log("bytes", require("fs").readFileSync(process.argv[1] ?? 0).length)';

  it('gets the sound as a file, or as its input, and gives what it writes', async () => {
    for (const args of [['{file}'], []]) {
      const { voice, signal, close } = await start(SIZE, args);
      assert.equal(await voice.transcribe({ wav }, { signal }), 'bytes 64044');
      await close();
    }
  });

  for (const [what, code, message] of [
    ['fails', 'console.error("no model at /m"); process.exit(4)', /^The program node did not transcribe it: it ended with 4: no model at \/m$/],
    ['writes without end', 'for (;;) require("fs").writeSync(1, "a".repeat(65536))', /it wrote more than 1 MiB$/],
    ['hangs', 'setInterval(() => {}, 1000)', /it took longer than 1 s$/],
  ] as const) {
    it(`says so where it ${what}`, async () => {
      const { voice, signal } = await start(code, [], { timeoutMs: 1000 });

      await assert.rejects(voice.transcribe({ wav }, { signal }), { code: 'VOICE_TRANSCRIPTION_FAILED', message });
    });
  }
});
