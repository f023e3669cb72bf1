import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { definePlugin, PithError, type ProviderDeclaration } from '@pith/kernel';
import { createTestKernel } from '@pith/kernel/testing';

const unused: ProviderDeclaration['load'] = () => Promise.reject(new Error('not loaded in this test'));

const plain = definePlugin({
  name: 'plain',
  providers: [{ name: 'keyed', models: ['big', 'small'], rank: 9, ready: (env) => env['KEY'] !== undefined, serves: (model) => model.startsWith('big-'), load: unused }],
});

const anything = definePlugin<{ url?: string; model?: string }>({
  name: 'anything',
  options: { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value: value as { url?: string } }) } },
  providers: [{
    name: 'open', models: [], rank: 1, load: unused,
    ready: (_, options) => (options as { url?: string }).url !== undefined,
    serves: (_, { options }) => (options as { url?: string }).url !== undefined,
    defaultModel: ({ options }) => (options as { model?: string }).model,
  }],
});

describe('the choice of a provider', () => {
  it('prefers one that is ready where several serve the model', async () => {
    const { kernel, close } = await createTestKernel({ plugins: [plain, anything], options: { anything: { url: 'http://127.0.0.1:1' } } });

    assert.deepEqual(kernel.resolveModel({ model: 'big' }), { provider: 'open', model: 'big' });
    assert.deepEqual(kernel.resolveModel({ model: 'keyed/big' }), { provider: 'keyed', model: 'big' });
    await close();
  });

  it('asks the plugin’s options for readiness and for the default model', async () => {
    const { session, close } = await createTestKernel({ plugins: [plain, anything], options: { anything: { url: 'http://127.0.0.1:1', model: 'mine' } } });

    assert.deepEqual([session.provider, session.model], ['open', 'mine']);
    await close();
  });

  it('names a provider that is not ready rather than none', async () => {
    const { kernel, close } = await createTestKernel({ plugins: [plain, anything], env: { KEY: 'k' } });

    assert.deepEqual(kernel.resolveModel({ model: 'big-2' }), { provider: 'keyed', model: 'big-2' });
    assert.throws(() => kernel.resolveModel({ model: 'bik' }), { code: 'MODEL_UNKNOWN' });
    await close();
  });
});

describe('a provider whose key may be stored', () => {
  const stored = definePlugin({
    name: 'stored',
    providers: [{ name: 'stored', models: ['s'], rank: 9, ready: (env, _, hasSecret) => env['KEY'] !== undefined || hasSecret('stored'), load: unused }, { name: 'offline', models: ['o'], load: unused }],
  });
  const vaultWith = (names: () => readonly string[]) => definePlugin({ name: 'vault', services: { vault: () => Promise.reject(new Error('not opened in this test')) }, storedSecrets: () => names().map((name) => ({ name, setMs: 0, version: 1 })) });

  it('is ready with the name alone; nothing is opened, and no vault is needed', async () => {
    const chosen: unknown[] = [];
    for (const plugins of [[stored, vaultWith(() => ['stored'])], [stored, vaultWith(() => ['other'])], [stored]]) {
      const { kernel, close } = await createTestKernel({ plugins });
      chosen.push(kernel.resolveModel({}).provider);
      await close();
    }

    assert.deepEqual(chosen, ['stored', 'offline', 'offline']);
  });

  it('may ask for accounts alone, which have names below its own, also to say what it serves', async () => {
    const served = definePlugin({ name: 'served', providers: [{ name: 'served', models: [], rank: 9, serves: (_, { hasSecret }) => hasSecret('served/'), ready: (_env, _options, hasSecret) => hasSecret('served/'), load: unused }] });
    const chosen: unknown[] = [];
    for (const name of ['served', 'served/work', 'served-too/work']) {
      const { kernel, close } = await createTestKernel({ plugins: [stored, served, vaultWith(() => [name])] });
      const { provider } = kernel.resolveModel({});
      chosen.push(provider, name === 'served/work' ? kernel.resolveModel({ model: 'served/any' }).model : assert.throws(() => kernel.resolveModel({ model: 'served/any' }), { code: 'MODEL_UNKNOWN' }));
      await close();
    }

    assert.deepEqual(chosen, ['offline', undefined, 'served', 'any', 'offline', undefined]);
  });

  it('does not look what is stored where the environment has a key', async () => {
    const { kernel, close } = await createTestKernel({ plugins: [stored, vaultWith(() => { throw new Error('looked'); })], env: { KEY: 'k' } });

    assert.deepEqual([kernel.resolveModel({}).provider, kernel.loadNotices()], ['stored', []]);
    await close();
  });

  it('is ready as well with a name that only the vault itself knows, once it was asked', async () => {
    const vault = definePlugin({ name: 'vault', storedSecrets: () => [], services: { vault: () => ({ list: async () => [{ name: 'stored/shared', setMs: 0, version: 1 }], values: async () => new Map() }) as never } });
    const away = definePlugin({ name: 'vault', storedSecrets: () => [], services: { vault: () => ({ list: async () => { throw new PithError('The server is away', { code: 'DATABASE_UNREACHABLE' }); } }) as never } });
    const chosen: unknown[] = [];
    for (const plugins of [[stored, vault], [stored, away], [stored]]) {
      const { kernel, close } = await createTestKernel({ plugins });
      chosen.push(kernel.resolveModel({}).provider);
      await kernel.storedSecrets.ask();
      chosen.push(kernel.resolveModel({}).provider, kernel.loadNotices().map(({ text }) => text));
      await close();
    }

    assert.deepEqual(chosen, ['offline', 'stored', [], 'offline', 'offline', ['Which accounts machines share is not known: The server is away'], 'offline', 'offline', []]);
  });

  it('asks only the plugin that brings the vault', async () => {
    const other = definePlugin({ name: 'other', storedSecrets: () => [{ name: 'stored', setMs: 0, version: 1 }] });
    const { kernel, close } = await createTestKernel({ plugins: [stored, other] });

    assert.equal(kernel.resolveModel({}).provider, 'offline');
    await close();
  });

  it('is passed over when the vault cannot be read, and the turn says why', async () => {
    const broken = vaultWith(() => { throw new PithError('The vault is damaged', { code: 'VAULT_DAMAGED', hint: 'Mend it.' }); });
    const { kernel, session, events, close } = await createTestKernel({ plugins: [stored, broken] });

    await session.runTurn({ text: 'hi' });

    assert.equal(kernel.resolveModel({}).provider, 'offline');
    const notices = events.filter((event) => event.type === 'notice');
    assert.deepEqual(notices.map(({ level, plugin, code, text }) => [level, plugin, code, text]), [['warning', 'vault', 'VAULT_DAMAGED', 'The vault is damaged. Mend it.']]);
    await close();
  });
});

describe('a reply whose call failed', () => {
  it('keeps the word, the sentence and the waiting time of the vendor', async () => {
    const failing = definePlugin({
      name: 'failing',
      providers: [{
        name: 'failing', models: ['m'],
        load: async () => ({
          stream: () => {
            throw new PithError('It is busy (429): slow down', { code: 'PROVIDER_RATE_LIMITED', origin: 'provider', exitCode: 5, details: { type: 'rate_limit_error', vendorMessage: 'slow down', retryAfterS: 7 } });
          },
        }),
      }],
    });
    const { session, events, close } = await createTestKernel({ plugins: [failing] });

    await session.runTurn({ text: 'hi' });

    const end = events.find((event) => event.type === 'model-end');
    assert.deepEqual(end?.reply.error, { type: 'rate_limit_error', message: 'slow down' });
    assert.equal(end?.reply.retryAfterS, 7);
    await close();
  });
});

describe('the idle limit of a provider', () => {
  it('is for silence: signs of life begin it anew, and are shown to nobody', async () => {
    const thinking = definePlugin({
      name: 'thinking',
      providers: [{
        name: 'thinking', models: ['m'],
        load: async () => ({
          async *stream(_, turn) {
            // Longer than the limit in all, and never silent for as long as it.
            for (let beat = 0; beat < 8; beat++) {
              await wait(60, undefined, { signal: turn.signal });
              yield { type: 'alive' };
            }
            yield { type: 'end', reply: { status: 'complete', id: null, model: null, stop: 'end', blocks: [{ type: 'text', text: 'done' }], usage: null } };
          },
        }),
      }],
    });
    const { session, events, close } = await createTestKernel({ plugins: [thinking], idleTimeoutMs: 300 });

    const result = await session.runTurn({ text: 'hi' });

    assert.deepEqual([result.status, result.text], ['done', 'done']);
    assert.equal(events.some(({ type }) => type === 'text-delta' || type === 'thinking-delta'), false);
    await close();
  });
});
