import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TurnEvent } from '@pith/kernel';
import { createTheme, loadLexer, paintLine, textOf, widthOf } from '@pith/screen';
import * as fc from 'fast-check';
import { runExternalPager } from '../src/pager/external.ts';
import { KeyReader } from '../src/pager/key-reader.ts';
import { toKeysText } from '../src/pager/keys-text.ts';
import { Scroll } from '../src/pager/scroll.ts';
import { paintPage } from '../src/pager/pager.ts';
import { layoutBar, markFound, pressInPager, START } from '../src/pager/state.ts';
import { fromText, joinTexts, type PagerText } from '../src/pager/text.ts';
import { toTranscript } from '../src/pager/transcript.ts';
import type { AgentView, CallView, Item } from '../src/view.ts';
import { readStored } from '../src/view/stored-items.ts';

const theme = createTheme({ level: 0, background: 'dark', words: false, unicode: true, links: false });
const numbers = (count: number): string => Array.from({ length: count }, (_, index) => `line ${index}`).join('\n');
const open = (text: PagerText, { width = 40, rows = 10 } = {}): Scroll => new Scroll(text, { width, rows, theme });
const seen = (scroll: Scroll): string[] => scroll.visible().map(textOf);

describe('terminal: the pager', () => {
  it('lays out what is seen and nothing else, of a hundred thousand lines, wherever it stands', () => {
    const text = fromText(numbers(100_000));
    let laidOut = 0;
    const scroll = open({ ...text, layout: (index, look) => { laidOut++; return text.layout(index, look); } });
    scroll.visible();
    scroll.toEnd();
    assert.deepEqual(seen(scroll).at(-1), 'line 99999');
    scroll.move(-50);
    scroll.visible();
    scroll.find('line 50000', 1);
    assert.equal(seen(scroll)[0], 'line 50000');
    scroll.resize({ width: 20, rows: 30, theme });
    scroll.visible();

    assert.ok(laidOut < 300, `${laidOut} lines`);
  });

  it('moves by rows, pages and to the ends, as over the rows of the whole text', () => {
    const texts = fc.array(fc.string({ maxLength: 90 }).map((line) => line.replaceAll(/[\n\r]/g, '')), { minLength: 1, maxLength: 30 });
    const steps = fc.array(fc.oneof(fc.integer({ min: -40, max: 40 }), fc.constantFrom('start' as const, 'end' as const)), { maxLength: 20 });
    fc.assert(fc.property(texts, steps, fc.integer({ min: 1, max: 12 }), (lines, moves, rows) => {
      const text = fromText(lines.join('\n'));
      const all = Array.from({ length: text.length }, (_, index) => text.layout(index, { width: 10, theme })).flat().map(textOf);
      const scroll = open(text, { width: 10, rows });
      const last = Math.max(0, all.length - rows);
      let top = 0;
      for (const move of moves) {
        if (move === 'start') scroll.toStart();
        else if (move === 'end') scroll.toEnd();
        else scroll.move(move);
        top = move === 'start' ? 0 : move === 'end' ? last : Math.max(0, Math.min(last, top + move));
        assert.deepEqual(seen(scroll), all.slice(top, top + rows));
        assert.equal(scroll.isAtEnd, top === last);
      }
    }), { numRuns: 100 });
  });

  it('stays where it is when what came before is put in front, and goes up into it', () => {
    const scroll = open(fromText(numbers(50)));
    scroll.move(3);
    scroll.prepend(fromText('earlier 0\nearlier 1'));
    assert.equal(seen(scroll)[0], 'line 3');
    scroll.move(-4);
    assert.equal(seen(scroll)[0], 'earlier 1');
    assert.equal(scroll.find('line 49', 1), true);
    const joined = joinTexts(fromText('a\nb'), fromText('c'));
    assert.deepEqual([joined.length, joined.plain(1), joined.plain(2)], [3, 'b', 'c']);
  });

  it('keeps the line on top, or the end, when the window changes', () => {
    const scroll = open(fromText(numbers(200).replaceAll('line', 'a line that is longer than the window')), { width: 40, rows: 10 });
    scroll.find('window 77', 1);
    scroll.resize({ width: 20, rows: 5, theme });
    assert.match(seen(scroll).join(''), /window 77/);
    scroll.toEnd();
    scroll.resize({ width: 60, rows: 8, theme });
    assert.match(seen(scroll).at(-1)!, /window 199$/);
  });

  it('finds words forwards and backwards, around the ends, and minds capital letters where there are any', () => {
    const scroll = open(fromText(numbers(300).replace('line 250', 'The Needle')));
    let state = START;
    const press = (...keys: string[]): void => { for (const key of keys) state = pressInPager(state, key, scroll); };
    press('/', ...'needle', 'enter');
    assert.equal(seen(scroll)[0], 'The Needle');
    press('g', 'n');
    assert.equal(seen(scroll)[0], 'The Needle');
    press('/', ...'NEEDLE', 'enter');
    assert.equal(state.note, 'not found: NEEDLE');
    press('/', ...'line 29', 'enter');
    assert.equal(seen(scroll)[0], 'line 290');
    press('N');
    assert.equal(seen(scroll)[0], 'line 29');
    press('/', 'x', 'escape', 'q');
    assert.deepEqual([state.words, state.isOver], ['line 29', true]);
  });

  it('says that there is nothing to search for yet', () => {
    assert.equal(pressInPager(START, 'n', open(fromText('x'))).note, 'nothing to search for: / begins a search');
  });

  for (const [key, top] of [['j', 1], ['down', 1], ['enter', 1], ['space', 9], ['pagedown', 9], ['d', 4], ['G', 990], ['end', 990]] as const) {
    it(`goes to row ${top} with ${key}, and ${key === 'G' || key === 'end' ? 'g' : 'its opposite'} leads back`, () => {
      const scroll = open(fromText(numbers(1000)));
      pressInPager(START, key, scroll);
      assert.equal(seen(scroll)[0], `line ${top}`);
      pressInPager(START, { j: 'k', down: 'up', enter: 'k', space: 'b', pagedown: 'pageup', d: 'u', G: 'g', end: 'home' }[key], scroll);
      assert.equal(seen(scroll)[0], 'line 0');
    });
  }

  it('marks what was found, also where it stands twice, and changes no text', () => {
    const [line] = markFound([[{ text: 'a Needle and a needle' }]], 'needle');
    assert.deepEqual(line?.filter(({ roles }) => roles?.includes('added-word')).map(({ text }) => text), ['Needle', 'needle']);
    assert.equal(textOf(line!), 'a Needle and a needle');
    assert.equal(textOf(markFound([[{ text: 'İx needle' }]], 'needle')[0]!), 'İx needle');
  });

  it('says at the bottom what is shown and how far, in any width', () => {
    for (const width of [10, 40, 80]) {
      const bar = layoutBar({ state: START, title: 'a title that is long \u001b[2J', percent: 40, width, theme });
      assert.ok(widthOf(textOf(bar)) <= width, textOf(bar));
      assert.match(textOf(bar), /40%/);
    }
    assert.match(textOf(layoutBar({ state: { ...START, typed: 'x'.repeat(50) }, title: '', percent: 1, width: 20, theme })), /^x{19}▏$/);
  });

  // In tmux a clearing behind a full row takes its last character; the emulator of the tests is kinder.
  it('clears a row before it writes it, never behind it', () => {
    assert.equal(paintPage([[{ text: '0123456789' }], []], theme), '\u001b[?2026h\u001b[H\u001b[K0123456789\r\n\u001b[K\u001b[?2026l');
  });

  it('lays out the keys with what they do beside them, or below them in a narrow window', () => {
    const text = toKeysText();
    const rowsAt = (width: number): string[] => Array.from({ length: text.length }, (_, index) => text.layout(index, { width, theme })).flat().map(textOf);
    assert.deepEqual(rowsAt(100).slice(0, 2), ['Everywhere', '  Esc                           stop the turn, or close what is open; twice clears the input']);
    assert.deepEqual(rowsAt(40).slice(0, 4), ['Everywhere', '  Esc', '    stop the turn, or close what is', '    open; twice clears the input']);
    for (const width of [20, 40, 80]) assert.ok(rowsAt(width).every((row) => widthOf(row) <= width), String(width));
  });

  it('steers no terminal, whatever the text holds', () => {
    const scroll = open(fromText('a\u001b[2Jb\u202ec\r\nnext\u0007\rx\tend'));
    // oxlint-disable-next-line no-control-regex
    for (const line of scroll.visible()) assert.doesNotMatch(paintLine(line, theme), /[\u0000-\u001f\u202e]/);
    assert.deepEqual(seen(scroll), ['a\\x1b[2Jb\\u{202e}c', 'next\\x07\\x0dx   end']);
  });
});

describe('terminal: keys as a terminal sends them', () => {
  const KEYS = [['\u001b[A', 'up'], ['\u001bOB', 'down'], ['\u001b[5~', 'pageup'], ['\u001b[6;5~', 'pagedown'], ['\u001b[H', 'home'], ['\u001b[4~', 'end'], ['\r', 'enter'], [' ', 'space'], ['\u007f', 'backspace'], ['\u0003', 'ctrl+c'], ['G', 'G'], ['é', 'é'], ['😀', '😀'], ['\u001b[Z', 'shift+tab']] as const;

  it('are the same keys however they arrive', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom(...KEYS), { maxLength: 12 }), fc.infiniteStream(fc.integer({ min: 1, max: 4 })), (pressed, sizes) => {
      const reader = new KeyReader();
      const units = Array.from(pressed.map(([sent]) => sent).join(''));
      const got: string[] = [];
      while (units.length > 0) got.push(...reader.push(units.splice(0, sizes.next().value ?? 1).join('')));
      assert.deepEqual(got, pressed.map(([, key]) => key));
      assert.equal(reader.waitMs, undefined);
    }));
  });

  it('know Escape by the silence behind it, and pass over sequences that are no key', () => {
    const reader = new KeyReader();
    assert.deepEqual([reader.push('\u001b'), reader.waitMs, reader.flush(), reader.waitMs], [[], 30, ['escape'], undefined]);
    assert.deepEqual(reader.push('\u001b[?1;2c\u001b[Iq'), ['q']);
    assert.deepEqual([reader.push('\u001b['), reader.flush()], [[], ['escape', '[']]);
  });
});

describe('terminal: the transcript', () => {
  const call: CallView = { callId: 'c', tool: 'bash', target: 'make', effect: 'exec', input: { command: 'make', script: 'one\ntwo' }, state: 'done', startedMs: 0, durationMs: 1500, progress: undefined, result: '2 lines', content: [{ type: 'text', text: 'built\nall' }], changes: [{ path: 'a.o', kind: 'create' }], diff: '--- a\n+++ b\n@@ -1 +1 @@\n-old\n+new\n' };
  const agent: AgentView = { runId: 'r', parentRunId: 't', callId: 'c', name: 'scout', task: 'look around', state: 'done', reason: null, startedMs: 0, durationMs: 9000, calls: [call], callsGone: 3, tokens: 900, costMicroUsd: 0, text: 'seen' };
  const items: Item[] = [
    { id: 0, atMs: 0, kind: 'input', text: 'go\non', attachments: ['a.png'] }, { id: 1, atMs: 0, kind: 'thinking', text: 'hm\nyes', durationMs: 1 }, { id: 2, atMs: 0, kind: 'text', text: '# Head\n\nsome **text**' },
    { id: 3, atMs: 0, kind: 'call', call }, { id: 4, atMs: 0, kind: 'agent', agent }, { id: 5, atMs: 0, kind: 'notice', level: 'warning', text: 'careful', hint: 'do this' }, { id: 6, atMs: 0, kind: 'refusal', text: 'no' }, { id: 7, atMs: 0, kind: 'end', status: 'done', durationMs: 10, costMicroUsd: 0 },
  ];
  const layout = async (given: readonly Item[], width = 60): Promise<string[]> => {
    const text = toTranscript(given, { lex: await loadLexer() });
    return Array.from({ length: text.length }, (_, index) => text.layout(index, { width, theme })).flat().map(textOf);
  };

  it('holds everything with nothing folded', async () => {
    assert.deepEqual(await layout(items), [
      '> go', '  on', '  + a.png', '', 'Thinking', '  hm', '  yes', '', '# Head', '', 'some text', '',
      'bash make', '  done after 1.5 s', '  command: make', '  script:', '    one', '    two', '--- a', '+++ b', '@@ -1 +1 @@', '1 - old', '1 + new', '  Result:', '  built', '  all', '  create a.o', '',
      'Agent scout: done', '  look around', '  3 earlier calls are not shown', '  bash make', '    done after 1.5 s', '    command: make', '    script:', '      one', '      two', '--- a', '+++ b', '@@ -1 +1 @@', '1 - old', '1 + new', '    Result:', '    built', '    all', '    create a.o', '  Answer:', '  seen', '',
      '! careful', '  do this', '', 'The model would not answer', '  no', '', 'The turn ended: done, after 0.0 s', '',
    ]);
  });

  it('keeps to 40 columns', async () => {
    const wide: Item[] = [{ id: 0, atMs: 0, kind: 'call', call: { ...call, content: [{ type: 'text', text: 'x'.repeat(200) }] } }];
    for (const line of await layout(wide, 40)) assert.ok(widthOf(line) <= 40, line);
  });

  it('reads what was kept of a session, with what was typed, up to a moment', async () => {
    const stamp = (seq: number, atMs: number) => ({ seq, atMs, sessionId: 's', turnId: 't', runId: 't' });
    const events: TurnEvent[] = [
      { ...stamp(0, 1), type: 'turn-start' },
      { ...stamp(1, 2), type: 'input-accepted', origin: 'person', text: 'go', plugins: [], message: { role: 'user', content: [{ type: 'text', text: 'go' }] } },
      { ...stamp(2, 3), type: 'model-end', step: 0, attemptId: 'a', purpose: 'turn', provider: 'p', model: 'm', usage: null, costMicroUsd: 0, durationMs: 1, firstEventMs: null, reply: { status: 'complete', id: null, model: null, stop: null, blocks: [{ type: 'text', text: 'Done.' }], usage: null } },
      { ...stamp(3, 4), type: 'tool-end', callId: 'c', tool: 'bash', status: 'done', content: [{ type: 'text', text: 'out' }], changes: [], durationMs: 5 },
      { ...stamp(4, 9), type: 'input-accepted', origin: 'person', text: 'later', plugins: [], message: { role: 'user', content: [] } },
    ];
    const stored = await readStored((async function* () { yield* events; })(), { cwd: '/p', untilMs: 9 });
    assert.deepEqual(stored.map((item) => (item.kind === 'call' ? item.call.tool : 'text' in item ? item.text : item.kind)), ['go', 'Done.', 'bash']);
  });

  it('says so where nothing was said', async () => assert.deepEqual(await layout([]), ['Nothing was said yet.']));
});

describe('terminal: a pager of the person’s own', () => {
  let folder: string;
  const env = { PATH: process.env['PATH'], SHOP_API_KEY: 'sk-of-the-shop' };
  before(async () => { folder = await mkdtemp(join(tmpdir(), 'pith-pager-')); });
  after(() => rm(folder, { recursive: true, force: true }));

  it('gets the text with everything written out that steers a terminal, and its arguments without a shell', async () => {
    const program = join(folder, 'keep');
    await writeFile(program, `#!/bin/sh\nprintf '%s\\n' "$@" > ${folder}/arguments\nenv > ${folder}/environment\ncat > ${folder}/text\n`);
    await chmod(program, 0o755);

    await runExternalPager({ command: `${program} -R  $(touch ${folder}/no)`, text: fromText('one\u001b[2J\ntwo'), env, childRules: {}, cwd: folder });

    assert.equal(await readFile(join(folder, 'text'), 'utf8'), 'one\\x1b[2J\ntwo\n');
    assert.doesNotMatch(await readFile(join(folder, 'environment'), 'utf8'), /sk-of-the-shop/);
    assert.equal(await readFile(join(folder, 'arguments'), 'utf8'), `-R\n$(touch\n${folder}/no)\n`);
  });

  it('may be left before the end of a long text', async () => {
    await runExternalPager({ command: 'true', text: fromText(numbers(200_000)), env, childRules: {}, cwd: folder });
  });

  it('that is not there is named, with what to do', async () => {
    await assert.rejects(runExternalPager({ command: 'no-such-pager -x', text: fromText('x'), env, childRules: {}, cwd: folder }), { code: 'FLAG_INVALID', message: 'The pager "no-such-pager" could not be started' });
  });
});
