import type { Block, Message, ToolCallBlock, ToolResultBlock } from '@pith/kernel';

const UNANSWERED = 'No result of this call was recorded.';

/**
 * The conversation as every vendor takes it: turns alternate, each call has its one result in the turn after it, results
 * come first there, and nothing answers a call that is not there. A message that is in order is handed back as the same
 * object, and one that had to be made is made once, so that what was serialised for it serves again.
 */
export function toConversation(messages: readonly Message[]): readonly Message[] {
  return merge(pair(merge(messages)));
}

/** One message for neighbours of one role. */
function merge(messages: readonly Message[]): readonly Message[] {
  if (!messages.some((message, index) => message.role === messages[index - 1]?.role)) return messages;
  const merged: Message[] = [];
  for (const message of messages) {
    const last = merged.at(-1);
    if (last?.role === message.role) merged[merged.length - 1] = mergeTwo(last, message);
    else merged.push(message);
  }
  return merged;
}

const mergedPairs = new WeakMap<Message, WeakMap<Message, Message>>();

function mergeTwo(first: Message, second: Message): Message {
  let known = mergedPairs.get(first);
  if (known === undefined) mergedPairs.set(first, known = new WeakMap());
  let made = known.get(second);
  if (made === undefined) known.set(second, made = { ...first, content: [...first.content, ...second.content] });
  return made;
}

/** Message → the one before it, whose calls it answers one by one: in a long conversation that is known of all but the last. */
const inOrderAfter = new WeakMap<Message, Message>();

function pair(messages: readonly Message[]): readonly Message[] {
  let changed = false;
  const paired = messages.map((message, index) => {
    if (message.role === 'assistant') return message;
    const before = messages[index - 1];
    if (before !== undefined && inOrderAfter.get(message) === before) return message;
    const mended = answer(message, callsOf(before));
    if (mended !== message) changed = true;
    else if (before !== undefined) inOrderAfter.set(message, before);
    return mended;
  });
  return changed ? paired.filter(({ content }) => content.length > 0) : messages;
}

function callsOf(message: Message | undefined): readonly ToolCallBlock[] {
  if (message?.role !== 'assistant') return [];
  return message.content.filter((block): block is ToolCallBlock & Block => block.type === 'tool-call');
}

const mendedMessages = new WeakMap<Message, { calls: string; message: Message }>();

/** The message with exactly one result for each of `calls`, in their order, before everything else. */
function answer(message: Message, calls: readonly ToolCallBlock[]): Message {
  const results = message.content.filter((block): block is ToolResultBlock & Block => block.type === 'tool-result');
  const inOrder = results.length === calls.length && calls.every(({ id }, index) => message.content[index] === results[index] && results[index]!.toolCallId === id);
  if (inOrder) return message;
  const key = JSON.stringify(calls.map(({ id }) => id));
  const known = mendedMessages.get(message);
  if (known?.calls === key) return known.message;
  const content: Block[] = calls.map(({ id }) => results.find(({ toolCallId }) => toolCallId === id)
    ?? { type: 'tool-result', toolCallId: id, isError: true, content: [{ type: 'text', text: UNANSWERED }] });
  const mended: Message = { ...message, content: [...content, ...message.content.filter(({ type }) => type !== 'tool-result')] };
  mendedMessages.set(message, { calls: key, message: mended });
  return mended;
}
