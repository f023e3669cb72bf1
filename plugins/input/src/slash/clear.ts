import type { Turn } from '@pith/kernel';
import { refuseArgument } from '../errors.ts';
import { toCount } from './words.ts';

export async function clear(argument: string, turn: Turn): Promise<string> {
  refuseArgument('clear', argument, 'Type /clear alone. /compact keeps what matters instead.');
  const { length } = turn.messages;
  if (length === 0) return 'There is nothing to clear.';
  await turn.setHistory([], { reason: 'clear' });
  return `${toCount(length, 'message')} cleared: the model starts anew. Files stay as they are. /undo brings the conversation back.`;
}
