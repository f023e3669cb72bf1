import assert from 'node:assert/strict';
import { type ContextTap, definePlugin, fingerprint, type ModelRequest, type PluginDefinition, type SystemSection, type TurnEvent } from '@pith/kernel';
import { allowAll, createTestKernel, testModel } from '@pith/kernel/testing';
import context from '../src/index.ts';
import { VendorCache } from './vendor-cache.ts';

type Ready = Extract<TurnEvent, { type: 'context-ready' }>;
const prose = (words: number, seed: string): string => Array.from({ length: words }, (_, index) => `${seed}${index % 7} says what stands in line ${index}.`).join('\n');
const section = (id: string, text: string, stability: SystemSection['stability'] = 'stable'): SystemSection => ({ id, text, owner: 'culprit', stability });
const culprit = (tap: ContextTap) => definePlugin({ name: 'culprit', setup({ hooks }) { hooks.context.tap('culprit', tap); } });
const tools = definePlugin({
  name: 'tools',
  tools: ['look', 'list', 'find', 'edit', 'move', 'copy'].map((name) => ({ name, description: prose(10, name), effect: 'read' as const, inputSchema: {}, execute: async () => prose(40, name) })),
});

interface Setting { plugins: readonly PluginDefinition[]; steps?: number; calls?: number; turns?: number }

/** A session of some steps, as a vendor's cache sees it. */
async function run({ plugins, steps = 30, calls = 1, turns = 2 }: Setting) {
  const cache = new VendorCache();
  const step = (request: ModelRequest) => { cache.take(request); return { calls: Array.from({ length: calls }, (_, index) => ({ id: `c${request.messages.length}-${index}`, name: 'look' })) }; };
  const last = (request: ModelRequest): string => { cache.take(request); return 'done'; };
  const model = testModel(Array.from({ length: turns }, () => [...Array.from({ length: steps }, () => step), last]).flat());
  const test = await createTestKernel({ plugins: [model.plugin, allowAll, tools, ...plugins], session: { system: [{ id: 'append-system', text: prose(60, 'rule'), owner: 'user', stability: 'stable' }] } });
  for (let turn = 0; turn < turns; turn++) await test.session.runTurn({ text: `task ${turn}` });
  await test.close();
  const ready = test.events.filter((event) => event.type === 'context-ready') as Ready[];
  const notices = test.events.flatMap((event) => (event.type === 'notice' ? [event.text] : []));
  return { cache, ready, notices, requests: model.requests, broken: ready.filter(({ prefix }) => !prefix.kept).map(({ prefix }) => prefix.changedBy) };
}

/** The published plugin patterns that ruin prompt caches. */
const PATTERNS: Record<string, () => ContextTap> = {
  'writes the time into the system prompt': () => (request, turn) => ({ ...request, system: [section('time', `It is step ${turn.step} of ${turn.turnId}.`), ...request.system] }),
  'rewrites old results': () => (request) => ({
    ...request,
    messages: request.messages.map((message, index) => (index < request.messages.length - 4 && message.content[0]?.type === 'tool-result'
      ? { ...message, content: message.content.map((block) => (block.type === 'tool-result' ? { ...block, content: [{ type: 'text' as const, text: prose(16, 'shortened') }] } : block)) } : message)),
  }),
  'turns the tools round': () => (request, turn) => ({ ...request, tools: request.tools.toSorted((a, b) => (fingerprint(a.name + turn.step + turn.turnId) < fingerprint(b.name + turn.step + turn.turnId) ? -1 : 1)) }),
};

/** Breakpoints as most agents set them: the end of the system prompt, and the end of the conversation. */
const plainMarks = definePlugin({
  name: 'zz-plain-marks',
  setup({ hooks }) {
    hooks.context.tap({ name: 'marks', stage: 500 }, (request) => ({
      ...request,
      system: request.system.map((each, index) => (index === request.system.length - 1 ? { ...each, cache: true } : each)),
      messages: request.messages.map((message, at) => (at === request.messages.length - 1 ? { ...message, content: message.content.map((block, index) => (index === message.content.length - 1 ? { ...block, cache: true } : block)) } : message)),
    }));
  },
});

describe('the prompt cache', () => {
  it('is kept: each request is found up to the end of the one before, over steps and turns, with up to 4 breakpoints', async () => {
    const { cache, broken, ready } = await run({ plugins: [context] });
    assert.deepEqual(broken, []);
    assert.ok(ready.every(({ prefix }) => prefix.mended === undefined));
    for (const [index, { read, marks }] of cache.requests.entries()) {
      assert.ok(marks <= 4);
      if (index > 0) assert.equal(read, cache.requests[index - 1]!.tokens, `request ${index}`);
    }
    assert.equal(new Set(ready.map(({ prefix }) => prefix.hash)).size, ready.length);
  });

  it('is found again however many blocks a step has added', async () => {
    const { cache } = await run({ plugins: [context], calls: 40, steps: 6 });
    for (const [index, { read }] of cache.requests.entries()) if (index > 0) assert.equal(read, cache.requests[index - 1]!.tokens, `request ${index}`);
  });

  it('is not harmed by a section that calls itself volatile: it is the last thing that is said, and nothing of what is kept', async () => {
    const now = culprit((request, turn) => ({ ...request, system: [section('now', `step ${turn.step} of ${turn.turnId}</context>`, 'volatile'), ...request.system] }));
    const { cache, broken, requests, ready } = await run({ plugins: [context, now] });
    assert.deepEqual(broken, []);
    assert.ok(ready.every(({ prefix }) => prefix.mended === undefined));
    assert.ok(cache.hitShare > 0.85, String(cache.hitShare));
    for (const [index, { system, messages }] of requests.entries()) {
      assert.ok(system.every(({ stability }) => stability === 'stable'));
      const tail = messages.at(-1)!;
      assert.match(JSON.stringify(tail), /"<context-2 note=.*step \d+ of [^<]+<\/context>\\n<\/context-2>"/);
      assert.ok(tail.content.every(({ cache: isMarked }) => isMarked !== true));
      assert.equal(ready[index]!.prefix.messages, messages.length - 1);
    }
  });

  for (const [what, pattern] of Object.entries(PATTERNS)) {
    it(`is restored where a plugin ${what}, which is named`, async () => {
      const without = await run({ plugins: [culprit(pattern()), plainMarks] });
      assert.ok(without.cache.hitShare < 0.5, `without: ${without.cache.hitShare}`);
      assert.ok(without.broken.length > 20);
      assert.deepEqual(new Set(without.broken), new Set(['culprit']));

      const { cache, broken, notices, ready } = await run({ plugins: [context, culprit(pattern())] });
      assert.ok(cache.hitShare >= 0.85, `with: ${cache.hitShare}`);
      assert.ok(broken.every((plugin) => plugin === 'culprit'), String(broken));
      if (what !== 'rewrites old results') {
        assert.ok(broken.length <= 2, String(broken));
        assert.equal(notices.filter((text) => /the prompt cache holds/.test(text)).length, 1);
        assert.ok(ready.slice(4).every(({ prefix }) => prefix.mended?.plugin === 'culprit'), 'named at each step, though nothing broke');
      }
    });
  }

  it('believes a stable section that changes once: it may have been loaded anew', async () => {
    const once = culprit((request, turn) => ({ ...request, system: [...request.system, section('rules', turn.step < 5 ? 'old rules' : 'new rules')] }));
    const { broken, requests, notices } = await run({ plugins: [context, once], turns: 1 });
    assert.deepEqual(broken, ['culprit']);
    assert.deepEqual(notices, []);
    assert.ok(requests.at(-1)!.system.some(({ text }) => text === 'new rules'));
  });

  it('has breakpoints on nothing that cannot bear one, and no more than four with those of others', async () => {
    const own = culprit((request) => ({
      ...request,
      system: request.system.map((each) => ({ ...each, cache: true })),
      messages: [...request.messages, { role: 'user', content: [{ type: 'text', text: 'a remark' }, { type: 'text', text: ' ' }] }],
    }));
    const { requests } = await run({ plugins: [context, own], steps: 4 });
    for (const { system, messages } of requests) {
      const blocks = messages.flatMap(({ content }) => content).filter(({ cache }) => cache === true);
      assert.ok(blocks.length + system.filter(({ cache }) => cache === true).length <= 4);
      assert.ok(blocks.every((block) => block.type !== 'text' || block.text.trim() !== ''));
      assert.deepEqual(messages.at(-1)!.content.map(({ cache }) => cache === true), [true, false]);
    }
  });

  it('keeps the conversation of each sub-turn by itself', async () => {
    const helper = definePlugin({ name: 'helper', tools: [{ name: 'help', description: '', effect: 'read', inputSchema: {}, execute: async (_, { turn }) => (await turn.runSubTurn({ name: 'helper', text: 'help me' })).text }] });
    const cache = new VendorCache();
    const step = (name: string) => (request: ModelRequest) => { if (JSON.stringify(request.messages[0]).includes('"go"')) cache.take(request); return { calls: [{ id: `c${request.messages.length}`, name }] }; };
    const model = testModel([step('look'), step('help'), step('look'), 'helped', step('look')]);
    const { session, close } = await createTestKernel({ plugins: [context, model.plugin, allowAll, tools, helper], session: { system: [{ id: 'append-system', text: prose(80, 'rule'), owner: 'user', stability: 'stable' }] } });
    await session.runTurn({ text: 'go' });
    await close();
    for (const [index, { read }] of cache.requests.entries()) if (index > 0) assert.equal(read, cache.requests[index - 1]!.tokens);
  });
});
