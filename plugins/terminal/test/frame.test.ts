import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { createTheme, type Lex, loadLexer, type TerminalFacts, type TerminalName, textOf, widthOf } from '@pith/screen';
import { array, assert as check, boolean, integer, nat, property, record } from 'fast-check';
import { Attention, findReason } from '../src/attention.ts';
import { readBranch } from '../src/branch.ts';
import { DrawnRows } from '../src/ink/drawn-rows.ts';
import { Manners } from '../src/ink/manners.ts';
import { divideRoom } from '../src/ink/room.ts';
import { Scroller } from '../src/ink/scroll.ts';
import { layoutStatus, layoutWork } from '../src/ink/status-line.ts';
import { toKeyboard } from '../src/ink/streams.ts';
import { DEFAULTS, optionsSchema } from '../src/options.ts';
import { createView, type View } from '../src/view.ts';
import { closeOpen, growOpen, withItems, withStatus } from '../src/view/change.ts';

const theme = createTheme({ level: 0, background: 'dark', words: false, unicode: true, links: false });
const empty = createView({ cwd: '/home/me/a project', provider: 'p', model: 'model-1', mode: 'plan', messages: [], atMs: 0 });

describe('The frame of the chat', () => {
  let lex: Lex;
  before(async () => { lex = await loadLexer(); });

  /** All that is written for views that come one after the other. */
  const write = (views: readonly View[], width = 40): { rows: string[]; scroller: Scroller } => {
    const scroller = new Scroller({ lex: () => lex, theme: () => theme, width: () => width, highlighter: () => undefined });
    const written = new Map<number, string>();
    for (const view of views) {
      for (const [index, text] of scroller.take(view).written.entries()) if (!written.has(index)) written.set(index, text);
      scroller.onWritten(written.size);
    }
    return { rows: [...written.values()].flatMap((text) => text.split('\n')), scroller };
  };

  it('writes every row of a text once, however it arrives, and as if it had come whole', () => {
    const text = '# Title\n\nSome **bold** words, and more of them than go into one row.\n\n- one\n- two\n\n```js\nconst a = 1;\n```\n\nThe end of it.';
    const whole = write([withItems(empty, 0, { kind: 'text', text })]).rows;
    check(property(array(integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 60 }), (sizes) => {
      const views: View[] = [];
      let [view, at] = [empty, 0];
      for (const size of sizes) {
        view = growOpen(view, 'text', { text: text.slice(at, at + size), atMs: 0 });
        at += size;
        views.push(view);
      }
      view = growOpen(view, 'text', { text: text.slice(at), atMs: 0 });
      assert.deepEqual(write([...views, closeOpen(view, 0)]).rows, whole);
    }), { numRuns: 60 });
  });

  it('breaks what began in a wider window once more, forgets what was written, and keeps the room of what is open', () => {
    let width = 60;
    const scroller = new Scroller({ lex: () => lex, theme: () => theme, width: () => width, highlighter: () => undefined });
    const view = growOpen(empty, 'text', { text: `${'word '.repeat(20)}\n\n${'more '.repeat(20)}\n\nlast\n`, atMs: 0 });
    const first = scroller.take(view);
    scroller.onWritten(first.written.length);
    width = 20;
    const last = scroller.take(closeOpen(view, 0));
    for (const row of last.written.at(-1)!.split('\n')) assert.ok(widthOf(row) <= 20, row);
    assert.equal(last.written[0], '');
    assert.equal((first.written.join('') + last.written.join('')).match(/word|more/g)?.length, 40);
    assert.ok(first.openRows >= first.open.length);
  });

  it('leaves what a command answered as it stands: neither joined nor taken for Markdown', () => {
    const text = 'mode  name\n-rw-  *one*\n\n\n\ttwo\n';
    assert.deepEqual(write([withItems(empty, 0, { kind: 'answer', text })]).rows, ['', 'mode  name', '-rw-  *one*', '', '', '    two']);
  });

  it('fits the status into any width, the mode first and unknown cost never as nothing', () => {
    const status = { ...empty.status, branch: 'feature/a-long-name', contextTokens: 45_300, windowTokens: 200_000, costMicroUsd: 123_456, cacheShare: 0.91 };
    const at = (width: number, more = {}): string => textOf(layoutStatus({ ...status, ...more }, { width, theme, home: '/home/me' }));
    assert.equal(at(120), 'plan · model-1 · ~/a project · feature/a-long-name · 45k/200k (23%) · $0.12 · cache 91%');
    assert.equal(at(40), 'plan · model-1 · 45k/200k (23%) · $0.12');
    assert.match(at(120, { costMicroUsd: null }), / · \$\? · /);
    for (let width = 4; width < 120; width++) assert.ok(widthOf(at(width)) <= Math.max(4, width) && at(width).startsWith('plan'), String(width));
    assert.ok(!at(80, { branch: 'a\u001b[2Jb' }).includes('\u001b'));
  });

  it('says what is going on, and how long', () => {
    const work = (status: Partial<View['status']>, width = 60): string | undefined => {
      const line = layoutWork(withStatus(empty, { sinceMs: 1000, ...status }), { width, theme, nowMs: 13_400, frame: 1 });
      return line && textOf(line);
    };
    assert.equal(work({ phase: 'thinking' }), '⠙ Thinking · 12 s · Esc interrupts');
    assert.equal(work({ phase: 'retrying', retryAtMs: 15_400 }), '⠙ Trying again in 2.0 s · 12 s · Esc interrupts');
    assert.equal(work({ phase: 'thinking' }, 20), '⠙ Thinking · 12 s');
    assert.equal(work({ phase: 'idle' }), undefined);
    const asked = { ...withStatus(empty, { sinceMs: 1000, phase: 'running' }), question: { id: 1, question: { kind: 'text' as const, title: 'Which?', body: '', reasons: [] } } };
    assert.equal(layoutWork(asked, { width: 60, theme, nowMs: 13_400, frame: 1 }), undefined);
  });

  it('never takes more rows than the window has, and leaves some to the question and to the input', () => {
    const wanted = record({ rows: integer({ min: 3, max: 80 }), isAtWork: boolean(), calls: nat(20), agents: nat(20), todo: nat(40), queue: nat(20), hasQuestion: boolean() });
    check(property(wanted, (given) => {
      const room = divideRoom(given);
      const { gap, ...parts } = room;
      assert.ok(Object.values(parts).every((rows) => rows >= 0));
      const sum = Object.values(parts).reduce((total, rows) => total + rows, gap + 1 + (given.isAtWork ? 1 : 0));
      assert.ok(sum <= Math.max(3, given.rows - 1) + 1, JSON.stringify({ given, room }));
      if (given.rows >= 10) assert.ok(given.hasQuestion ? room.question >= 6 : room.input >= 3);
    }));
  });

  it('knows how many rows a narrower window makes of what was drawn', () => {
    const drawn = new DrawnRows();
    drawn.take(`old text\n\u001b[1m${'a'.repeat(50)}\u001b[22m\n你${'好'.repeat(10)}\nshort\n\u001b[2A\u001b[3G`);
    assert.deepEqual([drawn.rowsAbove(1, 60), drawn.rowsAbove(1, 20), drawn.rowsAbove(1, 7)], [1, 3, 8]);
    drawn.take('\u001b[1A\u001b[1G\u001b[Kbb\u001b[1B'); // The long row is another one now.
    assert.equal(drawn.rowsAbove(1, 20), 1);
    drawn.take('\u001b[1A\u001b[3G\u001b[J\n');
    assert.equal(drawn.rowsAbove(0, 20), 0);
  });

  it('takes out of the keys what the terminal says by itself, also where it comes in two pieces', () => {
    const stdin = new PassThrough();
    stdin.setEncoding('utf8');
    const heard: unknown[] = [];
    const keyboard = toKeyboard(stdin as unknown as NodeJS.ReadStream, { onKey: () => undefined, onKeys: () => heard.push('keys'), onName: (name) => heard.push(name), onFocus: (isFocused) => heard.push(isFocused), onBackground: (isLight) => heard.push(isLight ? 'light' : 'dark') });
    const read = (...chunks: string[]): string => chunks.map((chunk) => { stdin.write(chunk); return keyboard.read() as string; }).join('');
    assert.equal(read('a\u001b[I\u001b]11;rgb:ffff/fafa/f0f0\u001b\\b', '\u001b[Oc\u001b]11;rgb:1e', '/1e/2e\u0007d', '\u001b]', 'x\u001b[?0u\u001bP>|kitty(0.36', '.4)\u001b\\\u001b[A'), 'abcd\u001b]x\u001b[A');
    assert.deepEqual(heard, [true, 'light', false, 'dark', 'keys', 'kitty(0.36.4)']);
    assert.equal(keyboard.read(), null);
  });

  it('calls a person who looks elsewhere, in words of which none ends the sequence', () => {
    const question = { ...empty, question: { id: 1, question: { kind: 'text' as const, title: 'Which?', body: '', reasons: [] } } };
    assert.equal(findReason(empty, question, 0), 'pith asks: Which?');
    assert.equal(findReason(question, question, 0), undefined);
    const busy = withStatus(empty, { phase: 'running', sinceMs: 0 });
    assert.deepEqual([findReason(busy, empty, 20_000), findReason(busy, empty, 2000), findReason(empty, empty, 20_000)], ['pith is done', undefined, undefined]);

    const attention = new Attention(0);
    assert.deepEqual([attention.isAway(10_000), attention.isAway(20_000)], [false, true]);
    attention.onFocus(true);
    assert.equal(attention.isAway(20_000), false);

    const written: string[] = [];
    const stdout = { write: (text: string) => void written.push(text), destroyed: false, writableEnded: false } as unknown as NodeJS.WriteStream;
    const manners = new Manners({ stdout, facts: { name: 'tmux', message: undefined }, title: 'a\u0007b', asksBackground: false });
    manners.call('both', 'nobody hears it yet');
    manners.claim();
    manners.call('both', 'x\u001b\\y');
    manners.useKeys();
    manners.useKeys();
    manners.release();
    manners.release();
    assert.deepEqual(written, ['\u001b[?1004h\u001b[?u\u001b[22;0t\u001b]0;a\\x07b\u0007', '\u0007\u001bPtmux;\u001b\u001b]9;x\\x1b\\y\u0007\u001b\\', '\u001b[>1u', '\u001b[<u\u001b[?1004l\u001b]0;\u0007\u001b[23;0t']);

    const told = (name: TerminalName, message: TerminalFacts['message']): string => {
      const from = written.length;
      const other = new Manners({ stdout, facts: { name, message }, title: undefined, asksBackground: false });
      other.claim();
      other.call('message', 'a;b');
      return written.slice(from + 1).join('');
    };
    assert.deepEqual([told('iterm', 'osc9'), told('kitty', 'osc99'), told('foot', 'osc777'), told('unknown', undefined)], ['\u001b]9;a;b\u0007', '\u001b]99;;a;b\u001b\\', '\u001b]777;notify;pith;a,b\u0007', '\u0007']);
  });

  it('reads the branch of a folder, of a work tree, and nothing where there is none', async () => {
    const root = await mkdtemp(join(tmpdir(), 'pith-branch-'));
    try {
      await mkdir(join(root, 'repo/.git/worktrees/w'), { recursive: true });
      await mkdir(join(root, 'repo/deep/er'), { recursive: true });
      await mkdir(join(root, 'tree'));
      await writeFile(join(root, 'repo/.git/HEAD'), 'ref: refs/heads/feature/x\n');
      await writeFile(join(root, 'repo/.git/worktrees/w/HEAD'), '0123456789abcdef0123456789abcdef01234567\n');
      await writeFile(join(root, 'tree/.git'), 'gitdir: ../repo/.git/worktrees/w\n');
      assert.deepEqual(await Promise.all(['repo/deep/er', 'tree', '.'].map((folder) => readBranch(join(root, folder)))), ['feature/x', '0123456', undefined]);
    } finally {
      await rm(root, { recursive: true });
    }
  });

  it('names an option that is not known, and what is allowed of one that is', () => {
    const validate = (value?: unknown): unknown => optionsSchema['~standard'].validate(value);
    assert.deepEqual(validate(), { value: DEFAULTS });
    assert.deepEqual(validate({ theme: 'light', title: false }), { value: { ...DEFAULTS, theme: 'light', title: false } });
    const messages = (value: unknown): unknown => (validate(value) as { issues: { message: string }[] }).issues.map(({ message }) => message);
    assert.deepEqual(messages({ theme: 'pink' }), ['must be one of auto, dark, light; found "pink"']);
    assert.deepEqual(messages({ title: 1, colour: 2 }), ['must be true or false; found 1', `is not known; the options are ${Object.keys(DEFAULTS).join(', ')}`]);
  });
});
