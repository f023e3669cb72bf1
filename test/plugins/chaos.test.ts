import assert from 'node:assert/strict';
import { definePlugin, type TurnEvent, toText } from '@pith/kernel';
import { allowAll, createTestKernel, testHost } from '@pith/kernel/testing';
import anthropic from '@pith/plugin-anthropic';
import openai from '@pith/plugin-openai';
import resilience from '@pith/plugin-resilience';
import { ANTHROPIC, CHAT, type Dialect, FAULTS, type Said, startChaos } from '../support/chaos-server.ts';

/** Over both dialects. */
const TURNS = process.env['PITH_SOAK'] === undefined ? 100 : 1000;
const TURNS_A_SESSION = 25;
const SHARE = 0.3;
const WRITTEN = 'It stands there now.';

/** Chance that repeats. */
function chance(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
}

/** What the model says is in what it was asked: a text and a call at first, and a text once it has the result. */
function say(body: string): Said {
  // After a turn that broke off, several inputs and results may stand in one message: what comes last counts.
  const text = JSON.stringify((JSON.parse(body) as { messages: unknown }).messages);
  const number = [...text.matchAll(/turn number (\d+)/g)].at(-1)![1]!;
  // A call that did not arrive whole has a result, too: that it did not run.
  const hasResult = text.lastIndexOf(WRITTEN) > text.lastIndexOf('turn number');
  return hasResult ? { text: `That was turn ${number}, and all of it is done.` } : { text: `I will write down ${number}.`, call: JSON.stringify({ text: `number ${number}` }) };
}

interface Turn { number: number; status: string; shown: string; kept: string; ends: number; ran: string[]; calls: string[] }

/** One session of so many turns, each with what came of it. */
async function play(dialect: Dialect, { seed, first, count }: { seed: number; first: number; count: number }): Promise<{ turns: Turn[]; faults: Record<string, number>; retries: number }> {
  const server = await startChaos({ dialect, say, share: SHARE, random: chance(seed) });
  const ran: string[] = [];
  const note = definePlugin({
    name: 'note',
    tools: [{ name: 'note', description: 'Writes down.', effect: 'write', targets: () => [{ family: 'Edit', name: 'note' }], inputSchema: { type: 'object', properties: { text: { type: 'string' } } }, execute: async (input: { text: string }) => { ran.push(input.text); return WRITTEN; } }],
  });
  const isAnthropic = dialect === ANTHROPIC;
  const { session, events, close } = await createTestKernel({
    plugins: [anthropic, openai, resilience, note, allowAll], host: { ...testHost(), random: chance(seed + 1) }, idleTimeoutMs: 100,
    env: isAnthropic ? { ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: server.url } : { PITH_LOCAL_BASE_URL: server.url },
    options: { openai: { local: { api: 'chat' } } }, session: isAnthropic ? { provider: 'anthropic' } : { provider: 'local', model: 'gpt-test' },
  });
  const turns: Turn[] = [];
  for (let number = first; number < first + count; number++) {
    const from = events.length;
    const ranBefore = ran.length;
    const { status } = await session.runTurn({ text: `This is turn number ${number}` });
    turns.push({ number, status, ran: ran.slice(ranBefore), ...factsOf(events.slice(from)) });
  }
  const retries = events.filter(({ type }) => type === 'retry').length;
  await close();
  await server.close();
  return { turns, faults: server.faults, retries };
}

function factsOf(events: readonly TurnEvent[]): Pick<Turn, 'shown' | 'kept' | 'ends' | 'calls'> {
  const facts = { shown: '', kept: '', ends: 0, calls: [] as string[] };
  for (const event of events) {
    if (event.type === 'text-delta') facts.shown += event.text;
    if (event.type === 'turn-end') facts.ends++;
    if (event.type === 'tool-start') facts.calls.push((event.input as { text: string }).text);
    if (event.type === 'model-end') facts.kept += toText(event.reply.blocks);
  }
  return facts;
}

describe(`${TURNS} turns against vendors that fail in ${Object.keys(FAULTS).length} ways, ${SHARE * 100} % of the time`, () => {
  const turns: Turn[] = [];
  const faults: Record<string, number> = {};
  let retries = 0;

  before(async function () {
    this.timeout(60_000 + TURNS * 2000);
    for (const [index, dialect] of [ANTHROPIC, CHAT].entries()) {
      for (let first = 0; first < TURNS / 2; first += TURNS_A_SESSION) {
        const played = await play(dialect, { seed: 7 + 1000 * index + first, first, count: Math.min(TURNS_A_SESSION, TURNS / 2 - first) });
        turns.push(...played.turns);
        retries += played.retries;
        for (const [name, count] of Object.entries(played.faults)) faults[name] = (faults[name] ?? 0) + count;
      }
    }
  });

  it('meet every kind of fault', () => {
    assert.deepEqual(Object.keys(faults).sort(), Object.keys(FAULTS).sort());
    assert.ok(retries >= Object.values(faults).reduce((sum, count) => sum + count, 0) / 2, `${retries} retries of ${JSON.stringify(faults)}`);
  });

  it('end once each', () => {
    assert.equal(turns.length, TURNS);
    assert.deepEqual(turns.filter(({ ends }) => ends !== 1), []);
  });

  it('run no call that did not arrive whole, and none twice', () => {
    for (const { number, ran, calls } of turns) {
      assert.deepEqual(ran, calls);
      assert.ok(ran.length <= 1 && ran.every((text) => text === `number ${number}`), `turn ${number}: ${JSON.stringify(ran)}`);
    }
  });

  it('lose and double nothing that was shown', () => {
    for (const { number, status, shown, kept } of turns) {
      const whole = `I will write down ${number}.That was turn ${number}, and all of it is done.`;
      assert.equal(shown, kept, `turn ${number}`);
      if (status === 'done') assert.equal(shown, whole);
      else assert.ok(whole.startsWith(shown), `turn ${number}: ${shown}`);
    }
  });

  it('are done, but for those that broke after something was shown', () => {
    const done = turns.filter(({ status }) => status === 'done');
    assert.ok(done.length > TURNS / 2, `${done.length} of ${TURNS}`);
    const broken = turns.filter(({ status }) => status !== 'done');
    assert.deepEqual(new Set(broken.map(({ status }) => status)), new Set(['error']));
  });
});
