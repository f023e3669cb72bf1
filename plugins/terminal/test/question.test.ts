import assert from 'node:assert/strict';
import { type Answer, type Question, showHidden } from '@pith/kernel';
import { createTheme, paintLine, textOf, widthOf } from '@pith/screen';
import * as fc from 'fast-check';
import type { Press } from '../src/input/presses.ts';
import { arrange, type Arranged } from '../src/question/arrange.ts';
import { layoutParts, layoutWhole } from '../src/question/parts.ts';
import { startQuiet } from '../src/question/quiet.ts';
import { afterResize, type Pressed, press, pressAll, type QuestionState, startQuestion } from '../src/question/state.ts';

const theme = createTheme({ level: 0, background: 'dark', words: false, unicode: true, links: false });
const ascii = createTheme({ level: 0, background: 'dark', words: false, unicode: false, links: false });
const CALL: Question = { kind: 'permission', title: 'Allow bash?', body: 'make all', reasons: ['permissions: no rule allows it'], rule: 'Bash(make all)', always: [['Bash(make all)'], ['Bash(make:*)', 'Bash(cmake:*)']] };
const LONG: Question = { ...CALL, body: Array.from({ length: 100 }, (_, index) => `echo ${index}`).join('\n') };

/** A question that is shown, and pressed. */
function show(question: Question, { width = 80, rows = 20, waiting = 0, isReady = true, theme: look = theme } = {}) {
  let state = startQuestion(question);
  let nowMs = 0;
  const arranged = (): Arranged => arrange(layoutParts(question, { width, theme: look }), state, { rows, waiting, isReady });
  const take = ({ state: next, ...others }: Pressed): Omit<Pressed, 'state'> => {
    state = next;
    return others;
  };
  return {
    lines: () => arranged().rows.map(textOf),
    arranged,
    /** A second passes before each key. */
    press: (...keys: string[]) => keys.map((key) => take(press(state, key, { question, arranged: arranged(), nowMs: nowMs += 1000 }))).at(-1)!,
    at: (ms: number, key: string) => take(press(state, key, { question, arranged: arranged(), nowMs: ms })),
    send: (...presses: Press[]) => take(pressAll(state, presses, { question, arranged: arranged(), nowMs: nowMs += 1000 })),
    state: (): QuestionState => state,
  };
}

describe('terminal: a question about a call', () => {
  it('shows what, why, each answer and what it stands for', () => {
    assert.deepEqual(show(CALL, { waiting: 2 }).lines(), [
      'Allow bash?', '  make all', '  permissions: no rule allows it',
      '❯ 1. yes, once', '  2. yes, for this session: Bash(make all)', '  3. yes, always in this project: Bash(make all)', '  4. yes, always in this project: Bash(make:*) and Bash(cmake:*)', '  5. no', '  6. no, and tell it what to do instead',
      '2 more wait · Esc no · v all in the pager',
    ]);
  });

  const YES: Answer = { verdict: 'allow', scope: 'once' };
  const NO: Answer = { verdict: 'deny', text: 'the user said no' };
  for (const [keys, answer] of [
    [['y'], YES], [['1'], YES], [['enter'], YES], [['down', 'up', 'enter'], YES],
    [['s'], { verdict: 'allow', scope: 'session' }], [['2'], { verdict: 'allow', scope: 'session' }], [['tab', 'enter'], { verdict: 'allow', scope: 'session' }],
    [['a'], { verdict: 'allow', scope: 'always', rules: ['Bash(make all)'] }], [['4'], { verdict: 'allow', scope: 'always', rules: ['Bash(make:*)', 'Bash(cmake:*)'] }], [['p'], { verdict: 'allow', scope: 'always', rules: ['Bash(make:*)', 'Bash(cmake:*)'] }],
    [['n'], NO], [['5'], NO], [['escape'], NO], [['up', 'up', 'enter'], NO],
    [['x'], undefined], [['7'], undefined], [['ctrl+y'], undefined], [['9'], undefined],
  ] as [string[], Answer | undefined][]) {
    it(`takes ${keys.join(', ')} for ${answer === undefined ? 'nothing' : JSON.stringify(answer)}`, () => assert.deepEqual(show(CALL).press(...keys).answer, answer));
  }

  for (const key of ['t', '6']) {
    it(`opens a line with ${key}, in which every word is a no that tells what to do instead`, () => {
      const box = show(CALL);
      box.press(key);
      box.send({ text: 'yes' });
      assert.deepEqual(box.lines().slice(-2), ['> yes▏', 'Enter sends · Esc goes back']);

      assert.deepEqual(box.press('enter').answer, { verdict: 'deny', text: 'yes' });
    });
  }

  it('edits that line as the input does, goes back with Esc, and is a plain no where nothing was typed', () => {
    const box = show(CALL);
    box.press('t');
    box.send({ text: 'use a mkae' });
    box.press('ctrl+w');
    box.send({ pasted: 'make\nor so' });
    box.press('escape');
    assert.match(box.lines()[3]!, /1\. yes, once/);
    box.press('t', 'home', 'delete', 'delete', 'delete');
    assert.deepEqual(box.press('enter').answer, { verdict: 'deny', text: 'use a make\nso' });
    assert.deepEqual(show(CALL).press('t', 'enter').answer, NO);
  });

  it('is not answered by what comes several characters at once, nor by an Enter behind them', () => {
    for (const presses of [[{ text: 'yes' }, { key: 'enter' }], [{ pasted: 'y\n' }], [{ pasted: 'y\n' }, { key: 'enter' }], [{ text: 'go on' }]]) assert.equal(show(CALL).send(...presses).answer, undefined);
    assert.deepEqual(show(CALL).send({ text: 'y' }, { key: 'enter' }).answer, YES);
  });

  it('offers nothing for good where no rule would let the call pass', () => {
    const { rule: _rule, always: _always, ...bare } = CALL;
    assert.deepEqual(show(bare).lines().slice(3, -1), ['❯ 1. yes, once', '  2. yes, for this session: this very call', '  3. no', '  4. no, and tell it what to do instead']);
  });

  it('marks nothing as chosen while keys still belong to the input line', () => {
    assert.equal(show(CALL, { isReady: false }).lines().some((line) => line.includes('❯')), false);
  });

  it('opens all of it in the pager, nothing folded', () => {
    const diff = `--- a\n+++ b\n@@ -1 +1 @@\n-${'x'.repeat(5000)}\n+\u202eyy\n`;
    assert.equal(show(CALL).press('v').opensPager, true);
    const whole = layoutWhole({ ...CALL, diff });
    assert.ok(whole.includes('x'.repeat(5000)) && whole.includes('+\\u{202e}yy') && whole.includes('make all'));
  });
});

describe('terminal: a question that is longer than its box', () => {
  it('counts a yes only once its end was shown: until then the key for it shows the next page', () => {
    const box = show(LONG);
    const seen = new Set(box.lines().filter((line) => line.startsWith('  echo')));
    let presses = 0;
    while (box.press('y').answer === undefined) {
      for (const line of box.lines()) if (line.startsWith('  echo')) seen.add(line);
      presses++;
    }

    assert.equal(seen.size, 100);
    assert.equal(presses, Math.ceil(101 / box.arranged().seen) - 1);
  });

  it('says where it stands, and why a yes did not count', () => {
    const box = show(LONG);
    assert.match(box.lines().at(-1)!, /^line 1–12 of 101, ↓ more · Space goes on · Esc no/);
    box.press('enter');
    assert.match(box.lines().at(-1)!, /^Space: 13–24 of 101, yes after the end/);
    box.press('end');
    assert.match(box.lines().at(-1)!, /^line 90–101 of 101 · Esc no/);
    box.press('home');
    assert.deepEqual(box.press('y').answer, { verdict: 'allow', scope: 'once' });
  });

  it('does not take the key that showed the end for a yes, nor one right behind it', () => {
    const box = show({ ...CALL, body: Array.from({ length: 15 }, (_, index) => `echo ${index}`).join('\n') });
    assert.deepEqual([box.at(0, 'y').answer, box.at(200, 'y').answer, box.at(400, 'y').answer?.verdict], [undefined, undefined, 'allow']);
    const scrolled = show(LONG);
    assert.deepEqual([scrolled.at(0, 'end').answer, scrolled.at(1, 'y').answer?.verdict], [undefined, 'allow']);
  });

  it('takes a no at any time', () => {
    for (const key of ['n', 'escape', '5']) assert.equal(show(LONG).press(key).answer?.verdict, 'deny');
  });

  it('is to be read anew at another width, since its rows are others', () => {
    const box = show(LONG);
    box.press('end');
    assert.deepEqual(press(afterResize(box.state()), 'y', { question: LONG, arranged: box.arranged(), nowMs: 9999 }).answer, undefined);
  });

  it('moves by rows and pages, and never beyond its ends', () => {
    const box = show(LONG);
    const top = (): string => box.lines()[1]!.trim();
    box.press('k');
    assert.equal(top(), 'echo 0');
    box.press('j', 'space');
    assert.equal(top(), 'echo 13');
    box.press('b', 'pagedown', 'pageup', 'k');
    assert.equal(top(), 'echo 0');
    box.press('G', 'j', 'space');
    assert.equal(box.lines()[12]!.trim(), 'permissions: no rule allows it');
  });

  const CONTROLS = ['\u001b[2J', '\u001b]0;x\u0007', '\u0007', '\r', '\b', '\u202e', '\u2066', '\u200b', '\u00a0', '\u2003', '\u3000', '\u2800', '\u00ad', '\u{e0041}', '\u009b2J', '\ufeff', '\t', '\u0000', '\u200d', '\ud800', '\u2028'];
  const bodies = fc.array(fc.oneof(fc.constantFrom(...CONTROLS), fc.constantFrom('a', ' ', '\n', 'rm -rf /', '漢字', '👩‍👩‍👧', 'e\u0301', '\\', '  '), fc.string()), { minLength: 1, maxLength: 300 }).map((parts) => parts.join(''));

  it('shows every character of any command, and no other rows or columns than its own, down to 40 columns and 4 rows', () => {
    fc.assert(fc.property(bodies, fc.integer({ min: 40, max: 90 }), fc.integer({ min: 4, max: 30 }), fc.constantFrom(theme, ascii), (body, width, rows, look) => {
      const box = show({ ...CALL, body, rule: `Bash(${body})` }, { width, rows, theme: look });
      const rowsOf = (): string[] => box.arranged().rows.slice(1, 1 + box.arranged().seen).map((line) => textOf(line).slice(2));
      let shown = '';
      for (let read = 0; read < box.arranged().asked; read = Math.min(read + box.arranged().seen, box.arranged().total)) {
        const { seen, total } = box.arranged();
        // The last page overlaps with the one before it.
        shown += rowsOf().slice(Math.max(0, read - Math.max(0, total - seen))).join('');
        for (const line of box.arranged().rows) {
          assert.ok(widthOf(textOf(line)) <= width, `${widthOf(textOf(line))} columns: ${textOf(line)}`);
          // oxlint-disable-next-line no-control-regex
          assert.doesNotMatch(paintLine(line, look), /[\u0000-\u001f\u007f-\u009f]|\p{Cf}/u);
        }
        assert.ok(box.arranged().rows.length <= rows);
        box.press('space');
      }
      const whole = showHidden(body).replaceAll('\t', '\\t').replaceAll('\n', '');
      const wanted = look === ascii ? whole.replace(/[^\p{ASCII}]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`) : whole;
      assert.ok(shown.startsWith(wanted), `${JSON.stringify(shown)}\n${JSON.stringify(wanted)}`);
    }), { numRuns: 60 });
  });

  it('never says yes before its last row was on the screen, whatever is pressed', () => {
    const keys = fc.array(fc.constantFrom('y', 's', 'a', 'p', '1', '2', '3', 'enter', 'space', 'j', 'k', 'b', 'up', 'down', 'pagedown', 'home', 'end', 't', 'x', 'v'), { maxLength: 40 });
    fc.assert(fc.property(keys, fc.integer({ min: 4, max: 24 }), fc.integer({ min: 1, max: 40 }), (pressed, rows, length) => {
      const body = Array.from({ length }, (_, index) => `echo ${index}`).join('\n');
      const box = show({ ...CALL, body, reasons: ['the last row'] }, { rows });
      let wasSeen = false;
      for (const key of pressed) {
        wasSeen ||= box.lines().some((line) => line.includes('the last row'));
        const { answer } = box.press(key);
        if (answer === undefined) continue;
        assert.ok(answer.verdict === 'deny' || wasSeen, `${key} at ${box.lines().join('\n')}`);
        return;
      }
    }), { numRuns: 300 });
  });

  it('writes the whole of an answer below what is asked where its row has no room for it, and that is to be seen before it is given', () => {
    const rule = `Bash(${'npm run build '.repeat(5).trim()})`;
    const box = show({ ...CALL, rule, always: [[rule]] }, { width: 40, rows: 9 });
    assert.ok(box.arranged().total > box.arranged().asked);
    assert.deepEqual(box.press('y').answer, { verdict: 'allow', scope: 'once' });
    const other = show({ ...CALL, rule, always: [[rule]] }, { width: 40, rows: 9 });
    assert.equal(other.press('s').answer, undefined);
    assert.deepEqual(other.press('end', 's').answer, { verdict: 'allow', scope: 'session' });
  });

  it('lists in a window of few rows the answers around the chosen one, with signs that there are others', () => {
    const box = show(LONG, { rows: 8 });
    assert.deepEqual(box.lines().slice(4, 7).map((line) => line.slice(0, 4)), ['❯ 1.', '  2.', '↓ 3.']);
    box.press('down', 'down', 'down');
    assert.deepEqual(box.lines().slice(4, 7).map((line) => line.slice(0, 4)), ['↑ 3.', '❯ 4.', '↓ 5.']);
  });

  it('shows a change with its words, and a change of which nothing is seen cannot be allowed', () => {
    const diff = `--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n same\n-let a = 1;\n+let a = 2;\n`;
    const colored = createTheme({ level: 1, background: 'dark', words: false, unicode: true, links: false });
    const { rows } = show({ ...CALL, diff }, { theme: colored }).arranged();
    assert.ok(rows.some((line) => line.some(({ text, roles = [] }) => text === '2' && roles.includes('added-word'))));
    assert.equal(show({ ...CALL, diff }, { rows: 6 }).press('y').answer, undefined);
  });
});

describe('terminal: a question of the model', () => {
  const CHOICE: Question = { kind: 'choice', title: 'Database?', body: 'Which one shall it be?', reasons: [], options: ['Postgres', 'SQLite \u001b[2J'] };

  it('is answered by number, by arrows, or in other words', () => {
    assert.deepEqual(show(CHOICE).lines(), ['Database?', '  Which one shall it be?', '❯ 1. Postgres', '  2. SQLite \\x1b[2J', '  3. something else', 'Esc none']);
    assert.deepEqual(show(CHOICE).press('2').answer, { verdict: 'allow', text: 'SQLite \u001b[2J' });
    assert.deepEqual(show(CHOICE).press('down', 'enter').answer, { verdict: 'allow', text: 'SQLite \u001b[2J' });
    assert.deepEqual(show(CHOICE).press('escape').answer, { verdict: 'deny' });
    const box = show(CHOICE);
    box.press('3');
    box.send({ text: 'neither' });
    assert.deepEqual(box.press('enter').answer, { verdict: 'allow', text: 'neither' });
  });

  it('offers nothing else where no other answer means anything', () => {
    const { lines, press } = show({ ...CHOICE, isClosed: true });
    assert.deepEqual(lines().slice(2), ['❯ 1. Postgres', '  2. SQLite \\x1b[2J', 'Esc none']);
    assert.equal(press('3').answer, undefined);
  });

  it('has room for many options, a few at a time', () => {
    const box = show({ ...CHOICE, options: Array.from({ length: 30 }, (_, index) => `option ${index}`) }, { rows: 10 });
    for (let down = 0; down < 25; down++) box.press('down');
    assert.ok(box.lines().some((line) => line.startsWith('❯    option 25')), box.lines().join('\n'));
    assert.deepEqual(box.press('enter').answer, { verdict: 'allow', text: 'option 25' });
  });

  it('is a line where words are wanted: nothing typed, or Esc, is no answer', () => {
    const TEXT: Question = { kind: 'text', title: 'Name?', body: 'How shall it be called?', reasons: [] };
    const box = show(TEXT);
    box.send({ text: 'pith' });
    assert.deepEqual(box.lines(), ['Name?', '  How shall it be called?', '> pith▏', 'Enter sends · Esc answers nothing']);
    assert.deepEqual(box.press('enter').answer, { verdict: 'allow', text: 'pith' });
    assert.deepEqual([show(TEXT).press('enter').answer, show(TEXT).press('escape').answer], [{ verdict: 'deny' }, { verdict: 'deny' }]);
  });

  it('shows the end of a long line, where the cursor is', () => {
    const box = show({ kind: 'text', title: 'Name?', body: 'x', reasons: [] }, { width: 40 });
    box.send({ text: 'word '.repeat(40).trim() });
    assert.equal(box.lines().length, 6);
    assert.ok(box.lines().at(-2)!.endsWith('word▏'), box.lines().join('\n'));
  });
});

describe('terminal: the quiet before a question takes keys', () => {
  it('begins anew with each key', async () => {
    const order: string[] = [];
    const done = Promise.withResolvers<void>();
    const quiet = startQuiet(40, () => {
      order.push('settled');
      done.resolve();
    });
    setTimeout(() => {
      order.push('key');
      quiet.touch();
      setTimeout(() => order.push('soon after'), 20);
    }, 20);

    await done.promise;

    assert.deepEqual(order, ['key', 'soon after', 'settled']);
  });

  it('counts a key that waited while the process was busy as one before its end', async () => {
    const order: string[] = [];
    const done = Promise.withResolvers<void>();
    const quiet = startQuiet(10, () => {
      order.push('settled');
      done.resolve();
    });
    // Both are due at once, and the key is read first.
    const { port1, port2 } = new MessageChannel();
    port2.once('message', () => {
      order.push('key');
      quiet.touch();
      port2.close();
    });
    const until = performance.now() + 30;
    port1.postMessage('y');
    while (performance.now() < until); // The process is busy.

    await done.promise;

    assert.deepEqual(order, ['key', 'settled']);
  });
});
