import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT } from '@pith/kernel';
import { type LoopbackServer, startServer } from '@pith/kernel/testing';
import { conversation, createPlace, jsonLines, type Place } from '../support/pith.ts';

describe('instructions of a project', () => {
  let place: Place;
  beforeEach(async () => {
    place = await createPlace({ isWarm: true });
    await place.write('AGENTS.md', 'Use tabs. @docs/style.md @~/mine.md');
    await place.write('docs/style.md', 'Be brief.');
    await place.write('../home/mine.md', 'Mine.');
    await place.write('sub/AGENTS.md', 'In sub.');
    await place.write('sub/a.txt', 'one\n');
    await place.write('sub/b.txt', 'two\n');
  });
  afterEach(() => place.remove());

  const sections = async (...args: string[]): Promise<string[]> => {
    const { stdout, stderr, code } = await place.pith(['run', '--output', 'stream-json', ...args, 'go']);
    assert.equal(code, EXIT.ok, stderr);
    return jsonLines(stdout).flatMap((event) => (event['type'] === 'context-ready' && event['step'] === 1 ? (event['sections'] as { id: string }[]).map(({ id }) => id) : []));
  };

  it('reach out of it once a person has trusted them, and until a byte of them changes; a rule of the person’s holds for what they import', async () => {
    const own = ['identity', 'instructions', 'instructions:AGENTS.md'];
    assert.deepEqual(await sections(), [...own, 'instructions:docs/style.md']);
    const trusted = await place.pith(['trust', '--yes']);
    assert.match(trusted.stdout, /AGENTS\.md\n +Use tabs\. @docs\/style\.md @~\/mine\.md\n/);
    assert.deepEqual(await sections(), [...own, 'instructions:docs/style.md', 'instructions:~/mine.md']);
    assert.deepEqual(await sections('--deny', 'Read(docs/**)', '--deny', 'Read(~/mine.md)'), own);
    await place.write('AGENTS.md', 'Use spaces. @docs/style.md @~/mine.md');
    assert.deepEqual(await sections(), [...own, 'instructions:docs/style.md']);
  });

  it('are the same bytes in a session that is continued, and a replay needs none of the files', async () => {
    const server = await startProvider();
    try {
      const env = { PITH_LOCAL_BASE_URL: `${server.url}/v1` };
      for (const args of [['hello'], ['--continue', 'and now']]) assert.equal((await place.pith(['run', '--provider', 'local', '--model', 'm', ...args], { env })).code, EXIT.ok);
      const [first, second] = server.requests.filter(({ body }) => body.includes('messages')).map(({ body }) => (JSON.parse(body) as { messages: unknown[] }).messages);
      assert.ok(JSON.stringify(first).includes('Use tabs.') && !JSON.stringify(first).includes('label'));
      assert.deepEqual(second!.slice(0, first!.length), first);
      assert.equal(second!.length, first!.length + 2);
    } finally {
      await server.close();
    }
  });

  it('are recorded with the session, those of a folder and the state of git as well', async () => {
    await place.write('c.json', conversation({ calls: ['sub/a.txt', 'sub/b.txt', 'docs/style.md', 'sub/gone.txt'].map((path) => ({ tool: 'read', input: { path } })) }, { text: 'Done.' }));
    const { stderr, code } = await place.pith(['run', '--model', 'c.json', 'go']);
    assert.equal(code, EXIT.ok, stderr);
    for (const file of ['AGENTS.md', 'docs', 'sub', 'c.json']) await rm(join(place.folder, file), { recursive: true });
    const { id } = (JSON.parse((await place.pith(['sessions', 'list', '--json'])).stdout) as { id: string }[])[0]!;
    const replayed = await place.pith(['replay', id, '--json'], { env: { SHELL: '/bin/other', TZ: 'Asia/Tokyo' } });
    assert.equal((JSON.parse(replayed.stdout) as { same: boolean }).same, true, replayed.stdout.slice(0, 2000));
  });
});

/** A provider that says the same to everything. */
function startProvider(): Promise<LoopbackServer> {
  return startServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const data of [{ choices: [{ index: 0, delta: { role: 'assistant', content: 'Yes.' } }] }, { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage: { prompt_tokens: 3, completion_tokens: 2 } }]) response.write(`data: ${JSON.stringify({ id: 'r', model: 'm', object: 'chat.completion.chunk', ...data })}\n\n`);
    response.end('data: [DONE]\n\n');
  });
}
