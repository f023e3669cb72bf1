import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, estimateText, type Pricing, type TurnEvent, type Usage } from '@pith/kernel';
import { type LoopbackServer, startServer } from '@pith/kernel/testing';
import { type CacheReport, reportCache } from '../../src/host/context/cache-report.ts';
import type { ContextFacts } from '../../src/host/context/context-facts.ts';
import { formatCache } from '../../src/host/context/format-cache.ts';
import { formatContext } from '../../src/host/context/format-context.ts';
import { readRecord } from '../../src/host/context/session-record.ts';
import { createPlace, type Place } from '../support/pith.ts';

/** Speaks Anthropic Messages, with a cache that finds what was sent before, and counts 1.3 tokens where the estimate has one. */
function startAnthropic() {
  let before = 0;
  return startServer((request, response) => {
    const { messages, system, tools } = JSON.parse(request.text) as { messages: { role: string }[]; system: unknown; tools: unknown };
    const tokens = Math.round(1.3 * estimateText(JSON.stringify({ messages, system, tools }).replaceAll(',"cache_control":{"type":"ephemeral"}', '')));
    if (request.url!.endsWith('/count_tokens')) return void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ input_tokens: tokens }));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const send = (type: string, data: object): void => { response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`); };
    send('message_start', { message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-haiku-5-5', content: [], usage: { input_tokens: tokens - before, cache_read_input_tokens: before, cache_creation_input_tokens: 0, output_tokens: 1 } } });
    before = tokens;
    const block = messages.at(-1)!.role === 'user' && messages.length < 3 ? { type: 'tool_use', id: `toolu_${messages.length}`, name: 'list', input: {} } : { type: 'text', text: 'Done.' };
    send('content_block_start', { index: 0, content_block: block });
    send('content_block_stop', { index: 0 });
    send('message_delta', { delta: { stop_reason: block.type === 'tool_use' ? 'tool_use' : 'end_turn' }, usage: { output_tokens: 2 } });
    send('message_stop', {});
    response.end();
  });
}

describe('pith context', () => {
  let place: Place;
  const servers: LoopbackServer[] = [];
  before(async () => { place = await createPlace({ isWarm: true }); });
  after(async () => {
    await place.remove();
    for (const server of servers) await server.close();
  });
  const anthropic = async () => {
    const server = await startAnthropic();
    servers.push(server);
    return { server, env: { ANTHROPIC_API_KEY: 'sk-ant-test-0000000000', ANTHROPIC_BASE_URL: server.url } };
  };
  const sessions = (): string[] => { const folder = join(place.env['PITH_HOME']!, 'data', 'sessions'); return existsSync(folder) ? readdirSync(folder) : []; };

  it('says what a prompt would send, part by part; nothing is sent, run or kept', async () => {
    const { server, env } = await anthropic();

    const { code, stdout, stderr } = await place.pith(['context', '--json', '!touch ran.txt'], { env });

    assert.equal(code, EXIT.ok, stderr);
    const facts = JSON.parse(stdout) as ContextFacts;
    assert.deepEqual([facts.session, facts.provider], [null, 'anthropic']);
    assert.ok(facts.parts.some((part) => part.in === 'system' && part.name === 'identity' && part.owner === 'context' && part.stability === 'stable'));
    assert.ok(facts.parts.some((part) => part.in === 'tools' && part.owner === 'tools' && part.count > 5));
    assert.ok(facts.parts.some((part) => part.in === 'messages' && part.name === 'typed' && part.tokens > 0));
    assert.ok(Math.abs(facts.parts.reduce((sum, { share }) => sum + share, 0) - 1) < 0.02);
    assert.ok(Math.abs(facts.parts.reduce((sum, { tokens }) => sum + tokens, 0) - facts.tokens) <= facts.parts.length + facts.tokens * 0.02);
    assert.deepEqual(facts.error, { share: 0.2, from: 'samples', replies: 0, rawShare: null });
    assert.ok(facts.costMicroUsd! > 0 && facts.windowTokens! >= 200_000);
    assert.match(facts.remarks[0]!, /^!touch is not run here/);
    assert.deepEqual([server.requests.length, sessions(), existsSync(join(place.folder, 'ran.txt'))], [0, [], false]);
  });

  it('tells of a session how far estimates were off, what the provider counts, and how its cache was used', async () => {
    const { server, env } = await anthropic();
    const { code, stderr } = await place.pith(['run', '--model', 'claude-haiku-5-5', 'look around'], { env });
    assert.equal(code, EXIT.ok, stderr);

    const facts = JSON.parse((await place.pith(['context', '--continue', '--count', '--json', 'and now?'], { env })).stdout) as ContextFacts;
    const { stdout } = await place.pith(['context', '--cache', '--json'], { env });

    assert.deepEqual([facts.model, facts.error.from, facts.error.replies], ['claude-haiku-5-5', 'session', 1]);
    assert.ok(Math.abs(facts.tokens / facts.counted! - 1) < 0.1, `${facts.tokens} of ${facts.counted}`);
    assert.ok(facts.parts.some(({ name }) => name === 'results of list'));
    assert.equal(server.requests.length, 3);
    const cache = JSON.parse(stdout) as CacheReport;
    assert.deepEqual(cache.requests.map(({ number, readTokens }) => [number, readTokens > 0]), [[1, false], [2, true]]);
    assert.ok(cache.hitShare! > 0.3 && cache.savedMicroUsd! > 0 && cache.breaks === 0);
  });

  it('goes by the window that counts for making room: as the options have it, or a usual one where nobody knows it', async () => {
    const settings = '../home/pith/config/settings.json';
    const look = async (): Promise<ContextFacts> => JSON.parse((await place.pith(['context', '--json'])).stdout) as ContextFacts;
    const [usual] = [await look(), await place.write(settings, JSON.stringify({ plugins: { compaction: { windowTokens: 12_000, threshold: 0.5 } } }))];

    const set = await look();
    const { stdout } = await place.pith(['context']);

    await place.write(settings, '{}');
    assert.deepEqual([usual.windowTokens, usual.thresholdTokens], [null, 140_000]);
    assert.deepEqual([set.windowTokens, set.thresholdTokens], [12_000, 6000]);
    assert.match(stdout.replaceAll(/\s+/g, ' '), /% of a window of 12000; above 6000 room is made/);
  });

  it('says in one line what is wrong: a session that is not there, a provider that does not count', async () => {
    const gone = await place.pith(['context', '--resume', 'ffffffff']);
    assert.deepEqual([gone.code, /SESSION_NOT_FOUND|no session/i.test(gone.stderr)], [EXIT.usage, true], gone.stderr);
    const keyless = await place.pith(['context', '--count', '--provider', 'anthropic']);
    assert.equal(keyless.code, EXIT.usage);
    assert.match(keyless.stdout, /The provider did not count it \(PROVIDER_KEY_MISSING\)/);
  });
});

const stamp = { seq: 0, sessionId: 's', turnId: 't', runId: 't' };
const prices: Pricing = { costMicroUsd: ({ usage: { input, output, cacheRead = 0, cacheWrite = 0 } }) => input * 10 + output * 50 + cacheRead + cacheWrite * 12 };

/** Events of a session with these usages; what was changed before one stands with it. */
function* recorded(requests: readonly { usage: Usage | null; changed?: [by: string, change: string]; atMs?: number; parentRunId?: string }[]): Generator<TurnEvent> {
  yield { type: 'session-start', v: 1, cwd: '/', model: 'm', provider: 'p', mode: 'default', resumed: false, history: 0, kernel: '0', atMs: 0, ...stamp };
  for (const [index, { usage, changed, atMs = index * 1000, parentRunId }] of requests.entries()) {
    const at = { ...stamp, atMs, ...(parentRunId === undefined ? {} : { parentRunId, runId: `run-${index}` }) };
    yield { type: 'context-ready', step: index + 1, reason: 'step', tokens: { system: 10, tools: 10, messages: 100 }, sections: [], dropped: [], prefix: { hash: '', messages: 0, kept: changed === undefined, ...(changed === undefined ? {} : { changedBy: changed[0], change: changed[1] }) }, ...at };
    yield { type: 'model-end', step: index + 1, attemptId: '', purpose: 'turn', provider: 'p', model: 'm', usage, costMicroUsd: 1, durationMs: 1, firstEventMs: 1, reply: { status: 'complete', id: null, model: null, stop: null, blocks: [], usage }, ...at };
  }
}
const report = async (...requests: Parameters<typeof recorded>[0][number][]): Promise<CacheReport> => reportCache('3f2a91c0', await readRecord(recorded(requests)), prices);

describe('the report of the prompt cache', () => {
  it('has the share of each request, the sum, what was saved, and whoever changed what had been sent', async () => {
    const { requests, hitShare, savedMicroUsd, breaks, subTurnRequests } = await report(
      { usage: { input: 100, output: 1, cacheWrite: 4900 } }, { usage: { input: 100, output: 1, cacheRead: 5000 } },
      { usage: { input: 5200, output: 1 }, changed: ['clock', 'section time says something else'] }, { usage: { input: 9, output: 1 }, parentRunId: 't' },
    );
    assert.deepEqual(requests.map(({ share }) => Number(share!.toFixed(2))), [0, 0.98, 0]);
    assert.deepEqual([Number(hitShare!.toFixed(3)), breaks, subTurnRequests], [0.327, 1, 1]);
    assert.deepEqual([requests[2]!.changedBy, requests[2]!.change], ['clock', 'section time says something else']);
    assert.equal(savedMicroUsd, 5000 * 9 - 4900 * 2);
  });

  it('tells what ran out from what was lost, and says so of none but those', async () => {
    const usage = { input: 5000, output: 1, cacheWrite: 1 };
    const { requests } = await report({ usage }, { usage, atMs: 1000 }, { usage, atMs: 1_000_000 }, { usage: { input: 10, output: 1, cacheRead: 5000 }, atMs: 1_000_100 });
    assert.deepEqual(requests.map(({ note }) => note), ['the first: there was nothing to find', 'the prompt was the same, and the vendor did not find it', '17 min after the one before: what was kept had run out', undefined]);
  });

  it('says what would be needed where nothing came from a cache', async () => {
    const advice = async (...usages: (Usage | null)[]): Promise<string | undefined> => (await report(...usages.map((usage) => ({ usage })))).advice;
    assert.match((await advice(null))!, /No request of this session/);
    assert.match((await advice({ input: 9, output: 1 }, { input: 9, output: 1 }))!, /says nothing of a cache/);
    assert.match((await advice({ input: 9, output: 1, cacheWrite: 1 }))!, /There was one request/);
    assert.match((await advice({ input: 9, output: 1, cacheWrite: 1 }, { input: 9, output: 1 }))!, /shorter than 1024/);
    assert.match((await advice({ input: 5000, output: 1, cacheRead: 0 }, { input: 5000, output: 1 }))!, /option cache of plugin anthropic/);
    assert.equal(await advice({ input: 9, output: 1, cacheWrite: 5000 }, { input: 9, output: 1, cacheRead: 5000 }), undefined);
  });

  it('fits narrow and wide screens, and shows of a long session the last requests and the remarkable ones', async () => {
    const long = await report(...Array.from({ length: 400 }, (_, index) => ({ usage: { input: 100, output: 1, cacheRead: 5000 }, ...(index % 90 === 40 ? { changed: ['a-plugin', 'section time says something else'] as [string, string] } : {}) })));
    for (const width of [40, 80]) {
      const text = formatCache(long, width);
      assert.ok(text.split('\n').every((line) => line.length <= width), text);
      assert.equal(text.match(/a-plugin/g)!.length, 4);
      assert.match(text, /left out; --json/);
    }
  });
});

describe('the picture of a prompt', () => {
  it('fits narrow and wide screens, shows no control characters, and what went', () => {
    const part = (name: string, more: Partial<ContextFacts['parts'][number]> = {}) => ({ in: 'messages' as const, name, owner: null, count: 3, tokens: 12_345, share: 0.01, costMicroUsd: 24_690, ...more });
    const facts: ContextFacts = {
      session: '3f2a91c0-1111', provider: 'anthropic', model: 'claude-sonnet-5-5', tokens: 150_000, error: { share: 0.021, from: 'session', replies: 12, rawShare: 0.14 }, counted: 149_000, windowTokens: 200_000, thresholdTokens: 140_000, costMicroUsd: 300_000, messages: 900,
      parts: [part('AGENTS.md', { in: 'system', owner: 'context', stability: 'volatile' }), part('read write', { in: 'tools', owner: 'tools' }), ...Array.from({ length: 40 }, (_, index) => part(`@src/a-long-path/of/file-${index}.ts\u001b[2J`, { owner: 'input' }))],
      dropped: [{ atMs: 0, plugin: 'compaction', what: 'snip', tokensBefore: 160_000, tokensAfter: 90_000, dropped: Array.from({ length: 9 }, (_, index) => `result of read src/${index}.ts`) }, { atMs: 0, plugin: 'input', what: 'clear', tokensBefore: null, tokensAfter: null, dropped: ['12 messages became 1'] }],
      remarks: ['!ls is not run here; the prompt is shown as if it were plain text.'], sections: [{ id: 'AGENTS.md', owner: 'context', text: 'Be kind.\n'.repeat(3) }],
    };
    for (const width of [40, 80]) {
      const text = formatContext(facts, width);
      assert.ok(text.split('\n').every((line) => line.length <= width), text);
      assert.ok(!text.includes('\u001b'));
      for (const part of [/± 2.1 %/, /counts 149000 tokens/, /75 %\s+of\s+a\s+window/, /compaction, snip:/, /input, clear:/, /and 3 more/, /21 more kinds|22 more kinds/, /Be kind/]) assert.match(text.replaceAll('\n', ' '), part);
    }
  });
});
