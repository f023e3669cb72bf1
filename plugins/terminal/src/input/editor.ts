import { before, behind, lineEnd, lineStart, spaceBefore, toBoundary, wordBefore, wordBehind } from './graphemes.ts';

/** How much is remembered. */
const UNDO_MAX = 200;
/** Of all that can be undone together. */
const UNDO_CHARACTERS_MAX = 4_000_000;
const KILLS_MAX = 30;

interface Snapshot { text: string; cursor: number }

/** What the last thing was, where the next one may go on with it. */
type Last =
  | { kind: 'other' }
  | { kind: 'typed'; /** With a space, so that the next letter begins a word. */ isSpace: boolean }
  | { kind: 'deleted' }
  | { kind: 'killed' }
  | { kind: 'yanked'; from: number; index: number };

/** The text that is being written, and where; nothing in it ever changes. A character is what is seen as one, however it is put together. */
export interface Editor extends Readonly<Snapshot> {
  readonly undo: readonly Snapshot[];
  readonly redo: readonly Snapshot[];
  /** What was cut, the latest last. */
  readonly kills: readonly string[];
  readonly last: Last;
  /** The column that moves up and down keep. */
  readonly column?: number;
}

const OTHER: Last = { kind: 'other' };

export function createEditor(text = '', kills: readonly string[] = []): Editor {
  return { text, cursor: text.length, undo: [], redo: [], kills, last: OTHER };
}

/** Puts text where the cursor is. Typed words are undone one by one; whatever else is put in at once. */
export function insert(editor: Editor, given: string, { isTyped = false } = {}): Editor {
  const text = given.replaceAll(/\r\n?/g, '\n');
  if (text === '') return editor;
  const { last } = editor;
  const isSpace = /^\s+$/.test(text);
  const goesOn = isTyped && last.kind === 'typed' && (isSpace || !last.isSpace);
  return change(editor, { from: editor.cursor, to: editor.cursor, text }, isTyped ? { kind: 'typed', isSpace } : OTHER, { goesOn });
}

/** Puts text in the place of another, as a completion does. */
export function replace(editor: Editor, { from, to, text }: { from: number; to: number; text: string }): Editor {
  return change(editor, { from, to, text }, OTHER);
}

/** Another text altogether; it can be undone. */
export function setText(editor: Editor, text: string): Editor {
  return text === editor.text ? { ...editor, cursor: text.length, last: OTHER } : change(editor, { from: 0, to: editor.text.length, text }, OTHER);
}

export function deleteLeft(editor: Editor): Editor {
  return remove(editor, before(editor.text, editor.cursor), editor.cursor);
}

export function deleteRight(editor: Editor): Editor {
  return remove(editor, editor.cursor, behind(editor.text, editor.cursor));
}

/** Cuts what is between the cursor and another place. What is cut one after the other is put back together. */
export function kill(editor: Editor, to: KillTo): Editor {
  const { text, cursor } = editor;
  const place = PLACE[to](text, cursor);
  // At the end of a line the line end itself goes, as in every shell.
  const end = to === 'line-end' && place === cursor ? Math.min(text.length, cursor + 1) : place;
  if (end === cursor) return { ...editor, last: { kind: 'killed' } };
  const cut = text.slice(Math.min(end, cursor), Math.max(end, cursor));
  const goesOn = editor.last.kind === 'killed' && editor.kills.length > 0;
  const latest = goesOn ? editor.kills.at(-1)! : '';
  const kills = [...(goesOn ? editor.kills.slice(0, -1) : editor.kills), end < cursor ? cut + latest : latest + cut].slice(-KILLS_MAX);
  return { ...change(editor, { from: Math.min(end, cursor), to: Math.max(end, cursor), text: '' }, { kind: 'killed' }), kills };
}

const PLACE = { 'word-left': wordBefore, 'word-right': wordBehind, space: spaceBefore, 'line-start': lineStart, 'line-end': lineEnd, 'text-start': () => 0, 'text-end': (text: string) => text.length, left: before, right: behind } as const;
type Place = keyof typeof PLACE;
export type KillTo = Extract<Place, 'word-left' | 'word-right' | 'space' | 'line-start' | 'line-end'>;

export function move(editor: Editor, to: Exclude<Place, 'space'>): Editor {
  return moveTo(editor, PLACE[to](editor.text, editor.cursor));
}

/** @param column what the next move up or down keeps */
export function moveTo(editor: Editor, at: number, column?: number): Editor {
  const { column: _column, ...rest } = editor;
  return { ...rest, cursor: toBoundary(editor.text, at), last: OTHER, ...(column === undefined ? {} : { column }) };
}

export function yank(editor: Editor): Editor {
  const text = editor.kills.at(-1);
  return text === undefined ? editor : change(editor, { from: editor.cursor, to: editor.cursor, text }, { kind: 'yanked', from: editor.cursor, index: editor.kills.length - 1 });
}

/** Right behind a yank: what was cut before that, in its place. */
export function yankEarlier(editor: Editor): Editor {
  const { last, kills } = editor;
  if (last.kind !== 'yanked' || kills.length === 0) return editor;
  const index = (last.index + kills.length - 1) % kills.length;
  return change(editor, { from: last.from, to: editor.cursor, text: kills[index]! }, { kind: 'yanked', from: last.from, index }, { goesOn: true });
}

export function undo(editor: Editor): Editor {
  return travel(editor, 'undo', 'redo');
}

export function redo(editor: Editor): Editor {
  return travel(editor, 'redo', 'undo');
}

function travel(editor: Editor, from: 'undo' | 'redo', to: 'undo' | 'redo'): Editor {
  const snapshot = editor[from].at(-1);
  if (snapshot === undefined) return { ...editor, last: OTHER };
  const { column: _column, ...rest } = editor;
  return { ...rest, ...snapshot, [from]: editor[from].slice(0, -1), [to]: [...editor[to], { text: editor.text, cursor: editor.cursor }], last: OTHER };
}

/** One character after the other is undone at once, as it was deleted. */
function remove(editor: Editor, from: number, to: number): Editor {
  return from === to ? editor : change(editor, { from, to, text: '' }, { kind: 'deleted' }, { goesOn: editor.last.kind === 'deleted' });
}

function change(editor: Editor, { from, to, text: added }: { from: number; to: number; text: string }, last: Last, { goesOn = false } = {}): Editor {
  const text = editor.text.slice(0, from) + added + editor.text.slice(to);
  // What was put in may have joined with what stands behind it.
  const cursor = added === '' ? toBoundary(text, from) : toBoundaryBehind(text, from + added.length);
  const undo = goesOn && editor.undo.length > 0 ? editor.undo : [...editor.undo, { text: editor.text, cursor: editor.cursor }].slice(-Math.max(1, Math.min(UNDO_MAX, Math.floor(UNDO_CHARACTERS_MAX / (text.length + 1)))));
  return { text, cursor, undo, redo: [], kills: editor.kills, last };
}

function toBoundaryBehind(text: string, at: number): number {
  const place = toBoundary(text, at);
  return place === at ? at : behind(text, place);
}
