import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { Question } from '@pith/kernel';
import { afterEach, beforeEach } from 'mocha';
import { createTerminalAsker } from '../../src/host/run/asker.ts';
import { Out } from '../../src/host/run/out.ts';
import { bin, conversation, createPlace, type Place } from '../support/pith.ts';

const QUESTION: Question = { kind: 'permission', callId: 'c', title: 'Allow bash?', body: 'make \u001b[2J', reasons: ['nothing allows it'] };

describe('the question at the terminal', () => {
  /** A terminal whose keys are typed by the test. */
  function start() {
    const keys = new PassThrough();
    const screen = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY: true, columns: 80 });
    let shown = '';
    screen.on('data', (text: string) => { shown += text; });
    const asker = createTerminalAsker(new Out(screen as unknown as NodeJS.WriteStream), keys as unknown as NodeJS.ReadStream, async () => () => undefined);
    const untilAsked = async (): Promise<void> => { while (!shown.includes('type a reason: ')) await once(screen, 'data'); };
    return { keys, asker, untilAsked, shown: () => shown };
  }

  for (const [typed, answer] of [
    ['y', { verdict: 'allow', scope: 'once' }],
    ['s', { verdict: 'allow', scope: 'session' }],
    ['n', { verdict: 'deny', text: 'the user said no' }],
    ['not that file', { verdict: 'deny', text: 'not that file' }],
  ] as const) {
    it(`takes ${typed} for an answer`, async () => {
      const { keys, asker, untilAsked } = start();
      const asked = Promise.resolve(asker(QUESTION, new AbortController().signal));
      await untilAsked();

      keys.write(`${typed}\r`);

      assert.deepEqual(await asked, answer);
    });
  }

  it('shows control characters of the command', async () => {
    const { keys, asker, untilAsked, shown } = start();
    const asked = Promise.resolve(asker(QUESTION, new AbortController().signal));
    await untilAsked();
    keys.write('n\r');
    await asked;

    assert.match(shown(), /make \\x1b\[2J/);
  });

  it('takes Ctrl-C for an interrupt, not for a no', async () => {
    const { keys, asker, untilAsked } = start();
    const turn = new AbortController();
    const stop = (): void => turn.abort(new Error('interrupted'));
    process.once('SIGINT', stop);
    try {
      const asked = Promise.resolve(asker(QUESTION, turn.signal));
      await untilAsked();

      keys.write('\u0003');

      await assert.rejects(asked);
      assert.equal(turn.signal.aborted, true);
    } finally {
      process.off('SIGINT', stop);
    }
  });
});

describe('a question of the model at the terminal', () => {
  const CHOICE: Question = { kind: 'choice', title: 'The model asks:', body: 'Which database?', reasons: [], options: ['Postgres', 'SQLite', '3'] };
  const TEXT: Question = { kind: 'text', title: 'The model asks:', body: 'What is it\u001b[2J called?', reasons: [] };

  /** What the question looks like, and what came of the keys. */
  async function ask(question: Question, typed: string, columns = 80): Promise<{ shown: string; answer: unknown }> {
    const keys = new PassThrough();
    const screen = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY: true, columns });
    let shown = '';
    screen.on('data', (text: string) => { shown += text; });
    const asked = Promise.resolve(createTerminalAsker(new Out(screen as unknown as NodeJS.WriteStream), keys as unknown as NodeJS.ReadStream, async () => () => undefined)(question, new AbortController().signal));
    while (!shown.includes('(empty for')) await once(screen, 'data');
    keys.write(typed);
    return { answer: await asked, shown };
  }

  for (const [typed, answer] of [
    ['2', { verdict: 'allow', text: 'SQLite' }],
    [' 1. ', { verdict: 'allow', text: 'Postgres' }],
    ['3', { verdict: 'allow', text: '3' }],
    ['neither', { verdict: 'allow', text: 'neither' }],
    ['7', { verdict: 'allow', text: '7' }],
    ['y', { verdict: 'allow', text: 'y' }],
    ['', { verdict: 'deny' }],
  ] as const) {
    it(`takes ${JSON.stringify(typed)} of a choice as ${JSON.stringify(answer)}`, async () => {
      assert.deepEqual((await ask(CHOICE, `${typed}\r`)).answer, answer);
    });
  }

  for (const [keys, answer] of [['the big one\r', { verdict: 'allow', text: 'the big one' }], ['n\r', { verdict: 'allow', text: 'n' }], ['  \r', { verdict: 'deny' }], ['\u0004', { verdict: 'deny' }]] as const) {
    it(`takes ${JSON.stringify(keys)} of a text as ${JSON.stringify(answer)}`, async () => {
      assert.deepEqual((await ask(TEXT, keys)).answer, answer);
    });
  }

  it('shows the options with numbers, and control characters as what they are', async () => {
    assert.match((await ask(CHOICE, '\r')).shown, /The model asks:\n {2}Which database\?\n {2}1\. Postgres\n {2}2\. SQLite\n {2}3\. 3\n.*Number or words \(empty for none\): /s);
    assert.match((await ask(TEXT, '\r')).shown, /What is it\\x1b\[2J called\?\n.*Answer \(empty for none\): /s);
  });

  it('breaks long words for a person between words', async () => {
    const { shown } = await ask({ ...CHOICE, body: 'Which of the many databases of this world shall it be?', options: ['the one that everybody has heard of before', 'b'] }, '\r', 40);

    const lines = shown.split('\n').map((line) => line.trimEnd());
    assert.deepEqual(lines.slice(2, 7), ['  Which of the many databases of this', '  world shall it be?', '  1. the one that everybody has heard of', '     before', '  2. b']);
  });

  if (process.platform === 'linux') {
    let place: Place;
    beforeEach(async () => { place = await createPlace(); });
    afterEach(() => place.remove());

    for (const [how, keys, said] of [['a number', '2\r', 'The user chose: SQLite'], ['words', 'files will do\r', 'The user chose none of the options and said: files will do'], ['nothing', '\r', 'The user did not answer'], ['Ctrl-D', '\u0004', 'The user did not answer']] as const) {
      it(`hands the model ${how} that was typed at a real terminal`, async () => {
        await place.write('c.json', conversation({ calls: [{ tool: 'list', input: {} }, { tool: 'ask-user', input: { question: 'Which database?', options: ['Postgres', 'SQLite'] } }, { tool: 'list', input: { path: '.' } }] }, { expect: { last: said }, text: 'Thanks.' }));

        const { code, shown } = await runAtTerminal(place, 'run --model c.json hi', { prompt: '(empty for none): ', keys });

        assert.equal(code, 0, shown);
        assert.match(shown, /2\. SQLite[^]*Thanks\./);
      });
    }
  }
});

/** Runs pith at a terminal of its own, types the keys once the prompt is there, and waits for the end. */
async function runAtTerminal(place: Place, args: string, { prompt, keys }: { prompt: string; keys: string }): Promise<{ code: number | null; shown: string }> {
  const child = spawn('script', ['--quiet', '--return', '--flush', '--command', `'${process.execPath}' '${bin}' ${args}`, '/dev/null'], { cwd: place.folder, env: { ...place.env, TERM: 'xterm' }, stdio: ['pipe', 'pipe', 'inherit'] });
  let shown = '';
  let typed = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    if (typed || !shown.includes(prompt)) return;
    typed = true;
    child.stdin.write(keys);
  });
  const [code] = await once(child, 'close') as [number | null];
  return { code, shown };
}
