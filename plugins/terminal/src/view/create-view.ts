import type { Message, Mode } from '@pith/kernel';
import type { View } from '../view.ts';
import { toItems } from './past-items.ts';
import { findTodo } from './past-todo.ts';

export interface Opening {
  cwd: string;
  provider: string;
  model: string;
  mode: Mode;
  /** What was said before, of a session that is gone on with. */
  messages: readonly Message[];
  atMs: number;
}

/** So many exchanges of the past are shown, and at most so many items of them; of the others is said how many there are. */
const SHOWN_EXCHANGES = 3;
const SHOWN_ITEMS = 40;

/** What there is to show before anything happens. */
export function createView({ cwd, provider, model, mode, messages, atMs }: Opening): View {
  const start = findStart(messages);
  const items = toItems(messages.slice(start), { cwd, atMs }).slice(-SHOWN_ITEMS);
  return {
    items, nextId: (items.at(-1)?.id ?? -1) + 1, open: undefined, streamed: 0, calls: [], agents: [], todo: findTodo(messages) ?? [], queue: [], question: undefined, room: undefined, changed: undefined,
    earlier: messages.length === 0 ? undefined : { messages: start, exchanges: messages.slice(0, start).filter(isExchange).length },
    status: { cwd, provider, model, mode, branch: undefined, contextTokens: undefined, windowTokens: undefined, costMicroUsd: 0, cacheShare: undefined, phase: 'idle', sinceMs: undefined, retryAtMs: undefined },
  };
}

/** Where the last exchanges begin. */
function findStart(messages: readonly Message[]): number {
  let left = SHOWN_EXCHANGES;
  for (let at = messages.length - 1; at > 0; at--) {
    if (isExchange(messages[at]!) && --left === 0) return at;
  }
  return 0;
}

function isExchange({ role, content }: Message): boolean {
  return role === 'user' && content.some(({ type, label }) => type === 'text' && label === undefined);
}
