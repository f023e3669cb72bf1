import assert from 'node:assert/strict';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { createPlace } from '../../../../test/support/pith.ts';
import { messagesError, USAGE } from '../upstream-replies.ts';
import { testProxy, type TestProxy } from './start-proxy.ts';

const ASKED = { model: 'test-model', max_tokens: 50, messages: [{ role: 'user' as const, content: 'Say hello' }] };

describe('programs in use through the proxy', () => {
  let proxy: TestProxy;

  before(async () => {
    proxy = await testProxy({ accounts: [{ key: 'key-of-the-anthropic-account' }, { key: 'key-of-the-second-anthropic' }, { key: 'key-of-the-openai-account', family: 'openai' }] });
  });
  after(async () => {
    await proxy.close();
    await proxy.upstream.close();
  });
  beforeEach(() => { proxy.rows.length = 0; });

  it('@anthropic-ai/sdk gets replies, streams, counts and models', async () => {
    const client = new Anthropic({ baseURL: proxy.url, apiKey: 'of-the-client' });
    const reply = await client.messages.create(ASKED);
    assert.deepEqual([reply.content[0], reply.usage.output_tokens], [{ type: 'text', text: 'Hello' }, USAGE.output]);
    assert.equal(await client.messages.stream(ASKED).finalText(), 'Hello there');
    assert.equal((await client.messages.countTokens({ model: 'test-model', messages: ASKED.messages })).input_tokens, USAGE.input);
    assert.equal((await client.models.list()).data.length, 1);
    assert.deepEqual(proxy.rows.map(({ path, outputTokens }) => [path, outputTokens]), [['/v1/messages', USAGE.output], ['/v1/messages', USAGE.output], ['/v1/messages/count_tokens', null], ['/v1/models', null]]);
  });

  it('@anthropic-ai/sdk feels nothing of a limit, and gets an error as it knows it when all are out', async () => {
    const client = new Anthropic({ baseURL: proxy.url, apiKey: 'of-the-client', maxRetries: 0 });
    proxy.upstream.script('key-of-the-anthropic-account', { status: 429, body: messagesError('rate_limit_error') });
    assert.equal((await client.messages.create(ASKED)).id, 'msg_1');
    proxy.upstream.script('key-of-the-second-anthropic', { status: 529, body: messagesError('overloaded_error') });
    await assert.rejects(client.messages.create(ASKED), { status: 503, name: 'ServiceUnavailableError' });
    proxy.upstream.script('key-of-the-anthropic-account', {});
    proxy.upstream.script('key-of-the-second-anthropic', {});
  });

  it('openai gets chat, responses and embeddings, whole and as streams', async () => {
    const client = new OpenAI({ baseURL: `${proxy.url}/v1`, apiKey: 'of-the-client' });
    const chat = await client.chat.completions.create({ model: 'test-model', messages: ASKED.messages });
    assert.equal(chat.choices[0]!.message.content, 'Hello');
    let text = '';
    for await (const chunk of await client.chat.completions.create({ model: 'test-model', messages: ASKED.messages, stream: true, stream_options: { include_usage: true } })) text += chunk.choices[0]?.delta.content ?? '';
    assert.equal(text, 'Hello there');
    assert.equal((await client.responses.create({ model: 'test-model', input: 'Say hello' })).output_text, 'Hello');
    let last = '';
    for await (const event of await client.responses.create({ model: 'test-model', input: 'Say hello', stream: true })) last = event.type;
    assert.equal(last, 'response.completed');
    assert.equal((await client.embeddings.create({ model: 'test-model', input: 'x', encoding_format: 'float' })).data.length, 1);
    assert.deepEqual(proxy.rows.map(({ end, outputTokens }) => [end, outputTokens]), [...Array.from({ length: 4 }, () => ['complete', USAGE.output]), ['complete', null]]);
  });

  it('pith itself', async () => {
    const place = await createPlace();
    const ran = await place.pith(['run', '--model', 'anthropic/claude-sonnet-5-5', 'Say hello'], { env: { ANTHROPIC_BASE_URL: proxy.url, ANTHROPIC_API_KEY: 'of-the-client' } });
    assert.equal(ran.stdout.trim(), 'Hello there', ran.stderr);
    assert.deepEqual([proxy.rows.at(-1)!.end, proxy.rows.at(-1)!.outputTokens], ['complete', USAGE.output]);
    await place.remove();
  });
});
