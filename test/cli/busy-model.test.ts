import assert from 'node:assert/strict';
import { type LoopbackServer } from '@pith/kernel/testing';
import { type Answer, namedEvents, startProvider } from '@pith/wire/testing';
import { afterEach, beforeEach } from 'mocha';
import { conversation, createPlace, jsonLines, type Place, type Ran } from '../support/pith.ts';

const HELLO = namedEvents(
  { type: 'message_start', message: { id: 'msg_1', model: 'claude-x', usage: { input_tokens: 3, output_tokens: 1 } } }, { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello.' } }, { type: 'content_block_stop', index: 0 }, { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } }, { type: 'message_stop' },
);
const busy = (headers: Record<string, string>): Answer => ({ status: 529, headers, body: { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } } });

describe('a model that is busy', () => {
  let place: Place;
  const servers: LoopbackServer[] = [];
  beforeEach(async () => { place = await createPlace(); });
  afterEach(async () => {
    await place.remove();
    for (const server of servers.splice(0)) await server.close();
  });
  const run = async (answers: readonly Answer[], ...args: string[]): Promise<Ran & { models: string[] }> => {
    const server = await startProvider(...answers);
    servers.push(server);
    const ran = await place.pith(['run', ...args, 'hi'], { env: { ANTHROPIC_API_KEY: 'sk-ant-test-0000000000', ANTHROPIC_BASE_URL: server.url } });
    return { ...ran, models: server.requests.map(({ body }) => (JSON.parse(body) as { model: string }).model) };
  };

  it('is asked again after the wait that it names, and the person is told', async () => {
    const { code, stdout, stderr, models } = await run([busy({ 'retry-after-ms': '10' }), HELLO], '--model', 'claude-x');

    assert.deepEqual([code, stdout, models], [0, 'Hello.\n', ['claude-x', 'claude-x']]);
    assert.match(stderr, /trying again in 0\.0 s: Anthropic is overloaded \(529\): Overloaded/);
  });

  it('gives way to the models of --fallback-model, in order', async () => {
    const no = busy({ 'x-should-retry': 'false' });
    const { code, stdout, models } = await run([no, no, HELLO], '--model', 'claude-x', '--fallback-model', 'claude-y', '--fallback-model', 'anthropic/claude-z', '--output', 'stream-json');

    assert.equal(code, 0);
    assert.deepEqual(models, ['claude-x', 'claude-y', 'claude-z']);
    const events = jsonLines(stdout) as { type: string; model?: string; code?: string }[];
    assert.deepEqual(events.flatMap(({ type, model }) => (type === 'model-end' ? [model] : [])), ['claude-z']);
    assert.deepEqual(events.flatMap((event) => (event.type === 'notice' ? [event.code] : [])), ['MODEL_FALLBACK', 'MODEL_FALLBACK']);
  });

  it('fails with exit 5 where it asks for more time than anybody waits, and says so', async () => {
    const { code, stderr, models } = await run([busy({ 'retry-after': '3600' })], '--model', 'claude-x');

    assert.deepEqual([code, models.length], [5, 1]);
    assert.match(stderr, /asks to wait 3600 s, and at most 120 s are waited/);
    assert.match(stderr, /Anthropic is overloaded \(529\): Overloaded/);
  });

  it('is not asked again where its conversation says that it fails', async () => {
    await place.write('c.json', conversation({ error: { message: 'It broke.' } }, { text: 'Too late.' }));

    const { code, stderr } = await place.pith(['run', '--model', 'c.json', 'hi']);

    assert.equal(code, 5);
    assert.doesNotMatch(stderr, /trying again/);
  });

  it('is not asked at all where a fallback model is misspelt: exit 2', async () => {
    const { code, stderr, models } = await run([HELLO], '--model', 'claude-x', '--fallback-model', 'nobodys-model');

    assert.deepEqual([code, models], [2, []]);
    assert.match(stderr, /The fallback model "nobodys-model" cannot be used: No provider serves the model "nobodys-model"/);
  });
});
