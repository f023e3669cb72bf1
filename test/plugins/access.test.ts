import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { definePlugin, isPithError, type ModelAccess, type ModelRequest, STAGE } from '@pith/kernel';
import { allowAll, createTestKernel } from '@pith/kernel/testing';
import { type Answer, ANTHROPIC_CASES, CHAT_CASES, RESPONSES_CASES, startProvider } from '@pith/wire/testing';
import anthropic from '../../plugins/anthropic/src/index.ts';
import openai from '../../plugins/openai/src/index.ts';
import sessions from '../../plugins/sessions/src/index.ts';

/** Without the shape of a key, so that nobody hides it who does not know it. */
const KEY = 'correct-horse-battery';
const OWN = 'own-key-of-the-environment';
const ENV = {
  ANTHROPIC_API_KEY: OWN, ANTHROPIC_BASE_URL: 'http://127.0.0.1:9', OPENAI_API_KEY: OWN, OPENAI_BASE_URL: 'http://127.0.0.1:9', OPENAI_ORG_ID: 'own-organisation',
  OPENROUTER_API_KEY: OWN, OPENROUTER_BASE_URL: 'http://127.0.0.1:9', PITH_LOCAL_API_KEY: OWN, PITH_LOCAL_BASE_URL: 'http://127.0.0.1:9',
};

/** Gives every request this account, and keeps each as JSON has it. */
function giveAccess(access: Omit<ModelAccess, 'authorize'>, written: string[] = [], headers: Record<string, string> = { authorization: `Bearer ${KEY}` }) {
  return definePlugin({
    name: 'accounts', setup({ hooks }) {
      hooks.model.tap({ name: 'accounts', stage: STAGE.balancer }, (next) => (request, turn) => next({ ...request, access: { ...access, authorize: () => headers } }, turn));
      hooks.model.tap({ name: 'look', stage: STAGE.recorder }, (next) => (request, turn) => { written.push(JSON.stringify(request)); return next(request, turn); });
    },
  });
}

interface Setting { model: string; answers: readonly Answer[]; baseUrl?: (url: string) => string; env?: Record<string, string>; options?: Record<string, unknown>; headers?: Record<string, string> }

async function ask({ model, answers, baseUrl = (url) => url, env = ENV, options = {}, headers }: Setting) {
  const server = await startProvider(...answers);
  const written: string[] = [];
  const kernel = await createTestKernel({
    plugins: [anthropic, openai, sessions, allowAll, giveAccess({ account: 'work', baseUrl: baseUrl(server.url) }, written, headers)], env, options: options as Record<string, never>, session: { model },
  });
  const result = await kernel.session.runTurn({ text: 'hi' });
  await kernel.kernel.close();
  const files = await readdir(kernel.folder, { recursive: true, withFileTypes: true });
  const kept = await Promise.all(files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), 'utf8')));
  const everywhere = [...written, ...kept, JSON.stringify([kernel.events, result, kernel.session.lastTrace, kernel.session.messages]), String(result.error?.message), ...result.error === undefined ? [] : [JSON.stringify(result.error)]];
  await kernel.close();
  await server.close();
  return { result, requests: server.requests, everywhere, events: kernel.events, journals: kept.length };
}

const good: Record<string, { model: string; path: string; answer: string }> = {
  anthropic: { model: 'anthropic/claude-test', path: '/v1/messages', answer: ANTHROPIC_CASES[0]!.stream },
  openai: { model: 'openai/gpt-test', path: '/v1/chat/completions', answer: CHAT_CASES[0]!.stream },
  openrouter: { model: 'openrouter/some/model', path: '/v1/chat/completions', answer: CHAT_CASES[0]!.stream },
  local: { model: 'local/some-model', path: '/v1/chat/completions', answer: CHAT_CASES[0]!.stream },
};

describe('a request with the access of an account', () => {
  for (const [provider, { model, path, answer }] of Object.entries(good)) {
    it(`goes to the account's address with its header by ${provider}, without anything of the environment, and the key is kept nowhere`, async () => {
      process.env['ANTHROPIC_CUSTOM_HEADERS'] = process.env['OPENAI_CUSTOM_HEADERS'] = `X-Gateway-Pass: ${OWN}\nAuthorization: Bearer ${OWN}`;
      try {
        const { result, requests, everywhere, journals } = await ask({ model, answers: [answer] });

        assert.equal(result.status, 'done', JSON.stringify(result.error));
        assert.deepEqual(requests.map((request) => [request.path, request.headers.authorization]), [[path, `Bearer ${KEY}`]]);
        assert.ok(!JSON.stringify(requests).includes(OWN) && !JSON.stringify(requests).includes('own-organisation'), JSON.stringify(requests[0]!.headers));
        assert.ok(journals > 0);
        for (const text of everywhere) assert.ok(!text.includes(KEY), text.slice(0, 400));
      } finally {
        delete process.env['ANTHROPIC_CUSTOM_HEADERS'];
        delete process.env['OPENAI_CUSTOM_HEADERS'];
      }
    });
  }

  it('needs no key of the provider’s own', async () => {
    for (const { model, answer } of [good['anthropic']!, good['openai']!, good['openrouter']!]) assert.equal((await ask({ model, answers: [answer], env: {} })).result.status, 'done', model);
  });

  it('takes an address with the API’s version and one without for the same', async () => {
    for (const { model, path, answer } of Object.values(good)) {
      const { requests } = await ask({ model, answers: [answer], baseUrl: (url) => `${url}/gateway/v1/` });
      assert.equal(requests[0]!.path, `/gateway${path}`);
    }
  });

  it('finds out by itself which of the two APIs an account’s server has', async () => {
    const { result, requests } = await ask({ model: 'openai/gpt-test', answers: [{ status: 404, body: 'no such page' }, RESPONSES_CASES[0]!.stream] });

    assert.deepEqual([result.status, requests.map(({ path }) => path)], ['done', ['/v1/chat/completions', '/v1/responses']]);
  });

  it('keeps a person’s headers and drops those that may hold another key or name its payer', async () => {
    const headers = { 'x-team': 'blue', authorization: `Bearer ${OWN}`, 'x-api-key': OWN, cookie: OWN, 'Anthropic-Workspace-Id': OWN, 'anthropic-beta': 'first' };
    const { requests } = await ask({ model: 'anthropic/claude-test', answers: [good['anthropic']!.answer], options: { anthropic: { headers } }, headers: { 'x-api-key': KEY, 'anthropic-beta': 'second' } });

    const sent = requests[0]!.headers;
    assert.deepEqual([sent['x-team'], sent['x-api-key'], sent.authorization, sent.cookie, sent['anthropic-workspace-id'], sent['anthropic-beta']], ['blue', KEY, undefined, undefined, undefined, 'first,second']);
  });

  it('names the account where its key is refused, and repeats no key that the server repeats', async () => {
    for (const { model } of Object.values(good)) {
      const { result, everywhere } = await ask({ model, answers: [{ status: 401, body: { error: { type: 'authentication_error', message: `invalid key ${KEY}, Bearer ${KEY}` } } }] });

      assert.equal(result.error?.code, 'PROVIDER_AUTH');
      assert.match(result.error?.hint ?? '', /account work/);
      for (const text of everywhere) assert.ok(!text.includes(KEY), text.slice(0, 400));
    }
  });

  it('names the account where nothing listens at its address', async () => {
    const { result } = await ask({ model: 'anthropic/claude-test', answers: [], baseUrl: () => 'http://127.0.0.1:9' });

    assert.equal(result.error?.code, 'PROVIDER_UNREACHABLE');
    assert.match(result.error?.hint ?? '', /the address of account work/);
  });

  it('is refused where its address is none', async () => {
    const { result } = await ask({ model: 'anthropic/claude-test', answers: [], baseUrl: () => 'ftp://example.test' });

    assert.deepEqual([result.error?.code, result.error?.message], ['PROVIDER_ADDRESS_INVALID', 'the address of account work begins with ftp:; allowed are https: and http:']);
  });

  it('of a local server needs an address', async () => {
    const kernel = await createTestKernel({ plugins: [openai, allowAll, giveAccess({ account: 'work' })], env: ENV, session: { model: 'local/x' } });
    const { error } = await kernel.session.runTurn({ text: 'hi' });
    await kernel.close();

    assert.equal(error?.code, 'PROVIDER_ADDRESS_MISSING');
  });

  it('that is not of its form is nobody’s', async () => {
    for (const access of [null, {}, { account: 'work' }, { account: 'work', authorize: 'x' }, { account: 'work', baseUrl: 7, authorize: () => ({}) }]) {
      const odd = definePlugin({ name: 'odd', setup: ({ hooks }) => hooks.model.tap('odd', (next) => (request, turn) => next({ ...request, access } as unknown as ModelRequest, turn)) });
      const kernel = await createTestKernel({ plugins: [anthropic, allowAll, odd], env: ENV, session: { model: 'anthropic/claude-test' } });
      const { error } = await kernel.session.runTurn({ text: 'hi' });
      await kernel.close();

      assert.deepEqual([isPithError(error), error?.code], [false, 'TAP_INVALID_RESULT'], JSON.stringify(access));
    }
  });
});

describe('a provider with accounts in the vault', () => {
  it('is ready as one with a key of its own, and says what is missing where nobody gives it an account', async () => {
    const vault = definePlugin({ name: 'vault', services: { vault: () => ({ get: async () => undefined, values: async () => [] }) as never }, storedSecrets: () => [{ name: 'anthropic/4f1c', setMs: 0, version: 1 }, { name: 'openai-eu', setMs: 0, version: 1 }] });
    const kernel = await createTestKernel({ plugins: [anthropic, openai, vault, allowAll], env: {} });
    const result = await kernel.session.runTurn({ text: 'hi' });
    await kernel.close();

    assert.deepEqual([kernel.session.provider, result.error?.code], ['anthropic', 'PROVIDER_KEY_MISSING']);
  });
});
