import type { Block, Message, SessionStore } from '@pith/kernel';
import type { TodoItem } from '../view.ts';
import { toTodo } from './take-event.ts';

/** The list as the conversation has it: that of the last call which set one and did not fail. Nothing where none is in it. */
export function findTodo(messages: readonly Message[]): readonly TodoItem[] | undefined {
  const failed = new Set<string>();
  for (const { content } of messages.toReversed()) {
    for (const block of content.toReversed()) {
      if (block.type === 'tool-result' && block.isError === true) failed.add(block.toolCallId);
      const list = block.type === 'tool-call' && block.name === 'todo' && !failed.has(block.id) ? toTodo(block.input) : undefined;
      if (list !== undefined) return list;
    }
  }
  return undefined;
}

/** Whether room was made in it, so that the call which set the list may be gone. */
export function isShortened(messages: readonly Message[]): boolean {
  const isSummary = ({ label }: Block): boolean => label?.owner === 'compaction';
  return messages.some(({ content }) => content.some(isSummary));
}

/** The list that was set last, as it was kept of a session; what was taken back since is not in a conversation that was shortened, either. */
export async function readTodo(events: ReturnType<SessionStore['events']>): Promise<readonly TodoItem[] | undefined> {
  let found: readonly TodoItem[] | undefined;
  for await (const event of events) {
    if (event.type === 'tool-end' && event.parentRunId === undefined && event.tool === 'todo' && event.status === 'done') found = toTodo(event.details) ?? found;
    else if (event.type === 'history-changed' && event.after === 0) found = undefined;
  }
  return found;
}
