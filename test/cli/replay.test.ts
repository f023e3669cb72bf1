import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { globSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { EXIT } from '@pith/kernel';
import { startServer } from '@pith/kernel/testing';
import { forbidOutside } from '../../src/host/replay/forbid-outside.ts';
import { conversation, createPlace, type Place } from '../support/pith.ts';

const REPLAYS = process.env['PITH_SOAK'] === undefined ? 3 : 20;

interface Replayed { same: boolean; events: number; hash: string; plugins: { name: string; then: string | null; now: string | null }[]; sittings: { same: boolean | null; note?: string; difference?: { seq: number; type: string; path: string } }[] }

describe('pith replay', () => {
  let place: Place;
  beforeEach(async () => { place = await createPlace(); });
  afterEach(() => place.remove());

  const fileOf = (pattern: string): string => join(place.env['PITH_HOME']!, globSync(`**/sessions/**/${pattern}`, { cwd: place.env['PITH_HOME']! })[0]!);
  const idOf = async (): Promise<string> => (JSON.parse((await place.pith(['sessions', 'list', '--json'])).stdout) as { id: string }[])[0]!.id;
  const replay = async (id: string, env: Record<string, string> = {}): Promise<{ code: number | null; replayed: Replayed }> => {
    const { code, stdout, stderr } = await place.pith(['replay', id, '--json'], { env });
    assert.ok(stdout.startsWith('{'), stderr);
    return { code, replayed: JSON.parse(stdout) as Replayed };
  };
  const mend = async (): Promise<string> => {
    await place.write('a.txt', 'one\n');
    await place.write('c.json', conversation(
      { text: 'I look around.', calls: [{ tool: 'read', input: { path: 'a.txt' } }, { tool: 'read', input: { path: 'gone.txt' } }, { tool: 'list', input: {} }] },
      { text: 'I change it.', calls: [{ tool: 'edit', input: { path: 'a.txt', old: 'one', new: 'two' } }, { tool: 'bash', input: { command: 'touch ran.txt' } }, { tool: 'bash', input: { command: 'curl example.com' } }] },
      { text: 'Done.' },
    ));
    const { code, stderr } = await place.pith(['run', '--model', 'c.json', '--mode', 'acceptEdits', '--allow', 'Bash(touch ran.txt)', 'go']);
    assert.equal(code, EXIT.refused, stderr);
    return idOf();
  };

  it(`plays a session ${REPLAYS} times to one hash, with its files gone and no process started`, async function () {
    this.timeout(REPLAYS * 10_000);
    const id = await mend();
    for (const file of ['a.txt', 'c.json', 'ran.txt']) await rm(join(place.folder, file));
    const hashes = new Set<string>();
    for (let time = 0; time < REPLAYS; time++) {
      const { code, replayed } = await replay(id);
      assert.deepEqual([code, replayed.same, replayed.plugins], [EXIT.ok, true, []], JSON.stringify(replayed, undefined, 1));
      hashes.add(replayed.hash);
    }
    assert.equal(hashes.size, 1);
    assert.deepEqual(globSync('*', { cwd: place.folder }), []);
    assert.match((await place.pith(['replay', id.slice(0, 12)])).stdout, /^Session \w+: the same\n.+: \d+ events the same\n +hash [0-9a-f]{64}\n$/);
  });

  it('makes no connection to the provider that the session was made with', async () => {
    let connections = 0;
    const server = createServer(() => { connections++; });
    const provider = await startServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const data of [{ choices: [{ index: 0, delta: { role: 'assistant', content: 'Hel' } }] }, { choices: [{ index: 0, delta: { content: 'lo.' } }] }, { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage: { prompt_tokens: 3, completion_tokens: 2 } }]) response.write(`data: ${JSON.stringify({ id: 'r', model: 'm', object: 'chat.completion.chunk', ...data })}\n\n`);
      response.end('data: [DONE]\n\n');
    });
    try {
      const env = { PITH_LOCAL_BASE_URL: `${provider.url}/v1` };
      const ran = await place.pith(['run', '--provider', 'local', '--model', 'm', 'hello'], { env });
      assert.equal(ran.code, EXIT.ok, ran.stderr);
      const asked = provider.requests.length;
      await provider.close();
      await new Promise<void>((resolve) => { server.listen(Number(new URL(provider.url).port), '127.0.0.1', resolve); });

      const { replayed } = await replay(await idOf(), env);

      assert.deepEqual([replayed.same, asked, connections], [true, 1, 0]);
    } finally {
      server.close();
    }
  });

  it('names the first event that differs when something of the session was changed', async () => {
    const id = await mend();
    const transcript = fileOf('*.jsonl');
    const text = await readFile(transcript, 'utf8');
    await writeFile(transcript, text.replace('"mode":"acceptEdits"', '"mode":"default"'));

    const { code, replayed } = await replay(id);
    const shown = await place.pith(['replay', id]);

    assert.equal(code, EXIT.failed);
    assert.deepEqual(replayed.sittings[0]!.difference && { ...replayed.sittings[0]!.difference, recorded: 0, replayed: 0 }, { seq: 0, type: 'session-start', path: 'mode', recorded: 0, replayed: 0 });
    assert.match(shown.stdout, /not the same\n.+: 0 events the same, then one that differs\n +event 0, session-start: differs in mode\n +then: "default"\n +now: +"acceptEdits"/);
  });

  it('finds a changed word of a tool and of a model where it was said', async () => {
    const id = await mend();
    const transcript = fileOf('*.jsonl');
    const text = await readFile(transcript, 'utf8');
    const named = async (from: RegExp, to: string): Promise<unknown> => {
      assert.match(text, from);
      await writeFile(transcript, text.replace(from, to));
      const { type, path } = (await replay(id)).replayed.sittings[0]!.difference!;
      return [type, path];
    };
    assert.deepEqual(await named(/("type":"tool-end".+?"text":"[^"]*)one/, '$1won'), ['tool-end', 'content.0.text']);
    assert.deepEqual(await named(/I change it\./, 'I leave it.'), ['model-end', 'reply.status']);
  });

  it('says which plugins are not those of then', async () => {
    const id = await mend();
    const tape = fileOf('*.tape');
    const text = await readFile(tape, 'utf8');
    await writeFile(tape, text.replace(/("name":"tools","version":")[^"]+/, '$10.0.1').replace('"name":"pricing"', '"name":"prices"'));

    const { replayed } = await replay(id);

    assert.deepEqual(replayed.plugins.map(({ name, then, now }) => [name, then === null, now === null]), [['prices', false, true], ['pricing', true, false], ['tools', false, false]]);
  });

  it('says what is missing of a session that was not recorded, or by another version', async () => {
    const id = await mend();
    const tape = fileOf('*.tape');
    await writeFile(tape, (await readFile(tape, 'utf8')).replace('{"tape":1', '{"tape":7'));
    const other = await place.pith(['replay', id]);
    assert.deepEqual([other.code, /its recording is of version 7, and this pith plays version 1/.test(other.stderr)], [EXIT.usage, true]);
    await rm(tape);
    const none = await place.pith(['replay', id]); // RECORDING_MISSING
    assert.deepEqual([none.code, /cannot be played again: it was not recorded/.test(none.stderr)], [EXIT.usage, true]);
    const nobody = await place.pith(['replay', 'nobody']);
    assert.deepEqual([nobody.code, /There is no session "nobody"/.test(nobody.stderr)], [EXIT.usage, true]);
  });

  it('keeps no recording where none is wanted', async () => {
    await place.write('c.json', conversation({ text: 'Done.' }));
    await place.pith(['run', '--model', 'c.json', '--no-session', 'go']);
    assert.deepEqual(globSync('**/*.{tape,jsonl}', { cwd: place.env['PITH_HOME']! }), []);
  });
});

describe('what holds a replay inside', () => {
  it('refuses connections, names and processes until it is ended', async () => {
    const server = await startServer((_, response) => void response.end());
    const allow = forbidOutside();
    try {
      assert.throws(() => connect(1, '127.0.0.1'), { code: 'REPLAY_OUTSIDE' });
      assert.throws(() => spawnSync('true'), { code: 'REPLAY_OUTSIDE' });
      await assert.rejects(async () => lookup('localhost'), { code: 'REPLAY_OUTSIDE' });
      await assert.rejects(fetch(server.url));
    } finally {
      allow();
    }
    assert.equal(server.requests.length, 0);
    assert.equal((await fetch(server.url)).status, 200);
    await server.close();
    assert.equal(spawnSync(process.execPath, ['-e', '0']).status, 0);
  });
});
