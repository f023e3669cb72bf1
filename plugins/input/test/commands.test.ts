import assert from 'node:assert/strict';
import { definePlugin, type Message, type ModelFacts, PithError, type PluginDefinition, reportContext, type SessionStore, type StoredSession, toParts, type TurnEvent } from '@pith/kernel';
import { afterEach } from 'mocha';
import { COLUMNS, toAge, toDollars, toLine } from '../src/slash/words.ts';
import { type Input, type InputOptions, startInput, textsOf } from './start-input.ts';

const say = (text: string): Message => ({ role: 'user', content: [{ type: 'text', text }] });
const stored = (more: Partial<StoredSession>): StoredSession => ({ id: 'old-session', cwd: '/elsewhere', startedMs: 0, updatedMs: 0, turns: 1, title: 'An old\u001b[2J title', provider: null, model: null, messages: [say('old')], repairs: [], ...more });

/** A store that holds what it is given. */
function store({ events = [], sessions = [] }: { events?: readonly object[]; sessions?: readonly StoredSession[] }): PluginDefinition {
  const found: Partial<SessionStore> = {
    list: async () => sessions,
    load: async (id) => sessions.find((session) => session.id === id) ?? Promise.reject(new PithError(`There is no session ${id}`, { code: 'SESSION_NOT_FOUND' })),
    events: async function* read() { yield* events as TurnEvent[]; },
  };
  return definePlugin({ name: 'store', services: { sessions: () => found as SessionStore } });
}
const ended = (model: string, costMicroUsd: number | null, usage = { input: 1000, output: 10 }): object => ({ type: 'model-end', provider: 'test', model, costMicroUsd, usage });

describe('a slash command', () => {
  let input: Input | undefined;
  afterEach(async () => {
    await input?.close();
    input = undefined;
  });
  const start = async (options?: InputOptions): Promise<Input> => input = await startInput(options);
  const reply = async (text: string): Promise<string> => {
    const { text: said, status, error } = await input!.run(text);
    assert.deepEqual([status, input!.model.requests.length], ['done', 0], error?.message);
    return said!.replaceAll(/\s+/g, ' ');
  };

  it('that there is not is an error with the nearest names, and says how it is sent as text', async () => {
    const { run, model } = await start();

    const { exitCode, error } = await run('/celar');
    const far = await run('/xyzzyxyzzy');

    assert.deepEqual([exitCode, error?.code, far.error?.code, model.requests.length], [2, 'SLASH_UNKNOWN', 'SLASH_UNKNOWN', 0]);
    assert.match(error!.hint!, /Did you mean \/clear.*\\\/celar is sent as text/);
    assert.doesNotMatch(far.error!.hint!, /Did you mean/);
  });

  for (const [text, sent] of [['/tmp is full', '/tmp is full'], ['/usr/bin/x is broken', '/usr/bin/x is broken'], ['// why', '// why'], ['\\/clear', '/clear'], ['\\!ls', '!ls'], [' /clear', ' /clear']] as const) {
    it(`is none in ${JSON.stringify(text)}, which the model gets`, async () => {
      const test = await start();

      await test.run(text);

      assert.deepEqual(textsOf(test.model.requests[0]!.messages), [sent]);
      assert.equal(test.events.find((event) => event.type === 'input-accepted')?.text, text);
    });
  }

  it('that holds what nobody sees is an error that shows it', async () => {
    const { run } = await start();

    assert.match((await run('/cle\u200bar')).error!.message, /^\/cle\\u\{200b\}ar is no command: it holds a character that nobody sees$/);
  });

  it('of another plugin runs, and gives the model a prompt with its attachments; what was typed behind it may mention files', async () => {
    const review = definePlugin({
      name: 'review',
      slashCommands: [
        { name: 'review', summary: 'Reviews', run: async (argument) => ({ prompt: `Review ${argument}. Never @b.ts.`, attachments: [{ type: 'text', text: 'the rules' }] }) },
        { name: 'shout', summary: 'Shouts', run: async () => 'loud\r\n\u001b[31mred' },
      ],
    });
    const test = await start({ plugins: [review] });
    await test.put('a.ts');
    await test.put('b.ts');

    await test.run('/review @a.ts', { attachments: [{ type: 'text', text: 'piped' }] });

    assert.deepEqual(textsOf(test.model.requests[0]!.messages), ['Review @a.ts. Never @b.ts.', 'the rules', 'piped', '<file path="a.ts">\nread of a.ts\n</file>']);
    assert.equal((await test.run('/shout')).text, 'loud\n\\x1b[31mred');
    assert.equal(test.events.find((event) => event.type === 'input-accepted')?.text, '/review @a.ts');
  });

  it('is data in the task that a tool gives to an agent', async () => {
    const agent = definePlugin({
      name: 'agent',
      tools: [{ name: 'agent', description: '', effect: 'agent', targets: () => [{ family: 'Agent' }], inputSchema: {}, execute: async ({ task }: { task: string }, { turn }) => (await turn.runSubTurn({ name: 'agent', text: task })).text }],
    });
    const tasks = ['/clear', '!touch x', 'See @a.ts', '\\/x'];
    const test = await start({ plugins: [agent], steps: [{ calls: tasks.map((task) => ({ name: 'agent', input: { task } })) }] });
    await test.put('a.ts');

    await test.run('go');

    const given = test.events.flatMap((event) => (event.type === 'input-accepted' && event.parentRunId !== undefined ? [textsOf([event.message])] : []));
    assert.deepEqual([given.toSorted(), test.calls], [tasks.map((task) => [task]).toSorted(), []]);
  });

  it('/clear forgets what was said, and nothing but that', async () => {
    const test = await start();
    await test.run('one');
    const { text } = await test.run('/clear');

    assert.match(text!, /^2 messages cleared/);
    assert.deepEqual(test.session.messages, []);
    assert.equal((await test.run('/clear')).text, 'There is nothing to clear.');
    const wrong = await test.run('/clear all');
    assert.deepEqual([wrong.exitCode, wrong.error?.code], [2, 'COMMAND_ARGUMENT_INVALID']);
  });

  it('/help lists the commands of all plugins and what else can be typed, and says more of one', async () => {
    await start({ plugins: [definePlugin({ name: 'other', slashCommands: [{ name: 'other', summary: 'Something\u001b[2J else', run: async () => '' }] })] });

    const list = await reply('/help');

    for (const name of ['clear', 'context', 'cost', 'fork', 'help', 'model', 'redo', 'resume', 'undo', 'other']) assert.match(list, new RegExp(`/${name} `));
    assert.match(list, /Something\\x1b\[2J else/);
    assert.ok((await input!.run('/help undo')).text!.split('\n').some((line) => line.length > 200), 'whoever shows it wraps it');
    assert.match(await reply('/help undo'), /^\/undo \[N\] .* Takes back the last N steps/);
    assert.match(await reply('/help /other'), /It comes from the plugin other/);
    assert.match((await input!.run('/help udno')).error!.hint!, /Did you mean \/undo/);
  });

  it('/model says which model answers, and chooses another from the next turn on', async () => {
    const test = await start();

    assert.match(await reply('/model'), /^test\/model answers\. /);
    assert.match(await reply('/model other'), /^test\/other answers from the next turn/);
    assert.match(await reply('/model test/other'), /answers already/);
    const unknown = await test.run('/model oter');
    assert.deepEqual([unknown.exitCode, unknown.error?.code], [2, 'MODEL_UNKNOWN']);
    await test.run('hi');
    assert.equal(test.model.requests[0]!.model, 'other');
  });

  it('/model lists what is known of the provider', async () => {
    const facts = (provider: string, model: string, tools?: boolean): ModelFacts => ({ provider, model, contextTokens: 1000, outputTokensMax: null, abilities: tools === undefined ? {} : { tools }, prices: null, priceDate: null });
    const all = [facts('test', 'model'), facts('test', 'mute', false), ...Array.from({ length: 25 }, (_, index) => facts('test', `m${index}`)), facts('far', 'a'), facts('far', 'b')];
    await start({ plugins: [definePlugin({ name: 'pricing', services: { pricing: () => ({ costMicroUsd: () => null, findModel: async () => all[0], listModels: async () => all }) } })] });

    assert.match(await reply('/model'), /^test\/model answers\. Also known of test: m0 m1 .* m19 and 5 more \/model NAME/);
    assert.match(await reply('/context'), /0 % of a window of 1 000 tokens\./);
  });

  for (const [isKnown, says] of [[true, /0 % of a window of 9 000 tokens; above 7 000 room is made\./], [false, /How long its window is, is not known; above 7 000 room is made\./]] as const) {
    it(`/context goes by what makes room, where the window is ${isKnown ? '' : 'not '}known`, async () => {
      await start({ plugins: [definePlugin({ name: 'room', services: { compaction: () => ({ limitsOf: async () => ({ windowTokens: 9000, isKnown, thresholdTokens: 7000 }) }) } })] });

      assert.match(await reply('/context'), says);
    });
  }

  for (const command of ['clear', 'context', 'cost']) {
    it(`/${command} with words behind it is an error, not the same without them`, async () => {
      const { run } = await start();

      const { exitCode, error } = await run(`/${command} now`);

      assert.deepEqual([exitCode, error?.code, error?.message], [2, 'COMMAND_ARGUMENT_INVALID', `/${command} takes nothing behind it; found "now"`]);
    });
  }

  it('/cost sums what every model was asked, resumed parts and broken-off turns too, and says what is unknown', async () => {
    const events = [{ type: 'input-accepted', turnId: 'a' }, ended('m', 1_500_000), ended('m', 250, { input: 1, output: 1 }), { type: 'input-accepted', turnId: 'b' }, ended('n', null), ended('n', 7)];
    await start({ plugins: [store({ events })] });

    const said = await reply('/cost');

    assert.match(said, /^This session: \$1\.500257 and the unknown cost of 1 call 2 turns, 4 model calls tokens in 3 001 .* tokens out 31 /);
    assert.match(said, /test\/m: \$1\.50025, 2 calls test\/n: \$0\.000007 and the unknown cost of 1 call, 2 calls$/);
  });

  it('/cost knows nothing without a transcript, and of no calls', async () => {
    await start();
    assert.match(await reply('/cost'), /not known: no transcript/);
    await input!.close();
    await start({ plugins: [store({ events: [ended('m', null)] })] });
    assert.match(await reply('/cost'), /^This session: cost unknown/);
    await input!.close();
    await start({ plugins: [store({})] });
    assert.match(await reply('/cost'), /^No model was asked/);
  });

  it('/resume lists the sessions of the folder, and goes on with one', async () => {
    const test = await start({ plugins: [store({ sessions: [stored({}), stored({ id: 'empty', turns: 0 })] })] });

    const list = await reply('/resume');
    assert.match(list, /^Sessions of this folder: old-session \d+ days ago, 1 turn An old\\x1b\[2J title \/resume ID/);
    assert.match(await reply('/resume old-session'), /^What was said in old-session goes on here, 1 turn: .* It is of another folder, \/elsewhere; .*\/undo goes back/);
    assert.deepEqual(textsOf(test.session.messages), ['old']);
    const [gone, two] = [await test.run('/resume gone'), await test.run('/resume a b')];
    assert.deepEqual([gone.exitCode, gone.error?.code, two.error?.code], [2, 'SESSION_NOT_FOUND', 'COMMAND_ARGUMENT_INVALID']);
  });

  it('/fork keeps a copy of what was said, and says how to come back to it', async () => {
    const forked: unknown[] = [];
    const sessions: Partial<SessionStore> = { fork: async (id, options) => { forked.push([id, options]); return { ...stored({ id: 'a-copy', turns: 1 }) }; } };
    const test = await start({ plugins: [definePlugin({ name: 'store', services: { sessions: () => sessions as SessionStore } })] });

    assert.equal(await reply('/fork'), 'There is nothing to copy yet.');
    await test.run('one');
    const { text } = await test.run('/fork');
    assert.match(text!, /^a-copy begins with what was said here, 1 turn, and stays as it is; this session goes on\.\n\/resume a-copy goes back/);
    assert.deepEqual(forked, [[test.session.id, { cwd: test.session.cwd }]]);
    assert.equal((await test.run('/fork 2')).error?.code, 'COMMAND_ARGUMENT_INVALID');
    await test.close();
    const without = await start();
    await without.run('one');
    assert.match((await without.run('/fork')).error!.message, /^This session is not kept/);
  });

  it('/resume says so where no sessions are kept', async () => {
    const { run } = await start();

    assert.match((await run('/resume')).error!.message, /No sessions are kept here/);
  });

  it('/context counts what the last request was made from, part by part, as pith context does', async () => {
    const test = await start({ session: { system: [{ id: 'a', text: 'x'.repeat(400), owner: 'user', stability: 'stable' }] } });
    assert.match(await reply('/context'), /tokens: so far 0 0 messages\. .*not known\. No request was made here yet/);

    await test.run('one');
    const { text } = await test.run('/context');

    assert.match(text!.replaceAll(/\s+/g, ' '), /^test\/model, about so many tokens: system a \d+ tools 4 of stand-ins \d+ messages (typed|answers) \d+ (typed|answers) \d+ total \d+ 2 messages\./);
    const { system, tools } = test.model.requests[0]!;
    const parts = toParts(reportContext({ ...test.model.requests[0]!, system, tools, messages: test.session.messages }), Number(/total +(\d+)/.exec(text!)![1]));
    assert.deepEqual(text!.split('\n').flatMap((line) => /^ {2}.* (\d+)$/.exec(line)?.[1] ?? []).map(Number), parts.map(({ tokens }) => tokens));
  });

  it('/context gives a table that fits into 40 columns whatever there is, the largest first and the rest in one line', async () => {
    const block = (index: number) => ({ type: 'text' as const, text: 'x'.repeat(40_000 - index * 1000), label: { owner: 'input', name: `@src/a/rather/long/path/of/file-${index}.ts\u001b[2J` } });
    await start({ session: { history: [{ role: 'user', content: Array.from({ length: 30 }, (_, index) => block(index)) }] } });

    const { text } = await input!.run('/context');
    const said = text!.replaceAll(/\s+/g, ' ');

    assert.ok(text!.split('\n').filter((line) => / \d+$/.test(line)).every((line) => Array.from(line).length <= COLUMNS), text!);
    assert.match(said, /@src\/a\/rather\/long\/path.*… \d[\d ]* 19 more \d/);
  });
});

describe('a command behind !', () => {
  let input: Input | undefined;
  afterEach(() => input?.close());

  it('runs through the tool bash; its output is the reply and stands in the conversation', async () => {
    input = await startInput();

    const { text, steps } = await input.run('!git log -3');
    await input.run('Which was the last?');

    assert.deepEqual([text, steps, input.calls], ['bash of git log -3', 0, ['bash {"command":"git log -3"}']]);
    assert.deepEqual(textsOf(input.model.requests[0]!.messages), ['The user ran a command and saw its output:\n<shell command="git log -3">\nbash of git log -3\n</shell>', 'Which was the last?']);
    assert.deepEqual(input.events.flatMap((event) => (event.type === 'history-changed' ? [event.reason] : [])), ['!git log -3']);
  });

  it('that ends with an error has run, and is shown', async () => {
    input = await startInput();

    assert.deepEqual([(await input.run('!false')).text, input.session.messages.length], ['bash of false', 1]);
  });

  it('that is refused or cannot be run ends the turn, and nothing is in the conversation', async () => {
    input = await startInput({ refused: ['rm'] });

    const [refused, broken] = [await input.run('!rm -rf /'), await input.run('!broken')];
    await input.close();
    const { calls, session } = input;
    input = await startInput({ tools: [] });
    const none = await input.run('!ls');

    assert.deepEqual([refused.exitCode, refused.error?.code, calls, session.messages], [3, 'SHELL_COMMAND_REFUSED', ['bash {"command":"broken"}'], []]);
    assert.deepEqual([broken.status, none.exitCode, none.error?.code], ['error', 1, 'SHELL_COMMAND_FAILED']);
  });
});

describe('the words of replies', () => {
  it('are dollars as exact as they are known, ages, and lines of whole characters', () => {
    assert.deepEqual([0, 1_500_000, 250, 1_234_567, 100].map(toDollars), ['$0.00', '$1.50', '$0.00025', '$1.234567', '$0.0001']);
    assert.deepEqual([0, 59_000, 60_000, 3_600_000, 172_800_000].map(toAge), ['just now', 'just now', '1 min ago', '1 h ago', '2 days ago']);
    assert.equal(toLine('👩'.repeat(50), 5), '👩👩👩👩…');
  });
});
