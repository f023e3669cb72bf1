import assert from 'node:assert/strict';
import { definePlugin, toText } from '@pith/kernel';
import { widthOf } from '@pith/screen';
import { held, startInput, type StartedInput } from './start-input.ts';

describe('terminal: the input line', () => {
  let started: StartedInput | undefined;
  afterEach(async () => started?.close());
  const start = async (options?: Parameters<typeof startInput>[0]): Promise<StartedInput> => { started = await startInput(options); return started; };

  it('sends with enter, and makes a new line with the other keys for it', async () => {
    const { type, press, written, model, idle } = await start();

    type('one');
    press('alt+enter');
    type('two');
    press('ctrl+j');
    type('three\\');
    press('enter');
    type('four');
    assert.equal(written(), 'one\ntwo\nthree\nfour|');
    press('enter');
    await idle();

    assert.equal(toText(model.requests[0]!.messages[0]!.content), 'one\ntwo\nthree\nfour');
    assert.equal(written(), '|');
  });

  it('opens a list in the place of /resume and /model, to be chosen from and filtered, and sends what was taken', async () => {
    const said: string[] = [];
    const command = (name: string) => ({ name, summary: name, run: async (argument: string) => { said.push(`/${name} ${argument}`); return 'done'; } });
    const session = (id: string, title: string) => ({ id, title, cwd: '/', turns: 2, startedMs: 0, updatedMs: Date.now() - 3 * 3_600_000 });
    const facts = (provider: string, model: string, tools = true) => ({ provider, model, contextTokens: 200_000, outputTokensMax: null, abilities: { tools }, prices: null, priceDate: null });
    const { type, press, screen, until, idle, written, conversation } = await start({
      plugins: [
        definePlugin({ name: 'input', slashCommands: [command('resume'), command('model')], setup: ({ hooks }) => hooks.input.tap('commands', async (input, turn) => {
          const [, name, argument = ''] = /^\/(\w+) ?(.*)$/.exec(input.text) ?? [];
          return name === undefined ? undefined : { ...input, handled: { reply: String(await turn.runCommand({ name, argument })) } };
        }) }),
        definePlugin({ name: 'store', services: {
          sessions: () => ({ list: async () => [session('a1', 'Mend the\u001b[2J parser'), session('b2', 'Write a page'), { ...session('c3', 'nothing'), turns: 0 }] }) as never,
          pricing: () => ({ costMicroUsd: () => null, listModels: async () => [facts('other', 'large'), facts('test', 'small'), facts('test', 'deaf', false)] }) as never,
        } }),
      ],
    });
    const open = async (name: string): Promise<void> => {
      type(`/${name}`);
      press('escape', 'enter');
      await until(({ input }) => input.snapshot().picker?.all !== undefined);
    };

    await open('resume');
    assert.deepEqual(screen().map((row) => row.trimEnd()), ['› /resume', 'go on with: type to filter, Enter takes, Esc back', '› Mend the\\x1b[2J parser  3 h ago, 2 turns', '  Write a page            3 h ago, 2 turns']);
    for (const width of [12, 30, 40]) assert.ok(screen({ width, rows: 3 }).every((row) => widthOf(row) <= width), String(width));
    type('xyz');
    assert.match(screen()[1]!, /^nothing holds: xyz/);
    press('enter', 'backspace', 'backspace', 'backspace');
    type('page');
    assert.match(screen()[2]!, /^› Write a page/);
    press('enter');
    await idle();
    assert.equal(written(), '|');

    await open('model');
    assert.deepEqual(screen().slice(2).map((row) => row.trimEnd()), ['› test/small   200k tokens', '  other/large  200k tokens']);
    press('escape');
    assert.equal(written(), '/model|');
    press('enter');
    await until(({ input }) => input.snapshot().picker?.all !== undefined);
    press('up', 'enter');
    await idle();

    assert.deepEqual(said, ['/resume b2', '/model other/large']);
    assert.ok(conversation.readsCommands);
  });

  it('sends /resume where nobody has a list of it, and offers no commands where nobody reads them', async () => {
    const { type, press, idle, model, screen } = await start();
    assert.equal(screen()[0], '› Type; ? keys');
    type('/resume');
    press('enter');
    await idle();
    assert.equal(toText(model.requests[0]!.messages[0]!.content), '/resume');
  });

  it('sends nothing but spaces to nobody', async () => {
    const { type, press, model, written } = await start();

    type('  ');
    press('enter');

    assert.deepEqual([model.requests.length, written()], [0, '  |']);
  });

  it('moves up and down within the text first, then through what was sent', async () => {
    const { type, press, written, idle } = await start();
    for (const text of ['first', 'second', 'two\\\nlines']) {
      for (const line of text.split('\n')) { type(line); press('enter'); await idle(); }
    }

    type('draft');
    press('up');
    assert.equal(written(), 'two\nlines|');
    press('up', 'up');
    assert.equal(written(), 'first|');
    press('down', 'down', 'down');
    assert.equal(written(), 'draft|');
    press('up', 'left', 'up');
    assert.equal(written(), 'two|\nlines');
    press('down');
    assert.equal(written(), 'two\nline|s');
  });

  it('goes through what begins as the draft does, where there is any', async () => {
    const { type, press, written, idle } = await start();
    for (const text of ['git log', 'npm test', 'git status']) { type(text); press('enter'); await idle(); }

    type('git ');
    press('up', 'up');

    assert.equal(written(), 'git log|');
    press('up', 'down', 'down');
    assert.equal(written(), 'git |');
  });

  it('searches what was sent while it is typed, and gives the draft back', async () => {
    const { type, press, written, screen, idle } = await start();
    for (const text of ['fix the parser', 'test the parser', 'write docs']) { type(text); press('enter'); await idle(); }

    type('draft');
    press('ctrl+r');
    type('PARS');
    assert.ok(screen().some((line) => line.startsWith('nothing holds: PARS')));
    press('backspace', 'backspace', 'backspace', 'backspace');
    type('pars');
    assert.equal(written(), 'test the parser|');
    press('ctrl+r');
    assert.equal(written(), 'fix the parser|');
    press('down');
    assert.equal(written(), 'test the parser|');
    press('escape');
    assert.equal(written(), 'draft|');
    press('ctrl+r');
    type('docs');
    press('left');
    assert.equal(written(), 'write doc|s');
  });

  it('takes the last waiting message back, with what was attached to it', async () => {
    const { step, release } = held();
    const { type, press, written, input, conversation, idle, model } = await start({ steps: [step] });
    const long = Array.from({ length: 20 }, (_, line) => `line ${line}`).join('\n');
    type('work');
    press('enter');
    type('one');
    press('enter');
    type('look at ');
    input.paste(long);
    press('enter');
    assert.deepEqual(conversation.snapshot().queue.map(({ text }) => text), ['one', 'look at [pasted text #1, 20 lines]']);

    press('up');
    assert.equal(written(), 'look at [pasted text #1, 20 lines]|');
    press('backspace');
    assert.equal(written(), 'look at |');
    press('ctrl+_', 'enter');
    assert.equal(conversation.snapshot().queue.length, 2);
    release();
    await idle();

    const last = model.requests.at(-1)!.messages.at(-1)!.content;
    assert.match(toText(last), /look at \[pasted text #1, 20 lines\]/);
    assert.ok(toText(last).includes(long));
  });

  it('hands on what is not its own, and only where it holds', async () => {
    const { press, type, actions } = await start();

    press('escape', 'ctrl+c', 'shift+tab', 'ctrl+o', 'ctrl+t', 'ctrl+l', 'ctrl+z', 'ctrl+d');
    type('?');
    assert.deepEqual(actions.splice(0), ['interrupt', 'cancel', 'next-mode', 'open-transcript', 'toggle-todo', 'redraw', 'suspend', 'leave', 'show-keys']);
    type('x?');
    press('ctrl+d', 'f5');
    assert.deepEqual(actions, []);
  });

  it('clears with ctrl+c, or escape twice, and loses nothing by it', async () => {
    const { press, type, actions, written, screen } = await start();

    type('one');
    press('ctrl+c');
    assert.deepEqual([written(), actions], ['|', ['input-cleared']]);
    type('two');
    press('escape');
    assert.ok(screen().includes('Esc again clears the input'));
    press('left', 'escape');
    assert.equal(written(), 'tw|o');
    press('escape');
    assert.equal(written(), '|');
    press('up');
    assert.equal(written(), 'two|');
    press('up');
    assert.equal(written(), 'one|');
  });

  it('stops the turn with escape, whatever is written meanwhile', async () => {
    const { step, release } = held();
    const { press, type, actions, written, idle } = await start({ steps: [step] });
    type('work');
    press('enter');
    type('next');

    press('escape');

    assert.deepEqual([actions, written()], [['interrupt'], 'next|']);
    release();
    await idle();
  });

  it('shows that it is a command of the shell, as the plugin input reads it', async () => {
    const { type, press, screen } = await start();

    assert.match(screen()[0]!, /^› Type/);
    type('!');
    assert.equal(screen()[0], '! !');
    type('ls');
    assert.equal(screen()[0], '! !ls');
    press('ctrl+u');
    type('!!');
    assert.equal(screen()[0], '› !!');
  });

  it('never takes more rows than it may, and shows the one of the cursor', async () => {
    const { type, press, screen } = await start();
    for (let line = 0; line < 12; line++) {
      type(`line ${line}`);
      press('ctrl+j');
    }

    for (let rows = 1; rows < 20; rows++) assert.ok(screen({ rows }).length <= rows);
    assert.deepEqual(screen({ rows: 3 }), ['  line 10', '  line 11', '  ']);
  });

  it('shows control characters and what hides, and sends them as they are', async () => {
    const { input, screen, press, idle, model } = await start();

    input.paste('a\u001b[31mred\u202e\u0007');
    assert.equal(screen()[0], '› a^[[31mred\\u{202e}^G');
    press('enter');
    await idle();

    assert.equal(toText(model.requests[0]!.messages[0]!.content), 'a\u001b[31mred\u202e\u0007');
  });
});
