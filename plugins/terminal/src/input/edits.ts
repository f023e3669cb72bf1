import type { Action } from '../keys.ts';
import { deleteLeft, deleteRight, type Editor, insert, kill, move, redo, undo, yank, yankEarlier } from './editor.ts';

const MOVES = { left: 'left', right: 'right', 'word-left': 'word-left', 'word-right': 'word-right', 'line-start': 'line-start', 'line-end': 'line-end', 'text-start': 'text-start', 'text-end': 'text-end' } as const;
/** What is done to the text alone. */
export const EDITS: Readonly<Partial<Record<Action, (editor: Editor) => Editor>>> = {
  'delete-left': deleteLeft, 'delete-right': deleteRight, yank, 'yank-earlier': yankEarlier, undo, redo, 'new-line': (editor) => insert(editor, '\n'),
  'kill-word': (editor) => kill(editor, 'space'), 'kill-word-left': (editor) => kill(editor, 'word-left'), 'kill-word-right': (editor) => kill(editor, 'word-right'),
  'kill-to-start': (editor) => kill(editor, 'line-start'), 'kill-to-end': (editor) => kill(editor, 'line-end'),
  ...Object.fromEntries(Object.entries(MOVES).map(([action, to]) => [action, (editor: Editor) => move(editor, to)])),
};
