import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { definePlugin, type Reply, type TurnEvent, type Usage } from '@pith/kernel';
import { createTestKernel } from '@pith/kernel/testing';
import pricing from '../src/index.ts';

/** A provider under any name that answers once, with this usage, as this model. */
function provider({ name, model, answersAs = model, usage }: { name: string; model: string; answersAs?: string; usage: Usage | null }) {
  const reply: Reply = { status: 'complete', id: 'r', model: answersAs, stop: 'end', blocks: [{ type: 'text', text: 'hi' }], usage };
  return definePlugin({ name: 'models', providers: [{ name, models: [model], load: async () => ({ stream: async function* () { yield { type: 'end', reply }; } }) }] });
}

async function costOf(given: Parameters<typeof provider>[0], options: Record<string, unknown> = {}, startMs = Date.UTC(2026, 10, 21)): Promise<number | null> {
  const { session, events, close } = await createTestKernel({ plugins: [pricing, provider(given)], options: { pricing: options }, host: { now: () => startMs } });
  try {
    const { costMicroUsd } = await session.runTurn({ text: 'hi' });
    const end = events.find((event): event is Extract<TurnEvent, { type: 'model-end' }> => event.type === 'model-end')!;
    assert.equal(end.costMicroUsd, costMicroUsd);
    return costMicroUsd;
  } finally {
    await close();
  }
}

describe('a turn with pricing', () => {
  const usage: Usage = { input: 1000, output: 100, cacheRead: 20_000, cacheWrite: 500 };

  it('costs what the model that answered costs', async () => {
    assert.equal(await costOf({ name: 'anthropic', model: 'claude-opus-5-5', answersAs: 'claude-opus-5-5-20260914', usage }), 1000 * 4 + 100 * 20 + 20_000 * 0.2 + 500 * 5);
  });

  it('costs what it cost on the day of the call', async () => {
    const long: Usage = { input: 300_000, output: 0 };

    assert.equal(await costOf({ name: 'anthropic', model: 'claude-opus-4-6', usage: long }, {}, Date.UTC(2026, 2, 12)), 3_000_000);
    assert.equal(await costOf({ name: 'anthropic', model: 'claude-opus-4-6', usage: long }, {}, Date.UTC(2026, 2, 13)), 1_500_000);
  });

  it('has no known cost, never 0, for a model, a provider or a usage that is not known', async () => {
    assert.equal(await costOf({ name: 'anthropic', model: 'claude-next', usage }), null);
    assert.equal(await costOf({ name: 'local', model: 'gpt-5', usage }), null);
    assert.equal(await costOf({ name: 'google', model: 'gemma-4-31b-it', usage }), null);
    assert.equal(await costOf({ name: 'anthropic', model: 'claude-opus-5-5', usage: null }), null);
  });

  it('costs what the person says, before any list, by the name that was asked for or the one that answered', async () => {
    const prices = { 'corp/big': { input: '0.0000001', output: 0 }, 'anthropic/claude-opus-5-5': { input: 1, output: '1.5', cacheRead: 0, cacheWrite: '2' } };

    assert.equal(await costOf({ name: 'corp', model: 'big', answersAs: 'big-7b-q4', usage: { input: 1, output: 5 } }, { prices }), 1);
    assert.equal(await costOf({ name: 'anthropic', model: 'claude-opus-5-5', usage }, { prices }), 1000 + 150 + 1000);
  });

  it('does not begin with prices that make no sense', async () => {
    const { kernel, close } = await createTestKernel({ plugins: [pricing, provider({ name: 'corp', model: 'big', usage })], options: { pricing: { prices: { 'corp/big': { input: 'cheap', output: 1 } } } } });
    const { state, error } = kernel.plugins.find(({ name }) => name === 'pricing')!;
    await close();

    assert.deepEqual([state, error?.code], ['failed', 'CONFIG_INVALID']);
    assert.match(error!.message, /prices\.corp\/big\.input: must be dollars per million tokens, as "2\.5" or 2\.5; found "cheap"/);
  });
});

describe('the lists of pricing', () => {
  it('are not read before a price is asked for', () => {
    const script = `
      import { registerHooks } from 'node:module';
      const loaded = [];
      registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
      const { createKernel } = await import('@pith/kernel');
      const { default: pricing } = await import(${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)});
      const kernel = await createKernel({ plugins: [pricing] });
      const lists = () => loaded.filter((url) => /-data\\.ts$/.test(url)).length;
      const before = lists();
      const service = await kernel.service('pricing');
      console.log(JSON.stringify([before, lists(), service.costMicroUsd({ provider: 'openai', model: 'gpt-5', usage: { input: 4, output: 0 } })]));
      await kernel.close();`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--conditions=pith-source', '--input-type=module', '--eval', script], { cwd: fileURLToPath(new URL('..', import.meta.url)), encoding: 'utf8' });

    assert.equal(stdout.trim(), '[0,2,5]', stderr);
  });
});
