import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { createEditor, deleteLeft, deleteRight, type Editor, insert, kill, type KillTo, move, moveTo, redo, setText, undo, yank, yankEarlier } from '../src/input/editor.ts';

const typed = (text: string, editor = createEditor()): Editor => [...text].reduce((at, character) => insert(at, character, { isTyped: true }), editor);

/** The simplest thing that could be right: a list of characters and a place in it. */
interface Naive { left: string[]; right: string[] }
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
const split = (text: string): string[] => text.split(/(\n)/).flatMap((line) => (line === '\n' ? ['\n'] : Array.from(segmenter.segment(line), ({ segment }) => segment)));
const naive = (left: string, right: string): Naive => ({ left: split(left), right: split(right) });

const pieces = fc.constantFrom('a', 'Z', ' ', '  ', '\n', 'word', 'naïve', 'e\u0301', '👩‍👩‍👧', '🇩🇪', '漢字', '한', 'नि', '\t', '-', '_', '.', '\u200d', '\u0301', '\udc00');

describe('terminal: the editor', () => {
  it('moves and deletes by what is seen as one character', () => {
    const family = createEditor('a👩‍👩‍👧e\u0301🇩🇪');

    const [one, two, three] = [deleteLeft(family), deleteLeft(deleteLeft(family)), deleteLeft(deleteLeft(deleteLeft(family)))];

    assert.deepEqual([one.text, two.text, three.text], ['a👩‍👩‍👧e\u0301', 'a👩‍👩‍👧', 'a']);
    assert.equal(move(family, 'left').cursor, family.text.length - 4);
    assert.equal(deleteRight(moveTo(family, 1)).text, 'ae\u0301🇩🇪');
  });

  it('agrees with a list of characters, whatever is done', () => {
    const step = fc.oneof(pieces.map((text) => ({ kind: 'insert' as const, text })), fc.constantFrom('left', 'right', 'delete-left', 'delete-right', 'text-start', 'text-end', 'line-start', 'line-end').map((kind) => ({ kind, text: '' })));
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let editor = createEditor();
      let model = naive('', '');
      for (const { kind, text } of steps) {
        switch (kind) {
          case 'insert': {
            editor = insert(editor, text);
            const whole = model.left.join('') + text + model.right.join('');
            // What was put in may have joined with what stands around it: then the cursor stands behind what came of it.
            const all = split(whole);
            let length = 0;
            const count = all.findIndex((each) => (length += each.length) >= model.left.join('').length + text.length) + 1;
            model = { left: all.slice(0, count), right: all.slice(count) };
            break;
          }
          case 'left': editor = move(editor, 'left'); if (model.left.length > 0) model.right.unshift(model.left.pop()!); break;
          case 'right': editor = move(editor, 'right'); if (model.right.length > 0) model.left.push(model.right.shift()!); break;
          case 'delete-left': case 'delete-right': {
            editor = kind === 'delete-left' ? deleteLeft(editor) : deleteRight(editor);
            if (kind === 'delete-left') model.left.pop(); else model.right.shift();
            const [left, right] = [model.left.join(''), model.right.join('')];
            const all = split(left + right);
            let length = 0;
            const joined = all.findIndex((each) => (length += each.length) > left.length);
            const count = joined < 0 ? all.length : joined;
            model = { left: all.slice(0, count), right: all.slice(count) };
            break;
          }
          case 'text-start': editor = move(editor, kind); model = naive('', model.left.join('') + model.right.join('')); break;
          case 'text-end': editor = move(editor, kind); model = naive(model.left.join('') + model.right.join(''), ''); break;
          case 'line-start': editor = move(editor, kind); while (model.left.length > 0 && model.left.at(-1) !== '\n') model.right.unshift(model.left.pop()!); break;
          case 'line-end': editor = move(editor, kind); while (model.right.length > 0 && model.right[0] !== '\n') model.left.push(model.right.shift()!); break;
          default: assert.fail(kind);
        }
        assert.equal(editor.text, model.left.join('') + model.right.join(''));
        assert.equal(editor.cursor, model.left.join('').length, `${kind} ${JSON.stringify(text)} in ${JSON.stringify(editor.text)}`);
      }
    }), { numRuns: 300 });
  });

  it('comes back to every text and cursor by undo, and forth by redo', () => {
    const kills: KillTo[] = ['word-left', 'word-right', 'space', 'line-start', 'line-end'];
    const step = fc.oneof(pieces.map((text) => (editor: Editor) => insert(editor, text, { isTyped: true })), fc.constantFrom(...kills).map((to) => (editor: Editor) => kill(editor, to)), fc.constantFrom(deleteLeft, deleteRight, yank, yankEarlier),
      fc.nat(40).map((at) => (editor: Editor) => moveTo(editor, at)));
    fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const end = steps.reduce((editor, apply) => apply(editor), createEditor('one two\nthree'));
      let back = end;
      const texts: string[] = [];
      while (back.undo.length > 0) {
        texts.push(back.text);
        back = undo(back);
      }
      assert.equal(back.text, 'one two\nthree');
      for (const text of texts.reverse()) {
        back = redo(back);
        assert.equal(back.text, text);
      }
      assert.equal(back.text, end.text);
    }), { numRuns: 300 });
  });

  it('undoes what was typed word by word, and a deletion at once', () => {
    const editor = typed('fix the tests');
    const shorter = deleteLeft(deleteLeft(deleteLeft(editor)));

    assert.deepEqual([undo(shorter).text, undo(undo(shorter)).text, undo(undo(undo(shorter))).text, redo(undo(shorter)).text], ['fix the tests', 'fix the ', 'fix ', 'fix the te']);
  });

  it('cuts words as a shell does, and puts back what was cut one after the other as one', () => {
    const editor = createEditor('git commit --amend src/a.ts');

    const cut = kill(kill(editor, 'space'), 'space');

    assert.equal(cut.text, 'git commit ');
    assert.deepEqual(cut.kills, ['--amend src/a.ts']);
    assert.equal(yank(cut).text, editor.text);
    assert.equal(kill(editor, 'word-left').text, 'git commit --amend src/a.');
    assert.equal(kill(moveTo(editor, 3), 'line-end').text, 'git');
    assert.equal(kill(moveTo(editor, 4), 'line-start').text, 'commit --amend src/a.ts');
    assert.equal(kill(moveTo(editor, 3), 'word-right').text, 'git --amend src/a.ts');
  });

  it('goes back through what was cut, right behind a yank and only there', () => {
    const cut = kill(move(kill(createEditor('one two'), 'word-left'), 'text-end'), 'word-left');
    const yanked = yank(cut);

    assert.deepEqual(cut.kills, ['two', 'one ']);
    assert.deepEqual([yanked.text, yankEarlier(yanked).text, yankEarlier(yankEarlier(yanked)).text], ['one ', 'two', 'one ']);
    assert.equal(yankEarlier(move(yanked, 'left')).text, 'one ');
    assert.equal(undo(yankEarlier(yanked)).text, '');
  });

  it('takes the end of an empty rest of a line with it', () => {
    assert.equal(kill(moveTo(createEditor('one\ntwo'), 3), 'line-end').text, 'onetwo');
  });

  it('keeps no more than it says', () => {
    let editor = createEditor();
    for (let count = 0; count < 500; count++) editor = kill(move(setText(editor, `text ${count}`), 'text-start'), 'line-end');

    assert.equal(editor.undo.length, 200);
    assert.equal(editor.kills.length, 30);
  });

  it('makes one line end of what comes with others', () => {
    assert.equal(insert(createEditor(), 'a\r\nb\rc').text, 'a\nb\nc');
  });
});
