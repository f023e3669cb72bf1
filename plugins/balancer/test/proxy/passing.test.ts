import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { brotliCompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { messagesError, messagesReply, messagesStream, USAGE } from '../upstream-replies.ts';
import { startUpstream, type Upstream } from '../upstream.ts';
import { ask, testProxy, type TestProxy } from './start-proxy.ts';

const KEY = 'key-of-an-account-0123456789';
const BODY = { model: 'asked-model', messages: [{ role: 'user', content: 'Hi' }] };

describe('what goes up and what comes down', () => {
  let upstream: Upstream;
  let proxy: TestProxy;

  before(async () => {
    upstream = await startUpstream();
    proxy = await testProxy({ upstream, accounts: [{ key: KEY, models: { 'mapped-model': 'its-own-name' } }, { key: 'key-of-the-other-family', family: 'openai' }], basePath: '/gateway/', limits: { replayMaxBytes: 1024 * 1024, clientIdleMs: 1000 } });
  });
  after(async () => {
    await proxy.close();
    await upstream.close();
  });
  beforeEach(() => {
    upstream.requests.length = 0;
    proxy.rows.length = 0;
    upstream.script(undefined, {});
  });

  it('passes unknown fields and headers on as they came, below the account’s own path', async () => {
    const body = ' {"future": [1.0, 1e2, "\\u00e9"],\n"model":"m", "max_tokens":9007199254740993, "messages":[]} ';
    await ask(proxy, { path: '/v1/messages?beta=true', body, headers: { 'x-future': 'a, b', 'anthropic-beta': 'one', 'user-agent': 'someone/1.0' } });
    const [sent] = upstream.requests;
    assert.deepEqual([sent!.path, sent!.body.toString(), sent!.headers['x-future'], sent!.headers['anthropic-beta'], sent!.headers['user-agent']], ['/gateway/v1/messages?beta=true', body, 'a, b', 'one', 'someone/1.0']);
  });

  it('reads names in UTF-8, in its own headers and in replies', async () => {
    upstream.script(undefined, { body: messagesReply({ model: '模型-é' }) });
    await ask(proxy, { body: Buffer.from(JSON.stringify(BODY)), headers: { 'x-pith-project': Buffer.from('/home/józef/日本').toString('latin1'), 'x-pith-agent': 'caf\xe9' } });
    const { model, project, agent } = proxy.rows[0]!;
    assert.deepEqual([model, project, agent], ['模型-é', '/home/józef/日本', 'café']);
  });

  it('passes names of a megabyte on, and holds on to none of them', async () => {
    const long = 'x'.repeat(400_000);
    const body = JSON.stringify({ model: long, metadata: { user_id: long }, messages: [] });
    await ask(proxy, { body });
    const { askedModel, sentModel, conversation } = proxy.rows[0]!;
    assert.deepEqual([upstream.requests[0]!.body.toString() === body, askedModel, sentModel, conversation!.length < 1100], [true, null, null, true]);
  });

  it('sends neither the client’s credentials nor what belongs to its connection', async () => {
    await ask(proxy, { headers: { authorization: 'Bearer of-the-client', 'x-api-key': 'of-the-client', cookie: 'a=b', 'proxy-authorization': 'Basic x', 'x-forwarded-for': '10.0.0.1', te: 'trailers', 'keep-alive': 'timeout=5', connection: 'x-hop, close', 'x-hop': 'secret', 'x-pith-conversation': 'mine', upgrade: 'h2c' } });
    const { headers } = upstream.requests[0]!;
    for (const name of ['authorization', 'cookie', 'proxy-authorization', 'x-forwarded-for', 'te', 'keep-alive', 'x-hop', 'x-pith-conversation', 'upgrade']) assert.equal(headers[name], undefined, name);
    assert.equal(headers['x-api-key'], KEY);
    assert.equal(proxy.rows[0]!.conversation, 'mine');
  });

  it('lets no client say whose bill it is: that belongs to the account’s key', async () => {
    const payers = ['OpenAI-Organization', 'openai-project', 'anthropic-workspace-id', 'chatgpt-account-id', 'X-Goog-User-Project', 'x-hf-bill-to'];
    await ask(proxy, { headers: { ...Object.fromEntries(payers.map((name) => [name, 'of-the-client'])), 'openai-beta': 'assistants=v2', 'x-my-project': 'stays' } });
    const { headers, rawHeaders } = upstream.requests[0]!;
    assert.ok(!rawHeaders.includes('of-the-client'));
    assert.deepEqual([headers['openai-beta'], headers['x-my-project']], ['assistants=v2', 'stays']);
  });

  it('gives the client neither cookies, nor hop-by-hop headers, nor the account’s key in any place', async () => {
    for (const [status, body] of [[400, messagesError('invalid_request_error', `your key ${KEY} is odd`)], [200, messagesReply({ text: `echo ${KEY}` })]] as const) {
      upstream.script(undefined, { status, body, headers: { 'set-cookie': ['a=b', 'c=d'], 'x-api-key': KEY, 'x-echo': `Bearer ${KEY}`, connection: 'x-hop', 'x-hop': 'yes', 'x-good': 'stays' } });
      const answer = await ask(proxy);
      assert.equal(answer.status, status);
      for (const name of ['set-cookie', 'x-api-key', 'x-hop']) assert.equal(answer.headers[name], undefined, name);
      assert.equal(answer.headers['x-good'], 'stays');
      assert.ok(!`${JSON.stringify(answer.headers)}${answer.text}`.includes(KEY));
      assert.equal(answer.json !== undefined && answer.complete, true);
    }
    upstream.script(undefined, { pieces: messagesStream({ text: `${KEY} ${KEY}` }).flatMap((piece) => [piece.slice(0, 80), piece.slice(80)]) });
    const stream = await ask(proxy, { body: { ...BODY, stream: true } });
    assert.ok(!stream.text.includes(KEY));
    assert.equal(proxy.rows.at(-1)!.end, 'complete');
  });

  it('replaces the model’s name where the account has another for it, and nothing else', async () => {
    await ask(proxy, { body: '{"messages":[{"model":"mapped-model"}],  "model" : "mapped-model","x":1}' });
    assert.equal(upstream.requests[0]!.body.toString(), '{"messages":[{"model":"mapped-model"}],  "model" : "its-own-name","x":1}');
    assert.deepEqual([proxy.rows[0]!.askedModel, proxy.rows[0]!.sentModel, proxy.rows[0]!.model], ['mapped-model', 'its-own-name', 'its-own-name']);
  });

  it('reads compressed requests, and passes them on as they came', async () => {
    for (const [encoding, compress] of [['gzip', gzipSync], ['br', brotliCompressSync]] as const) {
      const body = compress(JSON.stringify(BODY));
      await ask(proxy, { body, headers: { 'content-encoding': encoding } });
      const sent = upstream.requests.at(-1)!;
      assert.deepEqual([sent.headers['content-encoding'], sent.body.equals(body), proxy.rows.at(-1)!.askedModel], [encoding, true, 'asked-model']);
    }
    await ask(proxy, { body: gzipSync(JSON.stringify({ ...BODY, model: 'mapped-model' })), headers: { 'content-encoding': 'gzip' } });
    assert.deepEqual([upstream.requests.at(-1)!.headers['content-encoding'], JSON.parse(upstream.requests.at(-1)!.body.toString())], [undefined, { ...BODY, model: 'its-own-name' }]);
    for (const [encoding, body] of [['gzip', 'no gzip'], ['compress', '{}'], ['gzip', gzipSync(Buffer.alloc(3 * 1024 * 1024))]] as const) assert.equal((await ask(proxy, { body, headers: { 'content-encoding': encoding } })).status, 415);
  });

  it('asks for plain replies, and makes a compressed one plain that comes all the same', async () => {
    const reply = gzipSync(JSON.stringify(messagesReply({ text: 'x'.repeat(5000) })));
    upstream.script(undefined, { body: reply, headers: { 'content-encoding': 'gzip' } });
    const answer = await ask(proxy, { headers: { 'accept-encoding': 'gzip' } });
    assert.equal(upstream.requests[0]!.headers['accept-encoding'], 'identity');
    assert.deepEqual([answer.headers['content-encoding'], answer.body.equals(gunzipSync(reply))], [undefined, true]);
    assert.deepEqual([proxy.rows[0]!.outputTokens, proxy.rows[0]!.end], [USAGE.output, 'complete']);
  });

  it('understands a compressed error', async () => {
    upstream.script(undefined, { status: 429, body: gzipSync(JSON.stringify(messagesError('rate_limit_error'))), headers: { 'content-encoding': 'gzip' } });
    await ask(proxy);
    assert.equal(proxy.engine.signals.at(-1)!.errorType, 'rate_limit_error');
  });

  it('passes a body of 40 MB on once, whole, in the order it came', async () => {
    const body = Buffer.concat([Buffer.from('{"model":"big-model","messages":["'), Buffer.alloc(40 * 1024 * 1024, 'abcdefghij'), Buffer.from('"]}')]);
    const answer = await ask(proxy, { body });
    assert.equal(answer.status, 200);
    const digest = (bytes: Buffer): string => createHash('sha1').update(bytes).digest('hex');
    assert.equal(digest(upstream.requests[0]!.body), digest(body));
    assert.deepEqual([proxy.rows[0]!.askedModel, proxy.engine.facts.at(-1)!.replayable], ['big-model', false]);
  });

  it('does not send a large body a second time', async () => {
    upstream.script(undefined, { status: 500, body: messagesError('api_error') });
    const answer = await ask(proxy, { body: Buffer.concat([Buffer.from('{"model":"m","x":"'), Buffer.alloc(2 * 1024 * 1024, 'a'), Buffer.from('"}')]) });
    assert.deepEqual([answer.status, upstream.requests.length], [500, 1]);
  });

  it('takes a body that comes slowly, and gives one up that stands still', async () => {
    const text = JSON.stringify(BODY);
    const outgoing = request({ port: proxy.port, path: '/v1/messages', method: 'POST', headers: { 'content-length': text.length } });
    const answered = once(outgoing, 'response');
    for (const character of text) {
      outgoing.write(character);
      await new Promise((resolve) => { setImmediate(resolve); });
    }
    const [response] = await answered as [import('node:http').IncomingMessage];
    assert.equal(response.statusCode, 200);
    response.resume();
    const socket = connect(proxy.port, '127.0.0.1');
    socket.write('POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{"model"');
    const [answer] = await once(socket, 'data') as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1\.1 408 /);
    socket.destroy();
  });

  it('tells the families apart where an address is both’s', async () => {
    for (const [headers, family] of [[{ 'anthropic-version': '2023-06-01' }, 'anthropic'], [{ 'x-api-key': 'k' }, 'anthropic'], [{ authorization: 'Bearer k' }, 'openai'], [{}, 'openai']] as const) {
      await ask(proxy, { path: '/v1/models', method: 'GET', headers });
      assert.equal(proxy.engine.facts.at(-1)!.family, family);
    }
  });

  it('hands on a file that comes whole, and what is below /v1/ that it does not know', async () => {
    const bytes = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 256));
    const answer = await ask(proxy, { path: '/v1/files?purpose=x', method: 'PUT', body: bytes, headers: { 'content-type': 'application/octet-stream', authorization: 'Bearer k' } });
    assert.equal(answer.status, 200);
    assert.ok(upstream.requests[0]!.body.equals(bytes));
  });
});
