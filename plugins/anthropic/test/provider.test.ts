import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { definePlugin, type PluginDefinition, PithError, type Reply, type SessionOptions, type TurnEvent, type Vault } from '@pith/kernel';
import { allowAll, createTestKernel } from '@pith/kernel/testing';
import { ANTHROPIC_CASES, type Answer, awkwardCuts, namedEvents, startProvider } from '@pith/wire/testing';
import { imageTokens } from '../src/image-tokens.ts';
import anthropic, { type AnthropicOptions } from '../src/index.ts';

const KEY = 'sk-ant-api03-test-key';

const echo = definePlugin({
  name: 'echo',
  tools: [{ name: 'echo', description: 'Says it again.', effect: 'read', inputSchema: { type: 'object', properties: { text: { type: 'string' } } }, execute: async (input: { text: string }) => `echo: ${input.text}` }],
});

const message = { type: 'message_start', message: { id: 'msg_1', model: 'claude-test', usage: { input_tokens: 3, output_tokens: 1 } } };
const text = (index: number, said: string) => [{ type: 'content_block_start', index, content_block: { type: 'text', text: '' } }, { type: 'content_block_delta', index, delta: { type: 'text_delta', text: said } }, { type: 'content_block_stop', index }];
const tool = (index: number, id: string, json: string) => [{ type: 'content_block_start', index, content_block: { type: 'tool_use', id, name: 'echo', input: {} } }, { type: 'content_block_delta', index, delta: { type: 'input_json_delta', partial_json: json } }, { type: 'content_block_stop', index }];
const end = (reason = 'end_turn') => [{ type: 'message_delta', delta: { stop_reason: reason }, usage: { output_tokens: 5 } }, { type: 'message_stop' }];
const HELLO = namedEvents(message, ...text(0, 'Hello'), ...end());

interface Setting { env?: Record<string, string>; plugins?: readonly PluginDefinition[]; options?: (url: string) => AnthropicOptions; session?: Partial<SessionOptions>; idleTimeoutMs?: number }

/** A kernel with this provider, which talks to a server that answers so. */
async function start(answers: readonly Answer[], { env, plugins = [], options, session, idleTimeoutMs }: Setting = {}) {
  const server = await startProvider(...answers);
  const kernel = await createTestKernel({
    plugins: [anthropic, echo, allowAll, ...plugins], env: { ANTHROPIC_API_KEY: KEY, ANTHROPIC_BASE_URL: server.url, ...env },
    options: { anthropic: options?.(server.url) ?? {} }, ...(session === undefined ? {} : { session }), ...(idleTimeoutMs === undefined ? {} : { idleTimeoutMs }),
  });
  return { ...kernel, server, close: async () => { await kernel.close(); await server.close(); } };
}

/** A vault that holds this, as the plugin of that name brings it. */
const vaultWith = (held: Record<string, string>, get = async (name: string): Promise<string | undefined> => held[name]) => definePlugin({
  name: 'vault', services: { vault: () => ({ get }) as Partial<Vault> as Vault }, storedSecrets: () => Object.keys(held).map((name) => ({ name, setMs: 0, version: 1 })),
});

const replies = (events: readonly TurnEvent[]): Reply[] => events.flatMap((event) => (event.type === 'model-end' ? [event.reply] : []));

/** Resolves when the peer of a response has gone. */
function gone(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => response.once('close', resolve));
}

describe('the provider anthropic', () => {
  it('is chosen when its key is there, sends what a request needs, and shows the reply', async () => {
    const { session, events, server, close } = await start([HELLO]);

    const result = await session.runTurn({ text: 'hi' });

    assert.deepEqual([result.status, result.text, result.usage], ['done', 'Hello', { input: 3, output: 5 }]);
    assert.deepEqual(events.filter(({ type }) => type === 'text-delta').map((event) => event.type === 'text-delta' && event.text).join(''), 'Hello');
    const { method, path, headers, body } = server.requests[0]!;
    assert.deepEqual([method, path, headers.authorization, headers['x-api-key'], headers['content-type']], ['POST', '/v1/messages', `Bearer ${KEY}`, KEY, 'application/json']);
    assert.deepEqual(JSON.parse(body).messages, [{ role: 'user', content: [{ type: 'text', text: 'hi', cache_control: { type: 'ephemeral' } }] }]);
    await close();
  });

  it('runs tools and gives their results, and repeats what it sent before byte by byte', async () => {
    const { session, server, close } = await start([namedEvents(message, ...text(0, 'Let me see'), ...tool(1, 'toolu_1', '{"text":"a"}'), ...tool(2, 'toolu_2', '{"text":"b"}'), ...end('tool_use')), HELLO]);

    const result = await session.runTurn({ text: 'go' });

    assert.deepEqual([result.status, result.text, result.steps], ['done', 'Hello', 2]);
    const [first, second] = server.requests.map(({ body }) => body.replaceAll(',"cache_control":{"type":"ephemeral"}', ''));
    assert.ok(second!.startsWith(first!.slice(0, -2)));
    assert.deepEqual(JSON.parse(second!).messages.at(-1).content, [
      { type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: 'echo: a' }] }, { type: 'tool_result', tool_use_id: 'toolu_2', content: [{ type: 'text', text: 'echo: b' }] },
    ]);
    await close();
  });

  it('does not run a call whose input did not arrive whole, and tells the model', async () => {
    const { session, server, close } = await start([namedEvents(message, ...tool(0, 'toolu_1', '{"text":"a'), ...end('max_tokens')), HELLO]);

    await session.runTurn({ text: 'go' });

    const { messages } = JSON.parse(server.requests[1]!.body);
    assert.deepEqual(messages[1].content, [{ type: 'tool_use', id: 'toolu_1', name: 'echo', input: {} }]);
    assert.match(messages[2].content[0].content[0].text, /did not arrive whole/);
    assert.equal(messages[2].content[0].is_error, true);
    await close();
  });

  for (const { name, stream, reply } of ANTHROPIC_CASES) {
    it(`understands a stream with ${name}, however it is served`, async () => {
      const cuts = awkwardCuts(new TextEncoder().encode(stream));
      const { session, events, close } = await start(cuts.map(({ chunks }) => ({ chunks })));

      for (const _ of cuts) await session.runTurn({ text: 'hi' }, { maxSteps: 1 });

      for (const [index, got] of replies(events).entries()) assert.deepEqual(got, reply, cuts[index]!.name);
      await close();
    });
  }

  it('keeps what came when the connection drops, and says that it is not all', async () => {
    const { session, events, close } = await start([(_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(namedEvents(message, ...text(0, 'Hel')), () => response.destroy());
    }]);

    const result = await session.runTurn({ text: 'hi' });

    assert.deepEqual([result.status, result.error?.code, result.text], ['error', 'PROVIDER_TRUNCATED', 'Hel']);
    assert.equal(replies(events)[0]!.status, 'truncated');
    await close();
  });

  it('keeps what came before an error event, with the vendor’s own words', async () => {
    const { session, close } = await start([namedEvents(message, ...text(0, 'Hel'), { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } })]);

    const { reply, ...result } = await session.runTurn({ text: 'hi' });

    assert.deepEqual([result.status, result.exitCode, reply?.status, reply?.error, reply?.blocks], ['error', 5, 'error', { type: 'overloaded_error', message: 'Overloaded' }, [{ type: 'text', text: 'Hel' }]]);
    await close();
  });

  const ERRORS: [status: number, body: unknown, code: string][] = [
    [400, { type: 'error', error: { type: 'invalid_request_error', message: 'bad' } }, 'PROVIDER_REFUSED_REQUEST'], [401, { type: 'error', error: { type: 'authentication_error', message: `bad key ${KEY}` } }, 'PROVIDER_AUTH'],
    [403, { type: 'error', error: { type: 'permission_error', message: 'no' } }, 'PROVIDER_AUTH'], [404, { type: 'error', error: { type: 'not_found_error', message: 'model: x' } }, 'PROVIDER_NOT_FOUND'],
    [429, { type: 'error', error: { type: 'rate_limit_error', message: 'slow' } }, 'PROVIDER_RATE_LIMITED'], [500, { type: 'error', error: { type: 'api_error', message: 'oops' } }, 'PROVIDER_FAILED'],
    [529, { type: 'error', error: { type: 'overloaded_error', message: 'busy' } }, 'PROVIDER_OVERLOADED'], [502, '<html><title>Bad Gateway</title></html>', 'PROVIDER_FAILED'],
  ];
  for (const [status, body, code] of ERRORS) {
    it(`maps ${status} to ${code}, once, with request id and waiting time, and without the key`, async () => {
      const { session, events, server, close } = await start([{ status, body, headers: { 'request-id': 'req_7', 'retry-after': '3' } }]);

      const result = await session.runTurn({ text: 'hi' });

      assert.deepEqual([result.status, result.error?.code, result.exitCode, server.requests.length], ['error', code, 5, 1]);
      assert.deepEqual([result.error?.details?.['requestId'], result.error?.details?.['retryAfterS'], result.error?.details?.['status'], result.error?.plugin], ['req_7', 3, status, 'anthropic']);
      assert.equal(replies(events)[0]!.retryAfterS, 3);
      assert.ok(!JSON.stringify(events).includes(KEY));
      await close();
    });
  }

  it('keeps what a good answer says of the account’s limits, also of one that broke off, and no key', async () => {
    const headers = { 'content-type': 'text/event-stream', 'anthropic-ratelimit-requests-remaining': '49', 'anthropic-ratelimit-requests-reset': '2026-01-01T00:01:00Z', 'anthropic-ratelimit-unified-5h-status': 'allowed_warning', 'anthropic-ratelimit-unified-5h-reset': '1767229200', 'anthropic-ratelimit-key': KEY };
    const { session, events, close } = await start([
      (_, response) => void response.writeHead(200, headers).end(HELLO),
      (_, response) => void response.writeHead(200, headers).end(namedEvents(message, ...text(0, 'Hel'))),
      HELLO,
    ]);

    for (let turn = 0; turn < 3; turn++) await session.runTurn({ text: 'hi' });

    const [whole, broken, silent] = events.filter((event) => event.type === 'model-end');
    assert.deepEqual([whole?.limits?.windows, broken?.limits, silent !== undefined && 'limits' in silent], [
      { requests: { remaining: 49, resetAtMs: Date.UTC(2026, 0, 1, 0, 1) }, 'unified-5h': { status: 'allowed_warning', resetAtMs: 1_767_229_200_000 } }, whole?.limits, false,
    ]);
    assert.equal(whole?.limits?.headers['anthropic-ratelimit-unified-5h-reset'], '1767229200');
    assert.ok(!JSON.stringify(events).includes(KEY));
    await close();
  });

  it('makes room once when the vendor says that the context is too long', async () => {
    const tooLong = { status: 400, body: { type: 'error', error: { type: 'invalid_request_error', message: 'prompt is too long: 210000 tokens > 200000 maximum' } } };
    const { session, events, server, close } = await start([tooLong, HELLO]);

    const result = await session.runTurn({ text: 'hi' });

    assert.deepEqual([result.status, server.requests.length], ['done', 2]);
    assert.deepEqual(events.filter(({ type }) => type === 'context-ready').map((event) => event.type === 'context-ready' && event.reason), ['step', 'overflow']);
    await close();
  });

  it('reads no more than a part of an endless error', async () => {
    const { session, close } = await start([(_, response) => {
      response.writeHead(500, { 'content-type': 'text/plain' });
      const more = (): void => { while (!response.destroyed && response.write('x'.repeat(65_536))); };
      response.on('drain', more);
      more();
    }]);

    const result = await session.runTurn({ text: 'hi' });

    assert.equal(result.error?.code, 'PROVIDER_FAILED');
    assert.ok(result.error!.message.length < 1000);
    await close();
  });

  it('follows no redirect, so that no key goes elsewhere', async () => {
    const other = await startProvider(HELLO);
    const { session, close } = await start([{ status: 307, headers: { location: `${other.url}/v1/messages` } }]);

    const result = await session.runTurn({ text: 'hi' });

    assert.equal(result.error?.message, `Anthropic answered with a redirect to ${other.url}, which is not followed (307)`);
    assert.equal(other.requests.length, 0);
    await close();
    await other.close();
  });

  it('closes the connection when the turn is interrupted', async () => {
    let closed: Promise<void> | undefined;
    const stop = new AbortController();
    const { session, close } = await start([(_, response) => {
      closed = gone(response);
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(namedEvents(message, ...text(0, 'Hel')));
      response.write(': more to come\n\n', () => stop.abort(new Error('enough')));
    }]);

    const result = await session.runTurn({ text: 'hi' }, { signal: stop.signal });

    assert.equal(result.status, 'interrupted');
    await closed;
    await close();
  });

  for (const [when, begin] of [['before its headers', () => undefined], ['in mid-stream', (response: ServerResponse) => response.writeHead(200).write(namedEvents(message))]] as const) {
    it(`is given up, connection and all, when it is silent ${when}`, async () => {
      let closed: Promise<void> | undefined;
      const { session, close } = await start([(_, response) => {
        closed = gone(response);
        begin(response);
      }], { idleTimeoutMs: 300 });

      const result = await session.runTurn({ text: 'hi' });

      assert.deepEqual([result.error?.code, result.exitCode], ['PROVIDER_IDLE', 5]);
      await closed;
      await close();
    });
  }

  it('names the address when nothing listens there', async () => {
    const { server, session, close } = await start([HELLO]);
    await server.close();

    const result = await session.runTurn({ text: 'hi' });

    assert.deepEqual([result.error?.code, result.error?.message], ['PROVIDER_UNREACHABLE', `Anthropic cannot be reached at ${server.url}: nothing listens there`]);
    await close();
  });

  it('says which key is missing', async () => {
    const { session, close } = await start([HELLO], { env: { ANTHROPIC_API_KEY: '' }, session: { provider: 'anthropic' } });

    const result = await session.runTurn({ text: 'hi' });

    assert.deepEqual([result.error?.code, result.error?.message, result.exitCode], ['PROVIDER_KEY_MISSING', 'Provider anthropic has no API key', 2]);
    assert.match(result.error?.hint ?? '', /^Keep one with: pith auth set anthropic\. Or set ANTHROPIC_API_KEY/);
    await close();
  });

  it('is chosen by a key that is kept, and sends it; one in the environment counts before, and a header of its own, too', async () => {
    const vault = vaultWith({ anthropic: 'sk-kept' });
    const none = { ANTHROPIC_API_KEY: '' };
    const settings: Setting[] = [{ plugins: [vault], env: none }, { plugins: [vault] }, { plugins: [vault], env: none, options: () => ({ headers: { 'x-api-key': 'sk-header' } }) }, { plugins: [vault], env: { ...none, ANTHROPIC_AUTH_TOKEN: 'token' } }];
    const sent: unknown[] = [];
    for (const setting of settings) {
      const { session, server, close } = await start([HELLO], setting);
      await session.runTurn({ text: 'hi' });
      sent.push([server.requests[0]!.headers['x-api-key'], server.requests[0]!.headers.authorization]);
      await close();
    }

    assert.deepEqual(sent, [['sk-kept', 'Bearer sk-kept'], [KEY, `Bearer ${KEY}`], ['sk-header', undefined], [undefined, 'Bearer token']]);
  });

  it('says why the vault does not open, and where a kept key was refused or is none', async () => {
    const locked = vaultWith({ anthropic: '' }, () => Promise.reject(new PithError('The vault is locked', { code: 'VAULT_LOCKED', exitCode: 2, hint: 'Open it.' })));
    const told: unknown[] = [];
    for (const vault of [locked, vaultWith({ anthropic: 'sk kept' }), vaultWith({ anthropic: 'sk-kept' })]) {
      const { session, close } = await start([{ status: 401, body: { type: 'error', error: { type: 'authentication_error', message: 'invalid x-api-key' } } }], { plugins: [vault], env: { ANTHROPIC_API_KEY: '' } });
      const { error } = await session.runTurn({ text: 'hi' });
      told.push([error?.code, error?.hint]);
      await close();
    }

    assert.deepEqual(told, [
      ['VAULT_LOCKED', 'Open it.'], ['PROVIDER_KEY_INVALID', 'Set it anew; perhaps a quote or a line too much was copied.'],
      ['PROVIDER_AUTH', 'Check the key in the vault (pith auth set anthropic).'],
    ]);
  });

  it('takes a token, headers of one’s own, betas and an address from options', async () => {
    const { session, server, close } = await start([HELLO], {
      env: { ANTHROPIC_API_KEY: '', ANTHROPIC_AUTH_TOKEN: 'token-1', ANTHROPIC_BASE_URL: 'http://127.0.0.1:1' },
      options: (url) => ({ baseUrl: `${url}/gateway/v1/`, headers: { 'X-Team': 'blue', 'anthropic-beta': 'a-1' }, defaultModel: 'claude-mine', maxOutputTokens: 77, cache: false }),
      session: { modelOptions: { headers: { 'anthropic-beta': 'b-2', 'x-once': 'y' }, temperature: 0.5 } },
    });

    const result = await session.runTurn({ text: 'hi' });

    assert.equal(result.status, 'done');
    const { path, headers, body } = server.requests[0]!;
    assert.deepEqual([path, headers.authorization, headers['x-api-key'], headers['x-team'], headers['x-once'], headers['anthropic-beta'], headers['anthropic-version']], ['/gateway/v1/messages', 'Bearer token-1', undefined, 'blue', 'y', 'a-1,b-2', '2023-06-01']);
    assert.deepEqual([JSON.parse(body).model, JSON.parse(body).max_tokens, body.includes('cache_control')], ['claude-mine', 77, false]);
    await close();
  });

  it('tells the model its task budget, with the beta feature that it takes', async () => {
    const { session, server, close } = await start([HELLO], { options: () => ({ headers: { 'anthropic-beta': 'a-1' } }), session: { modelOptions: { taskBudgetTokens: 64_000, effort: 'high' } } });

    const result = await session.runTurn({ text: 'hi' });

    assert.equal(result.status, 'done');
    const { headers, body } = server.requests[0]!;
    assert.deepEqual([headers['anthropic-beta'], JSON.parse(body).output_config], ['a-1,task-budgets-2026-03-13', { effort: 'high', task_budget: { type: 'tokens', total: 64_000 } }]);
    await close();
  });

  it('names a beta feature once, whoever asks for it', async () => {
    const { session, server, close } = await start([HELLO], { session: { modelOptions: { taskBudgetTokens: 64_000, headers: { 'anthropic-beta': 'b-2, task-budgets-2026-03-13' } } } });

    await session.runTurn({ text: 'hi' });

    assert.equal(server.requests[0]!.headers['anthropic-beta'], 'b-2,task-budgets-2026-03-13');
    await close();
  });

  it('lets a header bring the key', async () => {
    const { session, server, close } = await start([HELLO], { env: { ANTHROPIC_API_KEY: '' }, options: () => ({ headers: { 'x-api-key': 'in-a-header' } }) });

    const result = await session.runTurn({ text: 'hi' });

    assert.equal(result.status, 'done');
    assert.deepEqual([server.requests[0]!.headers.authorization, server.requests[0]!.headers['x-api-key']], [undefined, 'in-a-header']);
    await close();
  });

  it('counts images by their size, as the vendor makes them smaller', () => {
    assert.deepEqual([[200, 200], [1000, 1000], [3000, 1500], [8000, 8000], [1, 9000]].map(([width, height]) => imageTokens({ width: width!, height: height! })), [54, 1334, 1568, 1568, 3]);
  });

  it('counts a request where the vendor does, with key and headers, and sends none of what only a reply needs', async () => {
    const { kernel, folder, server, close } = await start([{ status: 200, body: { input_tokens: 4711 } }], { options: (baseUrl) => ({ baseUrl, headers: { 'x-own': 'mine' } }) });
    const session = kernel.openSession({ cwd: folder, preview: true, model: 'claude-haiku-5-5', modelOptions: { temperature: 0.5, maxOutputTokens: 5, toolChoice: 'auto' } });

    const { counted } = await session.assemble({ text: 'hi' }, { count: true });

    assert.equal(counted, 4711);
    assert.equal(server.requests.length, 1);
    const { path, headers, body } = server.requests[0]!;
    assert.deepEqual([path, headers['x-api-key'], headers['x-own']], ['/v1/messages/count_tokens', KEY, 'mine']);
    assert.deepEqual(Object.keys(JSON.parse(body)).sort(), ['messages', 'model', 'tool_choice', 'tools']);
    await close();
  });

  it('says what went wrong where it cannot be counted, without the key', async () => {
    for (const [answer, code] of [[{ status: 401, body: { type: 'error', error: { type: 'authentication_error', message: `bad key ${KEY}` } } }, 'PROVIDER_AUTH'], [{ status: 200, body: 'hello' }, 'PROVIDER_PROTOCOL'], [{ status: 200, body: { input_tokens: -1 } }, 'PROVIDER_PROTOCOL'], [{ status: 200, body: { filler: 'x'.repeat(100_000), input_tokens: 1 } }, 'PROVIDER_PROTOCOL']] as const) {
      const { kernel, folder, close } = await start([answer]);
      const session = kernel.openSession({ cwd: folder, preview: true });
      await assert.rejects(session.assemble({ text: 'hi' }, { count: true }), (error: unknown) => error instanceof PithError && error.code === code && !JSON.stringify([error.message, error.details]).includes(KEY));
      await close();
    }
  });

  it('sends no breakpoint where caching is switched off, whoever has set some', async () => {
    const marks = definePlugin({ name: 'marks', setup({ hooks }) { hooks.context.tap('marks', (request) => ({ ...request, messages: request.messages.map((each) => ({ ...each, content: each.content.map((block) => ({ ...block, cache: true })) })) })); } });
    const bodies = await Promise.all([true, false].map(async (cache) => {
      const { session, server, close } = await start([HELLO], { plugins: [marks], options: (baseUrl) => ({ baseUrl, cache }) });
      await session.runTurn({ text: 'hi' });
      await close();
      return server.requests[0]!.body;
    }));
    assert.deepEqual(bodies.map((body) => body.includes('cache_control')), [true, false]);
  });
});
