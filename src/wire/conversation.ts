import type { Block, Message, ToolCallBlock, ToolResultBlock } from '@pith/kernel';

const UNANSWERED = 'No result of this call was recorded.';

/**
 * The conversation as every vendor takes it: turns alternate, each call has its one result in the turn after it, results
 * come first there, and nothing answers a call that is not there. A message that is in order is handed back as the same
 * object, and one that had to be made is made once, so that what was serialised for it serves again.
 */
export function toConversation(messages: readonly Message[]): readonly Message[] {
  return distinct(merge(pair(merge(messages))));
}

/** One message for neighbours of one role. */
function merge(messages: readonly Message[]): readonly Message[] {
  if (!messages.some((message, index) => message.role === messages[index - 1]?.role)) return messages;
  const merged: Message[] = [];
  for (let start = 0, end = 0; start < messages.length; start = end) {
    while (end < messages.length && messages[end]!.role === messages[start]!.role) end++;
    merged.push(end === start + 1 ? messages[start]! : mergeAll(messages.slice(start, end)));
  }
  return merged;
}

const mergedMessages = new WeakMap<Message, { of: readonly Message[]; message: Message }>();

/** All at once: two by two, thousands of neighbours would be copied thousands of times. */
function mergeAll(neighbours: readonly Message[]): Message {
  const first = neighbours[0]!;
  const known = mergedMessages.get(first);
  if (known?.of.length === neighbours.length && known.of.every((message, index) => message === neighbours[index])) return known.message;
  const message: Message = { ...first, content: neighbours.flatMap(({ content }) => content) };
  mergedMessages.set(first, { of: neighbours, message });
  return message;
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
  const left = Map.groupBy(results.toReversed(), ({ toolCallId }) => toolCallId);
  const content: Block[] = calls.map(({ id }) => left.get(id)?.pop()
    ?? { type: 'tool-result', toolCallId: id, isError: true, content: [{ type: 'text', text: UNANSWERED }] });
  const mended: Message = { ...message, content: [...content, ...message.content.filter(({ type }) => type !== 'tool-result')] };
  mendedMessages.set(message, { calls: key, message: mended });
  return mended;
}

/** A conversation in which each call has its own id, by its first message: when it goes on, only what is new or was changed is looked at. */
const distinctSoFar = new WeakMap<Message, { messages: readonly Message[]; seen: Set<string> }>();

/** Compatible servers begin to count anew in each reply, or have one id for all; vendors refuse a conversation in which two calls share one. */
function distinct(messages: readonly Message[]): readonly Message[] {
  if (messages.length === 0) return messages;
  const { messages: before, seen } = distinctSoFar.get(messages[0]!) ?? { messages: [], seen: new Set<string>() };
  let same = 0;
  while (same < before.length && before[same] === messages[same]) same++;
  // The last message is another one as soon as the cache is marked further down.
  for (const message of before.slice(same)) for (const { id } of callsOf(message)) seen.delete(id);
  let renamed: Message[] | undefined;
  const numbers = new Map<string, number>();
  for (let index = same; index < messages.length; index++) {
    const message = messages[index]!;
    const calls = callsOf(message);
    if (calls.length === 0) continue;
    const ids = calls.map(({ id }) => unseen(id, seen, numbers));
    if (ids.every((id, at) => id === calls[at]!.id)) continue;
    renamed ??= [...messages];
    renamed[index] = withIds(message, ids);
    const results = messages[index + 1];
    if (results?.role === 'user') renamed[index + 1] = withIds(results, ids); // They come first there, in the order of the calls.
  }
  if (renamed === undefined) distinctSoFar.set(messages[0]!, { messages, seen });
  else distinctSoFar.delete(messages[0]!);
  return renamed ?? messages;
}

/** The id, or what is made of it where a call before has it. @param numbers where the search for one ended last */
function unseen(id: string, seen: Set<string>, numbers: Map<string, number>): string {
  let own = id;
  let number = numbers.get(id) ?? 1;
  while (seen.has(own)) own = `${id}-${++number}`;
  numbers.set(id, number);
  seen.add(own);
  return own;
}

const renamedMessages = new WeakMap<Message, { key: string; message: Message }>();

/** The message with other ids of its calls, or of its results if it is the user's. */
function withIds(message: Message, ids: readonly string[]): Message {
  const key = JSON.stringify(ids);
  const known = renamedMessages.get(message);
  if (known?.key === key) return known.message;
  let at = 0;
  const content = message.content.map((block): Block => {
    if (message.role === 'assistant') return block.type === 'tool-call' ? { ...block, id: ids[at++]! } : block;
    return block.type === 'tool-result' ? { ...block, toolCallId: ids[at++]! } : block;
  });
  const made: Message = { ...message, content };
  renamedMessages.set(message, { key, message: made });
  return made;
}
