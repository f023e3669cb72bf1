import assert from 'node:assert/strict';
import { PithError } from '@pith/kernel';
import { isContextTooLong, type ProviderErrorContext, redact, toProviderError } from '@pith/wire';

const NOW = Date.UTC(2026, 0, 1);
const KEY = 'sk-ant-api03-secretsecret';
const context = (more: Partial<ProviderErrorContext> = {}): ProviderErrorContext => ({
  name: 'Anthropic', origin: 'https://api.anthropic.com', keyPlace: 'ANTHROPIC_API_KEY', addressVariable: 'ANTHROPIC_BASE_URL', secrets: [KEY],
  signal: new AbortController().signal, now: () => NOW, ...more,
});

/** As an official client throws it. */
function answered(status: number, body: unknown, headers: Record<string, string> = {}): Error {
  const isJson = typeof body === 'object';
  return Object.assign(new Error(isJson ? `${status} ${JSON.stringify(body)}` : `${status} ${String(body)}`), { status, headers: new Headers(headers), error: isJson ? body : undefined });
}

function errorOf(thrown: unknown, more?: Partial<ProviderErrorContext>): PithError {
  const error = toProviderError(thrown, context(more));
  assert.ok(error instanceof PithError);
  assert.equal(error.origin, 'provider');
  assert.equal(error.exitCode, 5);
  return error;
}

const anthropic = (type: string, message: string): object => ({ type: 'error', error: { type, message }, request_id: 'req_1' });

describe('an answer that is no success', () => {
  const CASES: [status: number, body: unknown, code: string, message: string, retryable: boolean][] = [
    [400, anthropic('invalid_request_error', 'max_tokens: must be positive'), 'PROVIDER_REFUSED_REQUEST', 'Anthropic refused the request (400): max_tokens: must be positive', false],
    [401, anthropic('authentication_error', 'invalid x-api-key'), 'PROVIDER_AUTH', 'Anthropic refused the key (401): invalid x-api-key', false],
    [402, anthropic('billing_error', 'no credit'), 'PROVIDER_QUOTA', 'Anthropic says the account has nothing left to spend (402): no credit', false],
    [403, anthropic('permission_error', 'not for you'), 'PROVIDER_AUTH', 'Anthropic does not allow this with the key (403): not for you', false],
    [404, anthropic('not_found_error', 'model: x'), 'PROVIDER_NOT_FOUND', 'Anthropic knows no such model or address (404): model: x', false],
    [408, { error: 'timed out' }, 'PROVIDER_FAILED', 'Anthropic failed (408): timed out', true],
    [413, anthropic('request_too_large', 'Request exceeds the maximum size'), 'CONTEXT_TOO_LONG', 'Anthropic says the request is too large (413): Request exceeds the maximum size', false],
    [429, anthropic('rate_limit_error', 'slow down'), 'PROVIDER_RATE_LIMITED', 'Anthropic asks to slow down (429): slow down', true],
    [429, { message: 'You exceeded your current quota', type: 'insufficient_quota', code: 'insufficient_quota' }, 'PROVIDER_QUOTA', 'Anthropic says the account has nothing left to spend (429): You exceeded your current quota', false],
    [500, anthropic('api_error', 'Internal server error'), 'PROVIDER_FAILED', 'Anthropic failed (500): Internal server error', true],
    [503, '', 'PROVIDER_OVERLOADED', 'Anthropic is overloaded (503)', true],
    [529, anthropic('overloaded_error', 'Overloaded'), 'PROVIDER_OVERLOADED', 'Anthropic is overloaded (529): Overloaded', true],
    [502, '<html><head><title>502 Bad Gateway</title></head></html>', 'PROVIDER_FAILED', 'Anthropic failed (502): it answered with a web page (“502 Bad Gateway”) instead of JSON', true],
    [500, 'upstream connect error', 'PROVIDER_FAILED', 'Anthropic failed (500): upstream connect error', true],
  ];
  for (const [status, body, code, message, retryable] of CASES) {
    it(`of ${status} ${typeof body === 'object' ? JSON.stringify(body) : body} is ${code}`, () => {
      const error = errorOf(answered(status, body));

      assert.deepEqual([error.code, error.message, error.details?.['retryable'], error.details?.['status']], [code, message, retryable, status]);
      assert.ok(error.hint);
    });
  }

  it('of 3xx names where it points, and is not followed', () => {
    const error = errorOf(answered(307, '', { location: 'https://other.example/v1/messages?key=abc' }));
    assert.deepEqual([error.code, error.message], ['PROVIDER_FAILED', 'Anthropic answered with a redirect to https://other.example, which is not followed (307)']);
  });

  it('keeps request id, waiting time, limits and the vendor’s own words', () => {
    const { details } = errorOf(answered(429, anthropic('rate_limit_error', 'slow down'), { 'request-id': 'req_1', 'retry-after': '7', 'anthropic-ratelimit-tokens-remaining': '0', 'x-other': 'no' }));
    assert.deepEqual(details, { status: 429, type: 'rate_limit_error', vendorMessage: 'slow down', retryable: true, requestId: 'req_1', retryAfterS: 7, limits: { retryAtMs: NOW + 7000, windows: { tokens: { remaining: 0 } }, headers: { 'anthropic-ratelimit-tokens-remaining': '0', 'retry-after': '7' } } });
  });

  it('states the waiting time in milliseconds, as a date, or in its sentence', () => {
    const waits = (headers: Record<string, string>, message = 'no') => errorOf(answered(429, { message }, headers)).details?.['retryAfterS'];
    assert.equal(waits({ 'retry-after-ms': '1500', 'retry-after': '9' }), 1.5);
    assert.equal(waits({ 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }), 30);
    assert.equal(waits({}, 'Please try again in 20ms.'), 0.02);
    assert.equal(waits({ 'retry-after': 'soon' }), undefined);
  });

  it('is retryable as the vendor says', () => {
    assert.equal(errorOf(answered(500, {}, { 'x-should-retry': 'false' })).details?.['retryable'], false);
    assert.equal(errorOf(answered(400, {}, { 'x-should-retry': 'true' })).details?.['retryable'], true);
    assert.equal(errorOf(answered(500, {}, { 'x-should-retry': 'perhaps' })).details?.['retryable'], true);
  });

  it('holds no secret, however the vendor repeats it', () => {
    const error = errorOf(answered(401, { message: `Incorrect API key provided: ${KEY}. Also sk-proj-abc***xyz and Bearer abcdefgh12345.` }));
    assert.equal(error.message, 'Anthropic refused the key (401): Incorrect API key provided: [secret:key]. Also [secret:part of an API key] and Bearer [secret:bearer token]');
    assert.ok(!JSON.stringify(error.details).includes(KEY));
    assert.equal(redact('task-force key-value-store', []), 'task-force key-value-store');
  });

  it('says that the context is too long in the words of every vendor', () => {
    const texts = [
      'prompt is too long: 210000 tokens > 200000 maximum', 'input length and `max_tokens` exceed context limit: 199000 + 20000 > 200000', 'This model\'s maximum context length is 8192 tokens. However, you requested 9000 tokens',
      'Your input exceeds the context window of this model. Please adjust your input and try again.', 'the request exceeds the available context size, try increasing it', 'This endpoint\'s maximum context length is 131072 tokens',
      'The input token count (40000) exceeds the maximum number of tokens allowed (32768).', 'This model\'s maximum prompt length is 131072 but the request contains 537812 tokens.', 'Prompt contains 40000 tokens, too large for model with 32768 maximum context length',
    ];
    for (const message of texts) assert.equal(errorOf(answered(400, { message })).code, 'CONTEXT_TOO_LONG', message);
    assert.equal(errorOf(answered(400, { message: 'no', type: 'invalid_request_error', code: 'context_length_exceeded' })).code, 'CONTEXT_TOO_LONG');
    for (const message of ['max_tokens: 100000 > 8192, which is the maximum allowed', 'image exceeds 5 MB maximum', 'tools.0.name: String should have at most 64 characters']) {
      assert.equal(isContextTooLong({ type: 'invalid_request_error', message }), false, message);
    }
  });
});

describe('no answer at all', () => {
  const failed = (cause: object): Error => Object.assign(new Error('Connection error.'), { cause: Object.assign(new TypeError('fetch failed'), { cause }) });

  it('names the address and the reason', () => {
    const error = errorOf(failed(Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' })));
    assert.deepEqual([error.code, error.message, error.details], ['PROVIDER_UNREACHABLE', 'Anthropic cannot be reached at https://api.anthropic.com: nothing listens there', { retryable: true, network: 'ECONNREFUSED' }]);
    assert.match(errorOf(failed(Object.assign(new Error('no'), { code: 'ECONNREFUSED', address: '127.0.0.1', port: 3128 }))).message, /: nothing listens at 127\.0\.0\.1:3128$/);
  });

  it('says how to trust a certificate', () => {
    const error = errorOf(failed(Object.assign(new Error('self-signed certificate in certificate chain'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' })));
    assert.equal(error.message, 'Anthropic cannot be reached at https://api.anthropic.com: its certificate is not trusted (SELF_SIGNED_CERT_IN_CHAIN)');
    assert.match(error.hint ?? '', /NODE_EXTRA_CA_CERTS/);
    assert.equal(error.details?.['retryable'], false);
  });

  it('is the reason of whoever gave it up', () => {
    const reason = new Error('stopped');
    assert.equal(toProviderError(failed({}), context({ signal: AbortSignal.abort(reason) })), reason);
  });

  it('leaves our own errors as they are', () => {
    const own = new PithError('mine', { code: 'PROVIDER_PROTOCOL' });
    assert.equal(toProviderError(own, context()), own);
  });
});
