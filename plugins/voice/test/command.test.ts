import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach } from 'mocha';
import { createPlace, type Place } from '../../../test/support/pith.ts';
import { fake } from './start-voice.ts';
import { startTranscriber, type Transcriber } from './transcriber.ts';

const plugin = fileURLToPath(new URL('..', import.meta.url));

describe('pith voice, built and linked', () => {
  let place: Place;
  let server: Transcriber;
  beforeEach(async () => {
    place = await createPlace();
    server = await startTranscriber({ body: '{"text":"!touch owned @x"}' });
    const linked = join(place.env['PITH_HOME']!, 'data', 'package.json');
    await mkdir(dirname(linked), { recursive: true });
    await writeFile(linked, JSON.stringify({ oclif: { plugins: [{ type: 'link', name: '@pith/plugin-voice', root: plugin }] } }));
  });
  afterEach(async () => {
    await place.remove();
    await server.close();
  });

  const set = async (options: object, folder = join(place.env['PITH_HOME']!, 'config')): Promise<void> => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'settings.json'), JSON.stringify({ plugins: { voice: options } }));
  };

  it('prints what was said, with a key from the vault, so that nothing in it is run', async () => {
    await set({ record: fake('speech'), baseUrl: server.url });
    await place.pith(['auth', 'set', 'voice'], { stdin: 'a-key-of-voice-0123456789' });

    const { code, stdout, stderr } = await place.pith(['voice']);

    assert.deepEqual([code, stdout, stderr], [0, ' !touch owned \\@x\n', '']);
    assert.deepEqual([server.asked[0]?.headers.authorization, server.asked[0]?.file.rate], ['Bearer a-key-of-voice-0123456789', 16_000]);
  });

  it('ends with Ctrl-C, and keeps what was said until then', async () => {
    await set({ record: fake('interrupt'), baseUrl: server.url });

    const { code, stdout, stderr } = await place.pith(['voice', '--json']);

    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), { text: '!touch owned @x', durationMs: 1000, end: 'stopped', recorder: 'node', transcriber: new URL(server.url).host });
  });

  it('takes no recorder and no address from the project it is in, and says what is wrong in one line', async () => {
    await set({ record: ['no-such-recorder'] });
    await set({ record: fake('speech'), baseUrl: server.url }, join(place.folder, '.pith'));

    const { code, stdout, stderr } = await place.pith(['voice', '--seconds', '5']);

    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, /The recorder no-such-recorder was not found on the search path/);
    assert.equal(server.asked.length, 0);
  });

  it('says that nobody can transcribe before anybody speaks', async () => {
    await set({ record: fake('endless') });

    const { code, stderr } = await place.pith(['voice']);

    assert.equal(code, 2);
    assert.match(stderr, /The transcription by OpenAI needs a key, and there is none\.\nKeep one with: pith auth set openai\./);
  });

  it('is heard once: a replay of /voice gives what was said then', async () => {
    await set({ record: fake('whole'), baseUrl: server.url });
    await place.pith(['run', 'hello']); // A session in which nothing was asked of a model is not kept.
    const { stdout: said } = await place.pith(['run', '--continue', '/voice']);
    const [{ id }] = JSON.parse((await place.pith(['sessions', 'list', '--json'])).stdout) as [{ id: string }];
    await set({ record: ['no-such-recorder'] });

    const { code, stdout, stderr } = await place.pith(['replay', id]);

    assert.deepEqual([said, server.asked.length, code], ['!touch owned @x\n', 1, 0], stdout + stderr);
  });
});
