import assert from 'node:assert/strict';
import { definePlugin } from '@pith/kernel';
import { allowAll, createTestKernel } from '@pith/kernel/testing';
import anthropic from '@pith/plugin-anthropic';
import openai from '@pith/plugin-openai';
import compaction from '../src/index.ts';
import { lines } from './histories.ts';
import { ANTHROPIC, CHAT, type Dialect, RESPONSES, startStrict } from './strict-server.ts';

const CALLS = process.env['PITH_SOAK'] === undefined ? 100 : 400;
const TURNS = 4;
const WINDOW_TOKENS = 32_000;
const RESULT_CHARACTERS = 3000;

const TASK = 'The task: find out which of the files hold the answer 42, and say so in German.';
const further = (turn: number): string => `Further words of turn ${turn}: leave the folder number ${turn} alone.`;
const RULE = 'A pinned rule: never touch the harbour.';
const NESTED = 'A pinned rule of a nested folder: the lighthouse stays lit.';
const OPEN = '[ ] write the report about the tide';

/** What a project has: files to read, a list of steps, rules that other plugins put in. */
const project = definePlugin({
  name: 'project',
  tools: [
    { name: 'read', description: 'Reads a file.', effect: 'read', inputSchema: { type: 'object' }, execute: async ({ path }: { path: string }) => ({ content: [{ type: 'text', text: lines(RESULT_CHARACTERS, path) }, ...(path === 'src/7.ts' ? [{ type: 'text' as const, text: NESTED, label: { owner: 'project', name: 'nested', pinned: true as const } }] : [])] }) },
    { name: 'todo', description: 'Keeps a list.', effect: 'read', inputSchema: { type: 'object' }, execute: async () => `[x] look around\n${OPEN}\n[1 of 2 done]` },
  ],
  setup({ hooks }) {
    hooks.input.tap('rule', (input) => (input.text === TASK ? { ...input, attachments: [{ type: 'text', text: RULE, label: { owner: 'project', name: 'rule', pinned: true } }] } : undefined));
  },
});

/** A session of so many calls against a vendor that refuses what is out of order. */
async function play(dialect: Dialect) {
  let step = 0;
  const server = await startStrict(dialect, (body) => {
    if (body.includes('You sum up the work')) return { text: '## Task\nThe answer 42 is looked for.\n## Next\nThe next file.' };
    step++;
    if (step % (CALLS / TURNS + 1) === 0) return { text: `That was part ${step}.` };
    return step === 3 ? { text: 'The list.', call: { name: 'todo', input: { items: [] } } } : { text: `Now file ${step}.`, call: { name: 'read', input: { path: `src/${step}.ts` } } };
  });
  const { session, events, close } = await createTestKernel({
    plugins: [anthropic, openai, compaction, project, allowAll], options: { compaction: { windowTokens: WINDOW_TOKENS }, openai: { local: { api: dialect === RESPONSES ? 'responses' : 'chat' } } },
    env: dialect === ANTHROPIC ? { ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: server.url } : { PITH_LOCAL_BASE_URL: server.url },
    session: dialect === ANTHROPIC ? { provider: 'anthropic' } : { provider: 'local', model: 'gpt-test' },
  });
  const results = [];
  for (let turn = 0; turn < TURNS; turn++) results.push(await session.runTurn({ text: turn === 0 ? TASK : further(turn) }));
  await close();
  await server.close();
  return { server, events, results };
}

for (const dialect of [ANTHROPIC, CHAT, RESPONSES]) {
  describe(`a session of ${CALLS} calls with results of 3 KB in a window of 32 000 tokens (${dialect.name})`, () => {
    let played: Awaited<ReturnType<typeof play>>;
    before(async function () {
      this.timeout(60_000);
      played = await play(dialect);
    });
    const steps = () => played.server.requests.filter(({ body }) => !body.includes('You sum up the work'));

    it('ends every turn as it should, and no request is refused', () => {
      assert.deepEqual(played.server.refused, []);
      assert.deepEqual(played.results.map(({ status }) => status), Array.from({ length: TURNS }, () => 'done'));
      assert.equal(steps().length, CALLS + TURNS);
    });

    it('never comes near the end of the window, and makes room seldom', () => {
      const longest = Math.max(...steps().map(({ body }) => body.length / 4));
      const changes = played.events.filter(({ type }) => type === 'history-changed').length;
      assert.ok(longest < WINDOW_TOKENS * 0.8, `${longest} tokens`);
      assert.ok(changes >= 2 && changes <= CALLS / 6, `${changes} times in ${CALLS} steps`);
    });

    it('has every pinned thing in every request: the task, the words of the user, rules, the open steps', () => {
      for (const [index, { body }] of steps().entries()) {
        const turn = Math.floor(index / (CALLS / TURNS + 1));
        const must = [TASK, RULE, ...Array.from({ length: turn }, (_, at) => further(at + 1)), ...(index > 2 ? [OPEN] : []), ...(index > 6 ? [NESTED] : [])];
        for (const text of must) assert.ok(body.includes(text), `request ${index} lacks: ${text}`);
      }
    });

    it('sends the same bytes as before, and more, but where room was made', () => {
      const bodies = steps().map(({ body }) => dialect.conversation(body));
      const broken = bodies.slice(1).filter((body, index) => !body.startsWith(bodies[index]!)).length;
      assert.equal(broken, played.events.filter(({ type }) => type === 'history-changed').length);
      const blamed = played.events.flatMap((event) => (event.type === 'context-ready' && !event.prefix.kept ? [event.prefix.changedBy] : []));
      assert.deepEqual(new Set(blamed), new Set(['compaction']));
    });

    it('says of each stage what it made room of', () => {
      const compactions = played.events.filter((event) => event.type === 'compaction');
      assert.ok(compactions.length > 0);
      for (const { tokensBefore, tokensAfter, dropped, plugin } of compactions) assert.ok(tokensAfter < tokensBefore && dropped.length > 0 && plugin === 'compaction');
      assert.ok(compactions.some(({ stage, dropped }) => stage === 'snip' && dropped.includes('read src/1.ts')));
    });
  });
}
