import assert from 'node:assert/strict';
import { toTarget } from '../../src/proxy/target.ts';

describe('the target of a request', () => {
  it('knows the addresses of both families, with a query and in absolute form', () => {
    for (const [url, endpoint, family, path] of [
      ['/v1/messages', 'messages', 'anthropic', '/v1/messages'], ['/v1/messages?beta=true', 'messages', 'anthropic', '/v1/messages?beta=true'], ['/v1/messages/count_tokens', 'count-tokens', 'anthropic', '/v1/messages/count_tokens'],
      ['http://other.example:99/v1/chat/completions', 'chat', 'openai', '/v1/chat/completions'], ['/v1/responses', 'responses', 'openai', '/v1/responses'], ['/v1/embeddings', 'embeddings', 'openai', '/v1/embeddings'],
      ['/v1/models', 'models', undefined, '/v1/models'], ['/v1/models/gpt-5', 'other', undefined, '/v1/models/gpt-5'], ['/v1/messages/batches', 'other', 'anthropic', '/v1/messages/batches'], ['/v1/audio/speech', 'other', 'openai', '/v1/audio/speech'],
    ] as const) {
      const target = toTarget(url);
      assert.ok(typeof target === 'object', url);
      assert.deepEqual([target.endpoint, target.family, target.path], [endpoint, family, path]);
    }
  });

  it('is outside for everything that is not below /v1/', () => {
    for (const url of ['/', '/v1', '/v1/', '/v2/messages', '/V1/messages', '/api/accounts', '/v1?x=/v1/messages', 'http://a.example/']) assert.equal(toTarget(url), 'outside', url);
  });

  it('is invalid where servers on the way could read another path', () => {
    for (const url of [
      '/v1/../api/accounts', '/v1/messages/../../x', '/v1//messages', '//v1/messages', '/v1/./messages', '/v1/messages/..', '/v1/%2e%2e/x', '/v1/a%2Fb', '/v1/a%5cb', String.raw`/v1\messages`, '/v1/a%00', '/v1/messages#x', '/v1/mess ages',
      '/v1/a%0d%0ax', '/v1/é', '*', 'messages', 'ftp://a.example/v1/messages', `/v1/${'x'.repeat(5000)}`, '/v1/messages?a=b c',
    ]) assert.equal(toTarget(url), 'invalid', url);
  });

  it('does not take what every object has for an address', () => {
    for (const url of ['constructor', '__proto__', '/v1/constructor']) assert.notEqual(typeof toTarget(url) === 'object' ? (toTarget(url) as { endpoint: string }).endpoint : 'other', 'messages');
  });
});
