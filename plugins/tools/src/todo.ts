import { defineToolBody, escapeControl, type Message, type ToolContext } from '@pith/kernel';
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
    const list = items ?? lastOf(context.turn.messages) ?? lists.get(key) ?? [];
    const lines = list.map(({ text, status }) => `${MARKS[status]} ${escapeControl(text)}`);
    return { content: [{ type: 'text', text: [...lines, toNote(list)].join('\n') }], details: { items: list } };
  },
});

/** What was said counts: it may be of another process, and some of it may have been taken back. */
function lastOf(messages: readonly Message[]): Items | undefined {
  for (const { content } of messages.toReversed()) {
    for (const block of content.toReversed()) {
      if (block.type !== 'tool-call' || block.name !== 'todo') continue;
      const { data } = todoInput.safeParse(block.input);
      if (data?.items !== undefined) return data.items;
    }
  }
  return undefined;
}

function listsOf({ session }: ToolContext): Map<string, Items> {
  return session.get('tools.todo', () => new Map<string, Items>());
}

function toNote(list: Items): string {
  if (list.length === 0) return '[the list is empty]';
  const done = list.filter(({ status }) => status === 'done').length;
  return `[${done} of ${list.length} done]`;
}
