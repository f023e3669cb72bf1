import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { Answer, Question } from '@pith/kernel';
import { afterEach, beforeEach } from 'mocha';
import { createTerminalAsker } from '../../src/host/run/asker.ts';
import { Out } from '../../src/host/run/out.ts';
import { toQuestionText } from '../../src/host/run/question-text.ts';
import { bin, conversation, createPlace, type Place } from '../support/pith.ts';

const QUESTION: Question = { kind: 'permission', callId: 'c', title: 'Allow bash?', body: 'make \u001b[2J', reasons: ['no rule allows it'] };

describe('the question at the terminal', () => {
  /** A terminal whose keys are typed by the test. */
  function start() {
    const keys = new PassThrough();
    const screen = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY: true, columns: 80 });
    let shown = '';
    screen.on('data', (text: string) => { shown += text; });
    const asker = createTerminalAsker({ err: new Out(screen as unknown as NodeJS.WriteStream), stdin: keys as unknown as NodeJS.ReadStream, pause: async () => () => undefined, color: false });
    /** readline puts the cursor behind its prompt each time that it shows it. */
    const untilAsked = async (times = 1): Promise<void> => { while (shown.split('] \u001b[').length <= times) await once(screen, 'data'); };
    return { keys, asker, untilAsked, shown: () => shown };
  }

  const ALWAYS: Question = { ...QUESTION, rule: 'Bash(npm test a)', always: [['Bash(npm test a)'], ['Bash(npm test:*)', 'Bash(npm ci:*)']] };

  for (const [typed, answer, question = QUESTION] of [
    ['y', { verdict: 'allow', scope: 'once' }],
    [' YES ', { verdict: 'allow', scope: 'once' }],
    ['s', { verdict: 'allow', scope: 'session' }],
    ['n', { verdict: 'deny', text: 'the user said no' }],
    ['', { verdict: 'deny', text: 'the user said no' }],
    ['not that file', { verdict: 'deny', text: 'not that file' }],
    ['always', { verdict: 'deny', text: 'always' }],
    ['a', { verdict: 'allow', scope: 'always', rules: ['Bash(npm test a)'] }, ALWAYS],
    ['Always', { verdict: 'allow', scope: 'always', rules: ['Bash(npm test a)'] }, ALWAYS],
    ['p', { verdict: 'allow', scope: 'always', rules: ['Bash(npm test:*)', 'Bash(npm ci:*)'] }, ALWAYS],
  ] as [string, Answer, Question?][]) {
    it(`takes ${JSON.stringify(typed)} for an answer${question === ALWAYS ? ' where rules are offered' : ''}`, async () => {
      const { keys, asker, untilAsked } = start();
      const asked = Promise.resolve(asker(question, new AbortController().signal));
      await untilAsked();

      keys.write(`${typed}\r`);

      assert.deepEqual(await asked, answer);
    });
  }

  it('takes a key that stands for nothing here for no answer, and asks again', async () => {
    const { keys, asker, untilAsked, shown } = start();
    const asked = Promise.resolve(asker(QUESTION, new AbortController().signal));
    await untilAsked();

    keys.write('a\r');
    await untilAsked(2);
    keys.write('p\r');
    await untilAsked(3);
    keys.write('s\r');

    assert.deepEqual(await asked, { verdict: 'allow', scope: 'session' });
    assert.equal(shown().match(/Allow bash\?\n/g)?.length, 1);
  });

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

describe('the text of a permission question', () => {
  const plain = (text: string): string => text;
  const lines = (question: Partial<Question>, columns = 80): string[] => toQuestionText({ ...QUESTION, body: 'make', ...question }, columns, plain).split('\n');

  it('says what, why, and what each answer stands for', () => {
    assert.deepEqual(lines({ reasons: ['permissions: an ask rule matches (prefix)', 'company: it costs money'], rule: 'Bash(make)', always: [['Bash(make)'], ['Bash(make:*)']] }), [
      '', 'Allow bash?', '  make', '  permissions: an ask rule matches (prefix)', '  company: it costs money',
      '  [y] yes, once', '  [s] yes, for this session: Bash(make)', '  [a] yes, always in this project: Bash(make)', '  [p] yes, always in this project: Bash(make:*)',
      '  [n] no; any other words are a no, too, and tell the model why', '',
    ]);
    assert.deepEqual(lines({}).slice(4, 6), ['  [y] yes, once', '  [s] yes, for this session: this very call']);
  });

  it('fits a narrow terminal, apart from what will run', () => {
    const wide = lines({ body: 'x'.repeat(60), rule: 'Bash(npm run build --workspace plugins/permissions)', always: [['Bash(npm run build --workspace plugins/permissions)']], reasons: ['permissions: the command names a place where .git is protected'] }, 40);

    assert.deepEqual(wide.filter((line) => line.length > 40), [`  ${'x'.repeat(60)}`]);
    assert.ok(wide.includes('  [s] yes, for this session: Bash(npm'));
    assert.ok(wide.includes('      run build --workspace'));
  });

  it('shows a command whole, whatever its length, and does not say it again', () => {
    const body = Array.from({ length: 3000 }, (_, index) => `echo ${index}`).join('\n');

    const shown = lines({ body, rule: `Bash(${'x'.repeat(500)})`, always: [[`Bash(${'x'.repeat(500)})`]] });

    assert.deepEqual(shown.slice(2, 3002), body.split('\n').map((line) => `  ${line}`));
    assert.deepEqual(shown.slice(-4, -2), ['  [s] yes, for this session: just what is shown above', '  [a] yes, always in this project: just what is shown above']);
  });

  it('shows a change whole, in colours that its text cannot forge', () => {
    const diff = `--- a\n+++ b\n@@ -1 +1 @@\n context\n-old\u001b[31m\n+new\u202e\n${Array.from({ length: 2000 }, (_, index) => `+${index}`).join('\n')}`;

    const text = toQuestionText({ ...QUESTION, diff }, 80, (line, kind) => `<${kind}>${line}</>`);

    assert.match(text, / {2}<dim>--- a<\/>\n {2}<dim>\+\+\+ b<\/>\n {2}<dim>@@ -1 \+1 @@<\/>\n {3}context\n {2}<bad>-old\\x1b\[31m<\/>\n {2}<good>\+new\\u\{202e\}<\/>\n/);
    assert.match(text, /<good>\+1999<\/>\n/);
  });

  it('shows a change beside a choice, too', () => {
    const text = toQuestionText({ ...QUESTION, kind: 'choice', options: ['Files', 'Nothing'], diff: '@@ -1 +1 @@\n-old\u001b[31m\n+new\u202e\n' }, 80, (line, kind) => `<${kind}>${line}</>`);

    assert.match(text, / {2}<dim>@@ -1 \+1 @@<\/>\n {2}<bad>-old\\x1b\[31m<\/>\n {2}<good>\+new\\u\{202e\}<\/>\n {2}1\. Files\n/);
  });

  for (const [what, character, shown] of [
    ['a zero-width joiner', '\u200d', '\\u{200d}'], ['a zero-width space', '\u200b', '\\u{200b}'], ['a no-break space', '\u00a0', '\\u{a0}'], ['an ideographic space', '\u3000', '\\u{3000}'],
    ['a Hangul filler', '\u3164', '\\u{3164}'], ['a variation selector', '\ufe0f', '\\u{fe0f}'], ['a tag', '\u{e0041}', '\\u{e0041}'], ['a blank of Braille', '\u2800', '\\u{2800}'],
    ['a right-to-left override', '\u202e', '\\u{202e}'], ['a carriage return', '\r', '\\x0d'], ['a bell', '\u0007', '\\x07'], ['half of a pair', '\ud800', '\\u{d800}'],
  ] as const) {
    it(`shows ${what} in the command and in the rule`, () => {
      const text = lines({ body: `make${character}x`, rule: `Bash(make${character}x)` }).join('\n');

      assert.ok(text.includes(`  make${shown}x\n`), text);
      assert.ok(text.includes(`Bash(make${shown}x)`), text);
    });
  }
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
    const asked = Promise.resolve(createTerminalAsker({ err: new Out(screen as unknown as NodeJS.WriteStream), stdin: keys as unknown as NodeJS.ReadStream, pause: async () => () => undefined, color: false })(question, new AbortController().signal));
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

if (process.platform === 'linux') {
  describe('the question about a call at a real terminal', () => {
    let place: Place;
    beforeEach(async () => { place = await createPlace(); });
    afterEach(() => place.remove());

    const calls = (...commands: string[]): string => conversation(...commands.map((command) => ({ calls: [{ tool: 'bash', input: { command } }] })), { text: 'Done.' });
    const LOCAL = '.pith/settings.local.json';

    it('answered with “always” holds in the next run, asks for no trust, and is not for git', async () => {
      await place.write('c.json', calls('mkdir -p one'));

      const { shown } = await runAtTerminal(place, 'run --model c.json hi', { prompt: 'Allow bash? [y/s/a/n] ', keys: 'a\r' });

      assert.match(shown, /Done\./);
      assert.deepEqual(JSON.parse(await readFile(join(place.folder, LOCAL), 'utf8')), { permissions: { allow: ['Bash(mkdir -p one)'] } });
      assert.equal((await stat(join(place.folder, LOCAL))).mode & 0o777, 0o600);
      assert.match(await readFile(join(place.folder, '.pith/.gitignore'), 'utf8'), /settings\.local\.json/);
      const again = await place.pith(['run', '--model', 'c.json', 'hi']);
      assert.deepEqual([again.code, again.stdout, again.stderr.includes('passed over')], [0, 'Done.\n', false]);
    });

    it('answered for the session is asked once, and one answer more for another call', async () => {
      await place.write('c.json', calls('mkdir -p one', 'mkdir -p one', 'mkdir -p two'));

      const { shown, code } = await runAtTerminal(place, 'run --model c.json hi', { prompt: 'Allow bash? [y/s/a/n] ', keys: ['s\r', 'use one\r'] });

      assert.equal(shown.split('Allow bash?\r\n').length, 3);
      assert.equal(code, 3); // The last call was refused.
      assert.match(shown, /pith: bash was refused: use one\.\r\n(?!pith hooks explain)/);
      assert.equal(existsSync(join(place.folder, 'one')), true);
      assert.equal(existsSync(join(place.folder, 'two')), false);
      assert.equal(existsSync(join(place.folder, LOCAL)), false);
    });

    it('names the rule that asks, with file and line, and so does the refusal where nobody is there', async () => {
      await place.write('c.json', calls('mkdir -p one'));

      const { shown } = await runAtTerminal(place, 'run --model c.json --ask "Bash(mkdir:*)" hi', { prompt: 'Allow bash? [y/s/n] ', keys: 'n\r' });
      const alone = await place.pith(['run', '--model', 'c.json', '--ask', 'Bash(mkdir:*)', 'hi']);

      assert.match(shown, /an ask rule matches \(prefix\), Bash\(mkdir:\*\) \[--ask\]/);
      assert.match(alone.stderr, /^pith: bash was refused: .*nobody can be asked \(rule Bash\(mkdir:\*\)\)\.\npith hooks explain bash tells who decided; --allow, --mode and --add-dir say what may run without a person, except for ask rules and protected places\.\n$/m);
      assert.equal(alone.code, 3);
    });

    it('is not answered by what was typed before it was there', async () => {
      await place.write('c.json', calls('mkdir -p one'));

      const { shown, code } = await runAtTerminal(place, 'run --model c.json hi', { early: 'y\ry', prompt: 'Allow bash? [y/s/a/n] ', keys: 'n\r' });

      assert.equal(code, 3, shown);
      assert.equal(existsSync(join(place.folder, 'one')), false);
    });

    it('shows what an edit would change, and offers nothing for good at a protected place', async () => {
      await place.write('.git/config', 'one\ntwo\n');
      await place.write('c.json', conversation({ calls: [{ tool: 'edit', input: { path: '.git/config', old: 'two', new: 'zwei' } }] }, { text: 'Done.' }));

      const { shown } = await runAtTerminal(place, 'run --model c.json hi', { prompt: 'Allow edit? [y/s/n] ', keys: 'y\r' });

      assert.match(shown, /\.git\/config\r\n[^]* one\r\n[^]*-two[^]*\r\n[^]*\+zwei[^]*protected[^]*Done\./);
      assert.equal(await readFile(join(place.folder, '.git/config'), 'utf8'), 'one\nzwei\n');
    });

    it('and its answers play again from the recording', async () => {
      await place.write('c.json', calls('mkdir -p one', 'mkdir -p one'));
      await runAtTerminal(place, 'run --model c.json hi', { prompt: 'Allow bash? [y/s/a/n] ', keys: 's\r' });
      const { stdout: listed } = await place.pith(['sessions', 'list', '--json']);

      const { stdout, stderr, code } = await place.pith(['replay', (JSON.parse(listed) as { id: string }[])[0]!.id]);

      assert.equal(code, 0, stdout + stderr);
    });
  });
}

interface AtTerminal { prompt: string; /** Typed one after the other, each when the prompt comes again. */ keys: string | string[]; /** Typed before anything is shown. */ early?: string }

/** Runs pith at a terminal of its own, types the keys once the prompt is there, and waits for the end. */
async function runAtTerminal(place: Place, args: string, { prompt, keys, early }: AtTerminal): Promise<{ code: number | null; shown: string }> {
  const child = spawn('script', ['--quiet', '--return', '--flush', '--command', `'${process.execPath}' '${bin}' ${args}`, '/dev/null'], { cwd: place.folder, env: { ...place.env, TERM: 'xterm' }, stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = [keys].flat();
  let shown = '';
  let from = 0;
  if (early !== undefined) child.stdin.write(early);
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    const found = shown.indexOf(prompt, from);
    if (found === -1 || waiting.length === 0) return;
    from = found + prompt.length;
    child.stdin.write(waiting.shift()!);
  });
  const [code] = await once(child, 'close') as [number | null];
  return { code, shown };
}
