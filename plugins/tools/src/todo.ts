import { defineToolBody, escapeControl, type ToolContext } from '@pith/kernel';
import { type TodoInput, todoInput } from './inputs.ts';

type Items = NonNullable<TodoInput['items']>;

const MARKS: Readonly<Record<Items[number]['status'], string>> = { open: '[ ]', active: '[>]', done: '[x]' };

/** A list that the model keeps for itself, and people may watch. It lives as long as the session; an agent has its own. */
export default defineToolBody<TodoInput>({
  input: todoInput,
  async execute({ items }, context) {
    const lists = listsOf(context);
    const key = context.turn.parentRunId === undefined ? '' : context.turn.runId;
    if (items !== undefined) lists.set(key, items);
    const list = lists.get(key) ?? [];
    const lines = list.map(({ text, status }) => `${MARKS[status]} ${escapeControl(text)}`);
    return { content: [{ type: 'text', text: [...lines, toNote(list)].join('\n') }], details: { items: list } };
  },
});

function listsOf({ session }: ToolContext): Map<string, Items> {
  return session.get('tools.todo', () => new Map<string, Items>());
}

function toNote(list: Items): string {
  if (list.length === 0) return '[the list is empty]';
  const done = list.filter(({ status }) => status === 'done').length;
  return `[${done} of ${list.length} done]`;
}
