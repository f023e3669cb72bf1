import assert from 'node:assert/strict';
import type { Question } from '@pith/kernel';
import { createTheme, loadLexer, textOf, type Theme, widthOf } from '@pith/screen';
import * as fc from 'fast-check';
import { wantsLines } from '../src/chat.ts';
import { layoutQuestionLines, promptOf, readAnswer } from '../src/plain/ask.ts';
import { type LineSetting, NO_LINE, type TypedStep, typeKeys } from '../src/plain/line-reader.ts';
import { layoutTodoLines, Speaker } from '../src/plain/speaker.ts';
import type { AgentView, CallView, Item, View } from '../src/view.ts';
import { createView } from '../src/view/create-view.ts';

const theme = createTheme({ level: 0, background: 'dark', words: true, unicode: true, links: false });
const ascii = createTheme({ level: 0, background: 'dark', words: true, unicode: false, links: false });
const CALL: CallView = { callId: 'c', tool: 'bash', target: 'make', effect: 'exec', input: {}, state: 'running', startedMs: 0, durationMs: null, progress: undefined, result: '', content: [], changes: [], diff: undefined };
const AGENT: AgentView = { runId: 'r', parentRunId: 't', callId: 'c', name: 'scout', task: 'look around\nwell', state: 'running', reason: null, startedMs: 0, durationMs: null, calls: [{ ...CALL, tool: 'grep', target: 'x' }], callsGone: 0, tokens: 1200, costMicroUsd: 0, text: '' };
const EMPTY = createView({ cwd: '/p', provider: 'test', model: 'm', mode: 'default', messages: [], atMs: 0 });
type Told = Item extends infer Each ? Each extends Item ? Omit<Each, 'id' | 'atMs'> : never : never;

/** Says one view after the other. */
async function listen({ columns = 60, look = theme }: { columns?: number; look?: Theme } = {}) {
  const speaker = new Speaker(await loadLexer(), look);
  let view: View = EMPTY;
  return {
    speaker,
    say: (change: Partial<View>): string[] => speaker.speak(view = { ...view, ...change }, columns).map(textOf),
    tell: (...items: Told[]): string[] => speaker.speak(view = { ...view, items: [...view.items, ...items.map((item, index) => ({ ...item, id: view.items.length + index, atMs: 0 }) as Item)] }, columns).map(textOf),
  };
}

describe('terminal: what is said in plain lines', () => {
  it('has a word in front of everything', async () => {
    const { tell } = await listen();
    assert.deepEqual(tell(
      { kind: 'input', text: 'go', attachments: ['a.png'] }, { kind: 'thinking', text: 'hm', durationMs: 5 }, { kind: 'text', text: 'I **will**.\n\n- one\n- two' }, { kind: 'refusal', text: 'never' }, { kind: 'answer', text: 'Sizes of *it*:\n  a   1\n  bc  2' },
      { kind: 'call', call: { ...CALL, state: 'done', durationMs: 1500, result: '3 lines' } }, { kind: 'call', call: { ...CALL, state: 'refused', durationMs: 1, result: 'not that' } },
      { kind: 'call', call: { ...CALL, state: 'error', durationMs: 1, result: 'exit 2: bad', content: [{ type: 'text', text: 'first\nexit 2: bad' }] } },
      { kind: 'call', call: { ...CALL, tool: 'edit', target: 'a.ts', state: 'done', durationMs: 1, result: '+1 -1', diff: '--- a\n+++ b\n@@ -1 +1 @@\n-old\n+new\n' } },
      { kind: 'agent', agent: { ...AGENT, state: 'done', durationMs: 2000 } }, { kind: 'notice', level: 'warning', text: 'careful', hint: 'do this' }, { kind: 'notice', level: 'error', text: 'bad' }, { kind: 'notice', level: 'info', text: 'so' },
      { kind: 'end', status: 'done', durationMs: 12_000, costMicroUsd: 0 },
    ), [
      'You: go [a.png]', 'Thinking.', 'Answer: I will.', '', '* one', '* two', 'Refusal: never', 'Answer: Sizes of *it*:', '  a   1', '  bc  2',
      'Tool done: bash make: 3 lines, 1.5 s', 'Tool refused: bash make: not that', 'Tool failed: bash make: exit 2: bad', '  first', '  exit 2: bad',
      'Tool done: edit a.ts: +1 -1', '--- a', '+++ b', '@@ -1 +1 @@', 'Removed line 1: old', 'Added line 1: new',
      'Agent done: scout: 1 call, 1.2k tokens, 2.0 s', 'Warning: careful', 'Hint: do this', 'Error: bad', 'Note: so', 'Done: 12 s',
    ]);
  });

  it('says a text that streams by whole paragraphs, once, however it is cut', async () => {
    const text = 'First one\nstill it.\n\nSecond **bold** one.\n\n```js\nlet a = 1;\n```\n\nThe end.';
    const whole = (await listen()).tell({ kind: 'text', text });
    const { say } = await listen();
    const said: string[] = [];
    for (let end = 1; end <= text.length; end++) {
      const now = say({ open: { id: 0, kind: 'text', text: text.slice(0, end), sinceMs: 0 } });
      if (end < text.indexOf('Second')) assert.deepEqual(now.filter((line) => line.includes('Second')), []);
      said.push(...now);
    }
    said.push(...say({ open: undefined, items: [{ id: 0, atMs: 0, kind: 'text', text }] }));
    assert.deepEqual(said, whole);
    assert.equal(said[0], 'Answer: First one still it.');
  });

  it('says once that it thinks, that a tool begins, that an agent begins and what it does', async () => {
    const { say } = await listen();
    const open = { id: 3, kind: 'thinking' as const, sinceMs: 0 };
    assert.deepEqual(say({ open: { ...open, text: 'h' } }), ['Thinking.']);
    assert.deepEqual(say({ open: { ...open, text: 'hm' } }), []);
    assert.deepEqual(say({ open: undefined, items: [{ ...open, atMs: 0, text: 'hm', durationMs: 1 }] }), []);
    assert.deepEqual(say({ calls: [{ ...CALL, state: 'writing' }] }), []);
    assert.deepEqual(say({ calls: [CALL], agents: [AGENT] }), ['Tool: bash make', 'Agent: scout: look around', 'Tool of scout: grep x']);
    assert.deepEqual(say({ calls: [{ ...CALL, progress: '50%' }] }), []);
  });

  it('says how far the list of what is to do is, when it changes, and all of it for whoever asks', async () => {
    const { say } = await listen();
    const todo = [{ text: 'one', state: 'done' as const }, { text: 'two', state: 'active' as const }, { text: 'three', state: 'open' as const }];
    assert.deepEqual([say({ todo }), say({ todo })], [['To do: 1 of 3 done; now: two'], []]);
    assert.deepEqual(layoutTodoLines(todo, { width: 60, theme }).map(textOf), ['To do, done: one', 'To do, now: two', 'To do, open: three']);
    assert.deepEqual(layoutTodoLines([], { width: 60, theme }).map(textOf), ['To do: nothing is on the list.']);
  });

  it('does not say again what stands where it was typed', async () => {
    const { speaker, tell } = await listen();
    speaker.skipInput();
    assert.deepEqual(tell({ kind: 'input', text: 'typed', attachments: [] }, { kind: 'input', text: 'queued', attachments: [] }), ['You: queued']);
  });

  it('keeps to 40 columns, and to ASCII where the terminal knows no more, whatever anybody wrote', async () => {
    const { tell } = await listen({ columns: 40, look: ascii });
    const wild = 'ünïcödé \u001b[2J \u202e 漢字 '.repeat(5);
    const lines = tell({ kind: 'input', text: wild, attachments: [] }, { kind: 'text', text: wild }, { kind: 'call', call: { ...CALL, target: wild, state: 'error', result: wild, durationMs: 1 } }, { kind: 'notice', level: 'error', text: wild });
    for (const line of lines) {
      assert.match(line, /^[\x20-\x7e]*$/);
      assert.ok(widthOf(line) <= 40, line);
    }
  });
});

describe('terminal: a question in plain lines', () => {
  const QUESTION: Question = { kind: 'permission', title: 'Allow bash?', body: 'make\u202e\tall', reasons: ['p: why'], rule: 'Bash(make)', always: [['Bash(make)']], diff: '--- a\n+++ b\n@@ -1 +1 @@\n-old\n+new\n' };

  it('says all of it, with a number for each answer', () => {
    assert.deepEqual(layoutQuestionLines(QUESTION, { width: 60, theme }).map(textOf), [
      'Question: Allow bash?', '  make\\u{202e}\\tall', 'Reason: p: why', 'What would change:', '--- a', '+++ b', '@@ -1 +1 @@', 'Removed line 1: old', 'Added line 1: new',
      '1. yes, once', '2. yes, for this session: Bash(make)', '3. yes, always in this project: Bash(make)', '4. no', '5. no, and tell it what to do instead',
    ]);
    assert.deepEqual([promptOf(QUESTION), promptOf({ ...QUESTION, kind: 'text' })], ['Number, or words for a no: ', 'Answer, empty for none: ']);
  });

  for (const [typed, answer] of [
    ['1', { verdict: 'allow', scope: 'once' }], ['2.', { verdict: 'allow', scope: 'session' }], ['3', { verdict: 'allow', scope: 'always', rules: ['Bash(make)'] }], ['4', { verdict: 'deny', text: 'the user said no' }],
    ['5', 'more'], ['t', 'more'], ['y', { verdict: 'allow', scope: 'once' }], ['', { verdict: 'deny', text: 'the user said no' }], ['6', undefined], ['x', undefined], ['use make', { verdict: 'deny', text: 'use make' }],
  ] as const) {
    it(`takes ${JSON.stringify(typed)} for ${JSON.stringify(answer)}`, () => assert.deepEqual(readAnswer(typed, QUESTION), answer));
  }

  it('of the model is answered with a number, words, or nothing', () => {
    const choice: Question = { kind: 'choice', title: 'Which?', body: 'b', reasons: [], options: ['one', 'two'] };
    assert.deepEqual(['2', '3', 'neither', ''].map((line) => readAnswer(line, choice)), [{ verdict: 'allow', text: 'two' }, 'more', { verdict: 'allow', text: 'neither' }, { verdict: 'deny' }]);
    assert.deepEqual(readAnswer('12', { ...choice, kind: 'text' }), { verdict: 'allow', text: '12' });
  });
});

describe('terminal: a line that is typed without drawing', () => {
  const SETTING: LineSetting = { history: ['first', 'second'], prompt: 'You: ', columns: 40, ascii: false };
  const type = (keys: readonly string[], { line = NO_LINE, ...more }: Partial<LineSetting & { line: typeof NO_LINE }> = {}): TypedStep[] => typeKeys(line, keys, { ...SETTING, ...more });
  /** One key after the other. */
  const typeSlowly = (keys: readonly string[], more: Partial<LineSetting> = {}): { line: typeof NO_LINE; screen: string; sent: string[] } => keys.reduce((at, key) => {
    const [step] = type([key], { line: at.line, ...more });
    return { line: step!.line, screen: at.screen + step!.echo, sent: step!.sent === undefined ? at.sent : [...at.sent, step!.sent] };
  }, { line: NO_LINE, screen: '', sent: [] as string[] });

  it('echoes letters, and takes the last back as wide as it is', () => {
    assert.deepEqual(typeSlowly(['h', 'i', '漢', 'backspace', '!', 'enter']), { line: NO_LINE, screen: 'hi漢\b\b  \b\b!\n', sent: ['hi!'] });
  });

  it('gives what was typed before, and one’s own line again', () => {
    assert.equal(typeSlowly(['x', 'up']).line.text, 'second');
    assert.equal(typeSlowly(['x', 'up', 'up', 'up']).line.text, 'first');
    assert.equal(typeSlowly(['x', 'up', 'up', 'down', 'down']).line.text, 'x');
    assert.equal(typeSlowly(['up'], { history: [] }).line.text, '');
  });

  it('goes on in the next line after a backslash, and keeps the line ends of what is pasted', () => {
    assert.deepEqual(typeSlowly(['a', '\\', 'enter', 'b', 'enter']).sent, ['a\nb']);
    assert.deepEqual(type(['a', 'b', 'enter', 'c', 'd', 'enter']).flatMap(({ sent }) => sent ?? []), ['ab\ncd']);
  });

  it('deletes words and all of it, and a line of several rows is written again below, since no backspace leads up', () => {
    assert.equal(typeSlowly([...'one two', 'ctrl+w']).line.text, 'one ');
    assert.equal(typeSlowly([...'one two', 'ctrl+u']).line.text, '');
    assert.equal(typeSlowly([...'x'.repeat(36), 'backspace']).screen.slice(36), `\nYou: ${'x'.repeat(35)}`);
  });

  for (const [key, action] of [['escape', 'interrupt'], ['ctrl+c', 'cancel'], ['ctrl+d', 'end'], ['shift+tab', 'next-mode'], ['ctrl+o', 'transcript'], ['ctrl+t', 'todo'], ['ctrl+z', 'suspend']] as const) {
    it(`takes ${key} for ${action}`, () => assert.equal(type([key])[0]?.action, action));
  }

  it('clears a line with Ctrl-C, and leaves with Ctrl-D only where it is empty', () => {
    assert.deepEqual(typeSlowly(['a', 'ctrl+c']), { line: NO_LINE, screen: 'a\n', sent: [] });
    assert.equal(type(['a', 'ctrl+d']).at(-1)?.action, undefined);
  });

  it('writes nothing but letters, backspaces and line ends, whatever is typed', () => {
    const keys = fc.array(fc.constantFrom('a', 'é', '漢', 'up', 'down', 'backspace', 'ctrl+w', 'ctrl+u', 'enter', 'space', 'left', 'f1', '\u009b', '\u202e', '😀', '\u0301', 'ctrl+l'), { maxLength: 30 });
    fc.assert(fc.property(keys, fc.boolean(), (pressed, isAscii) => {
      const { screen } = typeSlowly(pressed, { ascii: isAscii });
      // oxlint-disable-next-line no-control-regex
      assert.doesNotMatch(screen.replaceAll(/[\b\n]/g, ''), /[\u0000-\u001f\u007f-\u009f\u202e]/);
      if (isAscii) assert.match(screen, /^[\x20-\x7e\b\n]*$/);
    }));
  });
});

describe('terminal: plain lines', () => {
  it('are for whoever asks for them, and for terminals that cannot draw', () => {
    const of = (plain: boolean | undefined, env: Record<string, string>, screenReader = false): boolean => wantsLines({ ...(plain === undefined ? {} : { plain }), env }, { screenReader });
    assert.deepEqual([of(true, {}), of(undefined, { INK_SCREEN_READER: 'true' }), of(false, { TERM: 'dumb' }), of(false, {}, true)], [true, true, true, true]);
    assert.deepEqual([of(false, { TERM: 'xterm' }), of(undefined, { INK_SCREEN_READER: 'false' })], [false, false]);
  });
});
