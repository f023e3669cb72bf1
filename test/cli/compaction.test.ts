import assert from 'node:assert/strict';
import { type LoopbackServer, startServer } from '@pith/kernel/testing';
import { namedEvents } from '@pith/wire/testing';
import { afterEach, beforeEach } from 'mocha';
import { conversation, createPlace, jsonLines, type Place } from '../support/pith.ts';

const WINDOW_TOKENS = 12_000;
const BIG = 'what stands in the file\n'.repeat(200);

/** A model that reads one file after the other; it counts four characters of a request as a token. */
function answer(body: string, number: number): string {
  const { messages } = JSON.parse(body) as { messages: { content: { type: string }[] }[] };
  const isSummary = body.includes('You sum up the work');
  const block = isSummary || number % 5 === 0 ? undefined : { type: 'tool_use', id: `toolu_${number}`, name: 'read', input: {} };
  const text = isSummary ? 'SUMMED UP.' : `Step ${number} of ${messages.length}.`;
  return namedEvents(
    { type: 'message_start', message: { id: `msg_${number}`, model: 'claude-x', usage: { input_tokens: Math.ceil(body.length / 4), output_tokens: 1 } } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }, { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }, { type: 'content_block_stop', index: 0 },
    ...(block === undefined ? [] : [{ type: 'content_block_start', index: 1, content_block: block }, { type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: `{"path":"${number % 3}.txt"}` } }, { type: 'content_block_stop', index: 1 }]),
    { type: 'message_delta', delta: { stop_reason: block === undefined ? 'end_turn' : 'tool_use' }, usage: { output_tokens: 9 } }, { type: 'message_stop' },
  );
}

describe('a session in which room was made', () => {
  let place: Place;
  let server: LoopbackServer;
  const bodies: string[] = [];
  beforeEach(async () => {
    place = await createPlace();
    server = await startServer((request, response) => {
      bodies.push(request.text);
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(answer(request.text, bodies.length));
    });
    for (const number of [0, 1, 2]) await place.write(`${number}.txt`, BIG);
    await place.write('../home/pith/config/settings.json', JSON.stringify({ plugins: { compaction: { windowTokens: WINDOW_TOKENS } } }));
    Object.assign(place.env, { ANTHROPIC_API_KEY: 'sk-ant-test-0000000000', ANTHROPIC_BASE_URL: server.url });
  });
  afterEach(async () => {
    await place.remove();
    await server.close();
  });
  const run = async (...args: string[]): Promise<{ type: string; stage?: string }[]> => {
    const { code, stdout, stderr } = await place.pith(['run', '--model', 'claude-x', '--output', 'stream-json', ...args]);
    assert.equal(code, 0, stderr);
    return jsonLines(stdout) as { type: string; stage?: string }[];
  };
  /** The conversation, byte for byte, but for its end and the marks of the cache. */
  const conversationOf = (body: string): string => JSON.stringify((JSON.parse(body.replaceAll(',"cache_control":{"type":"ephemeral"}', '')) as { messages: unknown }).messages).slice(0, -1);

  it('goes on in a new process with the same bytes, and is the same when it is played again', async () => {
    const events = [...await run('THE TASK'), ...await run('--continue', 'second'), ...await run('--continue', 'third')];
    const stages = events.filter(({ type }) => type === 'compaction').map(({ stage }) => stage);
    assert.ok(stages.length > 0);
    const last = conversationOf(bodies.at(-1)!);
    const before = bodies.length;
    await run('--continue', 'fourth');

    assert.ok(conversationOf(bodies[before]!).startsWith(last));
    for (const body of bodies) assert.ok(body.includes('THE TASK'));
    const { code, stdout } = await place.pith(['replay', (JSON.parse((await place.pith(['sessions', 'list', '--json'])).stdout) as { id: string }[])[0]!.id]);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /: the same\n/);
  });

  it('goes on with a conversation file where it was, which may hold the summary, too', async () => {
    const replies = [...Array.from({ length: 40 }, (_, at) => ({ text: `Now ${at}.`, calls: [{ tool: 'read', input: { path: `${at % 3}.txt` } }] })), { text: 'That was all of it.' }];
    await place.write('c.json', conversation(...replies));
    await place.write('d.json', JSON.stringify({ v: 1, replies, purposes: { compaction: { text: 'SUMMED UP' } } }));
    for (const [file, stage, isSummed] of [['c.json', 'collapse', false], ['d.json', 'auto', true]] as const) {
      const { stdout } = await place.pith(['run', '--model', file, '--output', 'stream-json', 'THE TASK']);
      const events = jsonLines(stdout) as { type: string; stage?: string; result?: string; steps?: number }[];
      const end = events.find(({ type }) => type === 'turn-end');
      assert.deepEqual([end?.result, end?.steps], ['That was all of it.', 41]);
      assert.ok(events.some((event) => event.type === 'compaction' && event.stage === stage), file);
      assert.equal(stdout.includes('SUMMED UP'), isSummed);
    }
    const { stderr } = await place.pith(['run', '--model', 'c.json', 'THE TASK']);
    const lines = stderr.split('\n').filter((line) => line.includes('Made room'));
    assert.ok(lines.length > 0 && lines.every((line) => /^· Made room \(([a-z]+, )*[a-z]+\): [\d.]+k → [\d.]+k tokens$/.test(line)), stderr);
    assert.ok(lines.some((line) => line.includes(', collapse)')), stderr);
  });
});
