import { findAction } from '../keys.ts';
import { deleteLeft, deleteRight, type Editor, insert, kill, move, redo, undo, yank, yankEarlier } from '../input/editor.ts';

/** What a key does to a line that is typed into a question: the keys of the input line. Nothing where it does nothing to text. */
export function editLine(line: Editor, key: string): Editor | undefined {
  switch (findAction('input', key)) {
    case 'left': return move(line, 'left');
    case 'right': return move(line, 'right');
    case 'word-left': return move(line, 'word-left');
    case 'word-right': return move(line, 'word-right');
    case 'line-start': return move(line, 'line-start');
    case 'line-end': return move(line, 'line-end');
    case 'delete-left': return deleteLeft(line);
    case 'delete-right': return deleteRight(line);
    case 'kill-word': return kill(line, 'space');
    case 'kill-word-left': return kill(line, 'word-left');
    case 'kill-word-right': return kill(line, 'word-right');
    case 'kill-to-start': return kill(line, 'line-start');
    case 'kill-to-end': return kill(line, 'line-end');
    case 'yank': return yank(line);
    case 'yank-earlier': return yankEarlier(line);
    case 'undo': return undo(line);
    case 'redo': return redo(line);
    case 'new-line': return insert(line, '\n');
    default: return undefined;
  }
}
