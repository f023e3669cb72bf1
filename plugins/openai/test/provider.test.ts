import assert from 'node:assert/strict';
import { definePlugin, type ModelEvent, type PluginDefinition, type Reply, type SessionOptions, type TurnEvent, type Vault } from '@pith/kernel';
import { allowAll, createTestKernel } from '@pith/kernel/testing';
import { type Answer, awkwardCuts, CHAT_CASES, dataEvents, namedEvents, RESPONSES_CASES, startProvider, type StreamCase } from '@pith/wire/testing';
import { imageTokens } from '../src/image-tokens.ts';
import openai, { type OpenAiOptions } from '../src/index.ts';

const KEY = 'sk-proj-test-key-1';

const echo = definePlugin({
  name: 'echo',
  tools: [{ name: 'echo', description: 'Says it again.', effect: 'read', inputSchema: { type: 'object', properties: { text: { type: 'string' } } }, execute: async (input: { text: string }) => `echo: ${input.text}` }],
});

interface Setting { env?: (url: string) => Record<string, string>; options?: OpenAiOptions | ((url: string) => OpenAiOptions); plugins?: readonly PluginDefinition[]; session?: Partial<SessionOptions> }

/** A kernel with this plugin, whose provider `openai` talks to a server that answers so. */
async function start(answers: readonly Answer[], { env, options = {}, plugins = [], session }: Setting = {}) {
  const server = await startProvider(...answers);
  const ends: Extract<ModelEvent, { type: 'end' }>[] = [];
  const watch = definePlugin({
    name: 'watch',
    setup({ hooks }) {
      hooks.model.tap('watch', (next) => async function* (request, turn) {
        for await (const event of next(request, turn)) {
          if (event.type === 'end') ends.push(event);
          yield event;
        }
      });
    },
  });
  const kernel = await createTestKernel({
    plugins: [openai, echo, allowAll, watch, ...plugins], env: env?.(server.url) ?? { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: `${server.url}/v1` },
    options: { openai: typeof options === 'function' ? options(server.url) : options }, ...(session === undefined ? {} : { session }),
  });
  return { ...kernel, server, ends, close: async () => { await kernel.close(); await server.close(); } };
}

const chunk = (delta: object, finish: string | null = null) => ({ id: 'chatcmpl-1', model: 'gpt-test', choices: [{ index: 0, delta, finish_reason: finish }] });
const HELLO = dataEvents(chunk({ content: 'Hello' }), chunk({}, 'stop'), { id: 'chatcmpl-1', model: 'gpt-test', choices: [], usage: { prompt_tokens: 10, completion_tokens: 5 } }, '[DONE]');
const call = (index: number, id: string, json: string) => chunk({ tool_calls: [{ index, id, type: 'function', function: { name: 'echo', arguments: json } }] });

const message = (text: string) => ({ id: 'msg_1', type: 'message', role: 'assistant', status: 'completed', content: [{ type: 'output_text', text, annotations: [] }] });
const completed = (...output: object[]) => namedEvents({ type: 'response.completed', response: { id: 'resp_1', model: 'gpt-test', status: 'completed', output, usage: { input_tokens: 10, output_tokens: 5 } } });

/** Of the test kernel's clock, which stands still. */
const NOW = Date.UTC(2026, 0, 1);
const limitsOf = (events: readonly TurnEvent[]): unknown[] => events.flatMap((event) => (event.type === 'model-end' ? [event.limits] : []));
const replies = (events: readonly TurnEvent[]): Reply[] => events.flatMap((event) => (event.type === 'model-end' ? [event.reply] : []));

describe('the provider openai', () => {
  it('is chosen when its key is there, and asks a server that is not OpenAI by Chat Completions', async () => {
    const { session, server, close } = await start([HELLO]);

    const result = await session.runTurn({ text: 'hi' });

    assert.deepEqual([result.status, result.text, result.usage], ['done', 'Hello', { input: 10, output: 5 }]);
    const { method, path, headers, body } = server.requests[0]!;
    assert.deepEqual([method, path, headers.authorization, headers['content-type']], ['POST', '/v1/chat/completions', `Bearer ${KEY}`, 'application/json']);
    assert.deepEqual(JSON.parse(body).messages, [{ role: 'user', content: 'hi' }]);
    await close();
  });

  it('runs tools by Chat Completions and repeats what it sent before byte by byte', async () => {
    const { session, server, close } = await start([dataEvents(chunk({ content: 'Let me see' }), call(0, 'call_1', '{"text":"a"}'), call(1, 'call_2', '{"text":"b"}'), chunk({}, 'tool_calls'), '[DONE]'), HELLO]);

    const result = await session.runTurn({ text: 'go' });

    assert.deepEqual([result.status, result.steps], ['done', 2]);
    const [first, second] = server.requests.map(({ body }) => body);
    assert.ok(second!.startsWith(first!.slice(0, -2)));
    assert.deepEqual(JSON.parse(second!).messages.slice(2), [{ role: 'tool', tool_call_id: 'call_1', content: 'echo: a' }, { role: 'tool', tool_call_id: 'call_2', content: 'echo: b' }]);
    await close();
  });

  it('runs tools by Responses, sends reasoning back as it came, and repeats what it sent before byte by byte', async () => {
    const reasoning = { id: 'rs_1', type: 'reasoning', summary: [], encrypted_content: 'gAAA' };
    const { session, server, close } = await start([completed(reasoning, { id: 'fc_1', type: 'function_call', status: 'completed', call_id: 'call_1', name: 'echo', arguments: '{"text":"a"}' }), completed(message('Hello'))], { options: { api: 'responses' } });

    const result = await session.runTurn({ text: 'go' });

    assert.deepEqual([result.status, result.text, server.requests.map(({ path }) => path)], ['done', 'Hello', ['/v1/responses', '/v1/responses']]);
    const [first, second] = server.requests.map(({ body }) => body);
    assert.ok(second!.startsWith(first!.slice(0, -2)));
    assert.deepEqual(JSON.parse(second!).input.slice(1), [reasoning, { type: 'function_call', call_id: 'call_1', name: 'echo', arguments: '{"text":"a"}' }, { type: 'function_call_output', call_id: 'call_1', output: 'echo: a' }]);
    await close();
  });

  it('finds out by itself that a server has only the newer API, and remembers it', async () => {
    const { session, server, close } = await start([{ status: 404, body: 'Cannot POST' }, completed(message('Hello')), completed(message('again'))]);

    const results = [await session.runTurn({ text: 'hi' }), await session.runTurn({ text: 'hi' })];

    assert.deepEqual(results.map(({ text }) => text), ['Hello', 'again']);
    assert.deepEqual(server.requests.map(({ path }) => path), ['/v1/chat/completions', '/v1/responses', '/v1/responses']);
    await close();
  });

  it('says the first answer where neither API is there, and asks once where the model is not', async () => {
    const neither = await start([{ status: 404, body: { error: { message: 'no such route' } } }]);
    const unknown = await start([{ status: 404, body: { error: { message: 'The model `gpt-x` does not exist', type: 'invalid_request_error', code: 'model_not_found' } } }]);

    const results = [await neither.session.runTurn({ text: 'hi' }), await unknown.session.runTurn({ text: 'hi' })];

    assert.deepEqual(results.map(({ error }) => error?.message), ['OpenAI knows no such model or address (404): no such route', 'OpenAI knows no such model or address (404): The model `gpt-x` does not exist']);
    assert.deepEqual([neither.server.requests.length, unknown.server.requests.length], [2, 1]);
    await neither.close();
    await unknown.close();
  });

  it('says what the newer API answers where only that one is there', async () => {
    const { session, server, close } = await start([{ status: 404, body: 'Cannot POST' }, { status: 429, body: { error: { message: 'slow', type: 'tokens' } } }]);

    const { error } = await session.runTurn({ text: 'hi' });

    assert.deepEqual([error?.code, server.requests.length], ['PROVIDER_RATE_LIMITED', 2]);
    await close();
  });

  const FORMATS: [api: 'chat' | 'responses', cases: readonly StreamCase[]][] = [['chat', CHAT_CASES], ['responses', RESPONSES_CASES]];
  for (const [api, cases] of FORMATS) {
    for (const { name, stream, reply } of cases) {
      it(`understands, by ${api}, a stream with ${name}, however it is served`, async () => {
        const cuts = awkwardCuts(new TextEncoder().encode(stream));
        const { session, ends, close } = await start(cuts.map(({ chunks }) => ({ chunks })), { options: { api } });

        for (const _ of cuts) await session.runTurn({ text: 'hi' }, { maxSteps: 1 });

        assert.equal(ends.length, cuts.length);
        for (const [index, end] of ends.entries()) assert.deepEqual(plain(end.reply), plain(reply), cuts[index]!.name);
        await close();
      });
    }
  }

  const ERRORS: [status: number, body: unknown, code: string][] = [
    [400, { error: { message: 'bad', type: 'invalid_request_error', code: null } }, 'PROVIDER_REFUSED_REQUEST'], [401, { error: { message: `Incorrect API key provided: ${KEY}`, type: 'invalid_request_error', code: 'invalid_api_key' } }, 'PROVIDER_AUTH'],
    [403, { error: { message: 'no', type: 'permission' } }, 'PROVIDER_AUTH'], [413, { error: { message: 'too big' } }, 'CONTEXT_TOO_LONG'],
    [429, { error: { message: 'slow', type: 'tokens', code: 'rate_limit_exceeded' } }, 'PROVIDER_RATE_LIMITED'], [429, { error: { message: 'quota', type: 'insufficient_quota', code: 'insufficient_quota' } }, 'PROVIDER_QUOTA'],
    [400, { error: { message: 'This model\'s maximum context length is 8192 tokens.', code: 'context_length_exceeded' } }, 'CONTEXT_TOO_LONG'],
    [500, { error: { message: 'oops', type: 'server_error' } }, 'PROVIDER_FAILED'], [529, { error: 'overloaded' }, 'PROVIDER_OVERLOADED'], [502, '<html><title>Bad Gateway</title></html>', 'PROVIDER_FAILED'],
  ];
  for (const [status, body, code] of ERRORS) {
    it(`maps ${status} to ${code}, with request id and waiting time, and without the key`, async () => {
      const { session, events, close } = await start([{ status, body, headers: { 'x-request-id': 'req_7', 'retry-after': '3', 'x-ratelimit-remaining-tokens': '0' } }], { options: { api: 'chat' } });

      const { error, exitCode } = await session.runTurn({ text: 'hi' });

      assert.deepEqual([error?.code, exitCode, error?.details?.['requestId'], error?.details?.['retryAfterS'], error?.plugin], [code, 5, 'req_7', 3, 'openai']);
      assert.deepEqual(error?.details?.['limits'], { retryAtMs: NOW + 3000, windows: { tokens: { remaining: 0 } }, headers: { 'retry-after': '3', 'x-ratelimit-remaining-tokens': '0' } });
      assert.deepEqual(limitsOf(events).at(-1), error?.details?.['limits']);
      assert.equal(replies(events)[0]!.retryAfterS, 3);
      assert.ok(!JSON.stringify(events).includes(KEY));
      await close();
    });
  }

  for (const api of ['chat', 'responses'] as const) {
    it(`keeps what a good answer by ${api} says of the account's limits`, async () => {
      const headers = { 'content-type': 'text/event-stream', 'x-ratelimit-limit-requests': '5000', 'x-ratelimit-remaining-requests': '4999', 'x-ratelimit-reset-requests': '12ms', 'x-ratelimit-remaining-tokens': '70', 'x-ratelimit-reset-tokens': '6m0.5s', 'set-cookie': 'a=b' };
      const { session, events, close } = await start([(_, response) => void response.writeHead(200, headers).end(api === 'chat' ? HELLO : completed(message('Hello')))], { options: { api } });

      const { text } = await session.runTurn({ text: 'hi' });

      const { 'content-type': _type, 'set-cookie': _cookie, ...kept } = headers;
      assert.equal(text, 'Hello');
      assert.deepEqual(limitsOf(events), [{ windows: { requests: { limit: 5000, remaining: 4999, resetAtMs: NOW + 12 }, tokens: { remaining: 70, resetAtMs: NOW + 360_500 } }, headers: kept }]);
      await close();
    });
  }

  it('says which key is missing', async () => {
    const { session, close } = await start([HELLO], { env: () => ({}), session: { provider: 'openai' } });

    const { error, exitCode } = await session.runTurn({ text: 'hi' });

    assert.deepEqual([error?.code, error?.message, exitCode], ['PROVIDER_KEY_MISSING', 'Provider openai has no API key', 2]);
    assert.match(error?.hint ?? '', /^Keep one with: pith auth set openai\. Or set OPENAI_API_KEY/);
    await close();
  });

  for (const [provider, variable, model] of [['openai', 'OPENAI', 'gpt-test'], ['openrouter', 'OPENROUTER', 'some/model'], ['local', 'PITH_LOCAL', 'llama']] as const) {
    it(`sends the key that is kept for ${provider}, where the environment has none`, async () => {
      const vault = definePlugin({ name: 'vault', services: { vault: () => ({ get: async (name: string) => (name === provider ? 'sk-kept' : undefined) }) as Partial<Vault> as Vault }, storedSecrets: () => [{ name: provider, setMs: 0, version: 1 }] });
      const sent: unknown[] = [];
      for (const own of [{}, { [`${variable}_API_KEY`]: 'sk-own' }]) {
        const { session, server, close } = await start([HELLO], { env: (url) => ({ [`${variable}_BASE_URL`]: url, ...own }), plugins: [vault], session: { provider, model } });
        await session.runTurn({ text: 'hi' });
        sent.push(server.requests[0]?.headers.authorization);
        await close();
      }

      assert.deepEqual(sent, ['Bearer sk-kept', 'Bearer sk-own']);
    });
  }

  it('takes headers, organisation, limits and an address from options and environment', async () => {
    const { session, server, close } = await start([HELLO], {
      env: () => ({ OPENAI_API_KEY: KEY, OPENAI_ORG_ID: 'org-1', OPENAI_BASE_URL: 'http://127.0.0.1:1' }),
      options: (url) => ({ baseUrl: `${url}/gateway/`, headers: { 'X-Team': 'blue' }, defaultModel: 'gpt-mine', maxOutputTokens: 77 }), session: { modelOptions: { headers: { 'x-once': 'y' } } },
    });

    await session.runTurn({ text: 'hi' });

    const { path, headers, body } = server.requests[0]!;
    assert.deepEqual([path, headers['openai-organization'], headers['x-team'], headers['x-once'], JSON.parse(body).model, JSON.parse(body).max_tokens], ['/gateway/chat/completions', 'org-1', 'blue', 'y', 'gpt-mine', 77]);
    await close();
  });
});

/** Marks name the provider, which the cases do not know; ids that a server left out are made up. */
function plain(reply: Reply): unknown {
  return JSON.parse(JSON.stringify(reply), (key, value: unknown) => (key === 'vendor' || (key === 'id' && typeof value === 'string' && /^(new|id)-/.test(value)) ? undefined : value));
}

describe('the provider openrouter', () => {
  const env = (url: string) => ({ OPENROUTER_API_KEY: 'or-key', OPENROUTER_BASE_URL: `${url}/api/v1` });

  it('is chosen when only its key is there, and states what a reply cost', async () => {
    const { session, server, ends, events, close } = await start([dataEvents(chunk({ content: 'Hello' }, 'stop'), { id: 'gen-1', choices: [], usage: { prompt_tokens: 10, completion_tokens: 5, cost: 0.0012341 } }, '[DONE]')], { env });

    const result = await session.runTurn({ text: 'hi' });

    assert.deepEqual([session.provider, session.model, result.text], ['openrouter', 'anthropic/claude-sonnet-5.5', 'Hello']);
    assert.deepEqual([ends[0]!.costMicroUsd, result.costMicroUsd], [1235, 1235]);
    assert.equal(events.some((event) => event.type === 'model-end' && event.costMicroUsd === 1235), true);
    assert.deepEqual([server.requests[0]!.headers.authorization, JSON.parse(server.requests[0]!.body).usage], ['Bearer or-key', { include: true }]);
    await close();
  });

  it('gets its thinking back in its own details', async () => {
    const details = [{ type: 'reasoning.text', text: 'hm', index: 0, signature: 'sig' }];
    const { session, server, close } = await start([dataEvents(chunk({ reasoning: 'hm', reasoning_details: details }), call(0, 'call_1', '{"text":"a"}'), chunk({}, 'tool_calls'), '[DONE]'), HELLO], { env });

    await session.runTurn({ text: 'go' });

    assert.deepEqual(JSON.parse(server.requests[1]!.body).messages[1].reasoning_details, details);
    await close();
  });

  it('serves every model with a slash', async () => {
    const { kernel, close } = await start([HELLO], { env: (url) => ({ ...env(url), OPENAI_API_KEY: KEY }) });

    assert.deepEqual(kernel.resolveModel({ model: 'moonshotai/kimi-k3' }), { provider: 'openrouter', model: 'moonshotai/kimi-k3' });
    assert.deepEqual(kernel.resolveModel({ model: 'openrouter/anthropic/claude-opus-5.5' }), { provider: 'openrouter', model: 'anthropic/claude-opus-5.5' });
    assert.deepEqual(kernel.resolveModel({ model: 'o3-mini' }), { provider: 'openai', model: 'o3-mini' });
    assert.deepEqual(kernel.resolveModel({}), { provider: 'openai', model: 'gpt-6.1-sol' });
    assert.throws(() => kernel.resolveModel({ model: 'llama' }), { code: 'MODEL_UNKNOWN' });
    await close();
  });
});

describe('the provider local', () => {
  const MODELS = (...ids: string[]): Answer => ({ status: 200, body: { object: 'list', data: ids.map((id) => ({ id, object: 'model' })) } });

  it('is there when an address is, and uses the one model that the server has, without a key', async () => {
    const { session, server, close } = await start([MODELS('llama-4'), HELLO, HELLO], { env: (url) => ({ PITH_LOCAL_BASE_URL: `${url}/v1` }) });

    const results = [await session.runTurn({ text: 'hi' }), await session.runTurn({ text: 'hi' })];

    assert.deepEqual([session.provider, ...results.map(({ text }) => text)], ['local', 'Hello', 'Hello']);
    assert.deepEqual(server.requests.map(({ method, path }) => `${method} ${path}`), ['GET /v1/models', 'POST /v1/chat/completions', 'POST /v1/chat/completions']);
    assert.deepEqual([server.requests[1]!.headers.authorization, JSON.parse(server.requests[1]!.body).model], [undefined, 'llama-4']);
    await close();
  });

  it('asks which of several models is meant', async () => {
    const { session, close } = await start([MODELS('llama-4', 'qwen-4')], { env: () => ({}), options: (url) => ({ local: { baseUrl: url } }) });

    const { error } = await session.runTurn({ text: 'hi' });

    assert.deepEqual([error?.code, error?.message, error?.hint], ['MODEL_UNKNOWN', 'The local server has 2 models, and none was named', 'Name one with --model: local/llama-4, local/qwen-4']);
    await close();
  });

  it('understands where Ollama says it is', async () => {
    const { session, server, close } = await start([HELLO], { env: (url) => ({ OLLAMA_HOST: url.replace('http://127.0.0.1', '0.0.0.0') }), session: { model: 'qwen-4' } });

    const { text } = await session.runTurn({ text: 'hi' });

    assert.deepEqual([text, server.requests[0]!.path], ['Hello', '/v1/chat/completions']);
    await close();
  });

  it('says what to set when no address is there', async () => {
    const { session, close } = await start([HELLO], { env: () => ({}), session: { provider: 'local' } });

    const { error } = await session.runTurn({ text: 'hi' });

    assert.deepEqual([error?.code, error?.hint], ['PROVIDER_ADDRESS_MISSING', 'Set PITH_LOCAL_BASE_URL, for example to http://127.0.0.1:11434/v1']);
    await close();
  });

  it('refuses an address that holds a password, without repeating it', async () => {
    const { session, events, close } = await start([HELLO], { env: () => ({ PITH_LOCAL_BASE_URL: 'http://me:hunter22@127.0.0.1:1/v1' }) });

    const { error } = await session.runTurn({ text: 'hi' });

    assert.equal(error?.code, 'PROVIDER_ADDRESS_INVALID');
    assert.ok(!JSON.stringify(events).includes('hunter22'));
    await close();
  });

  it('counts images by the tiles that the vendor makes of them', () => {
    assert.deepEqual([[200, 200], [1024, 1024], [4096, 2048], [10, 3000]].map(([width, height]) => imageTokens({ width: width!, height: height! })), [255, 765, 1105, 765]);
  });

  it('counts a request by Responses, and has no address for that where a server is asked by Chat Completions', async () => {
    const { kernel, folder, server, close } = await start([{ status: 200, body: { object: 'response.input_tokens', input_tokens: 812 } }], { options: { api: 'responses' } });
    const session = kernel.openSession({ cwd: folder, preview: true, provider: 'openai', model: 'gpt-6-astra', modelOptions: { effort: 'low' } });
    assert.equal((await session.assemble({ text: 'hi' }, { count: true })).counted, 812);
    const { path, headers, body } = server.requests[0]!;
    assert.deepEqual([path, headers.authorization], ['/v1/responses/input_tokens', `Bearer ${KEY}`]);
    assert.deepEqual(Object.keys(JSON.parse(body)).sort(), ['input', 'model', 'reasoning', 'tools']);
    await close();

    const chat = await start([HELLO]);
    const other = chat.kernel.openSession({ cwd: chat.folder, preview: true, provider: 'openai', model: 'gpt-6-astra' });
    assert.equal((await other.assemble({ text: 'hi' }, { count: true })).counted, null);
    assert.equal(chat.server.requests.length, 0);
    await chat.close();
  });
});
