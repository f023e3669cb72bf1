import { nearest } from '@pith/kernel';
import { inputError } from '../errors.ts';

/** What was typed behind `/undo` or `/redo`. */
export interface UndoRequest {
  does: 'do' | 'preview' | 'list';
  /** How many steps back. Nothing where no number was typed. */
  count: number | undefined;
  scope: Scope;
  /** Also what somebody else has changed since, without asking. */
  isForced: boolean;
}

export type Scope = 'both' | 'code' | 'chat';

const WORDS = ['list', 'preview', 'code', 'chat', 'force'];
const STEPS_MAX = 9999;

/** Words in any order, each once. @throws PithError COMMAND_ARGUMENT_INVALID */
export function parseUndo(command: 'undo' | 'redo', argument: string): UndoRequest {
  const words = argument.split(/\s+/).filter((word) => word !== '');
  const request: UndoRequest = { does: 'do', count: undefined, scope: 'both', isForced: false };
  for (const [index, word] of words.entries()) {
    const refuse = (why: string): never => { throw inputError(`/${command} ${why}; found ${JSON.stringify(word)}`, 'COMMAND_ARGUMENT_INVALID', hintFor(command, word)); };
    const isNumber = /^\d+$/.test(word);
    if (words.indexOf(word) < index || (isNumber && request.count !== undefined)) refuse('takes each word once');
    if (isNumber && command === 'undo' && Number(word) >= 1 && Number(word) <= STEPS_MAX) request.count = Number(word);
    else if (word === 'code' || word === 'chat') request.scope = request.scope === 'both' ? word : refuse('takes code or chat; neither is both of them');
    else if (word === 'force') request.isForced = true;
    else if (word === 'preview' || (word === 'list' && command === 'undo')) request.does = request.does === 'do' ? word : refuse('takes list or preview');
    else refuse(command === 'undo' ? 'takes a number of steps, code or chat, preview, force, or list' : 'takes code or chat, preview, and force');
  }
  return request;
}

function hintFor(command: string, word: string): string {
  const near = nearest(word, WORDS);
  return near.length === 0 ? `/help ${command} says what it takes.` : `Did you mean ${near.join(' or ')}? /help ${command} says what it takes.`;
}
