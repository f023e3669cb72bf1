import type { Block, Label, Message, ToolCallBlock, ToolContent, ToolResultBlock } from '@pith/kernel';

/** About how many tokens a message has; the same for the same message. */
export type Measure = (message: Message) => number;

export const OWNER = 'compaction';

/** What this plugin leaves behind, so that the next pass knows it again. */
export type Trace = 'cut' | 'line' | 'summary' | 'gap' | 'todos' | 'words';

export const trace = (name: Trace): Label => ({ owner: OWNER, name });

export function isTrace({ label }: { label?: Label }, ...names: readonly Trace[]): boolean {
  return label?.owner === OWNER && (names as readonly string[]).includes(label.name);
}

export const isPinned = ({ label }: { label?: Label }): boolean => label?.pinned === true;

/**
 * What the user said, or gave with it and cannot be read again: piped in, attached, pasted. What else plugins have put beside an
 * input has a label of theirs.
 */
export function isWords(block: Block): block is Block & { type: 'text' } {
  if (block.type !== 'text' || isPinned(block)) return false;
  const { label } = block;
  return label === undefined || isTrace(block, 'words') || label.owner === 'pith' || label.name === 'pasted text';
}

/** Text that a plugin has put beside an input, as a file that was mentioned. */
export function isAttachment(block: Block): block is Block & { type: 'text'; label: Label } {
  const hasWords: boolean = isWords(block);
  return block.type === 'text' && block.label !== undefined && block.label.owner !== OWNER && !isPinned(block) && !hasWords;
}

/** Pictures and documents that came with an input. */
export const isMedia = (block: Block): boolean => (block.type === 'image' || block.type === 'document') && !isPinned(block);

export const isCall = (block: Block): block is Block & ToolCallBlock => block.type === 'tool-call';
export const isResult = (block: Block): block is Block & ToolResultBlock => block.type === 'tool-result';

/** Of each result in a message the call that it answers: the first of its id in the message before that no result before it has answered. */
export function callsOf(messages: readonly Message[], index: number): Map<Block, ToolCallBlock> {
  const calls = new Map<Block, ToolCallBlock>();
  const before = messages[index - 1]?.content ?? [];
  const taken = new Set<Block>();
  for (const block of messages[index]!.content) {
    if (!isResult(block)) continue;
    const call = before.find((each): each is Block & ToolCallBlock => isCall(each) && each.id === block.toolCallId && !taken.has(each));
    if (call === undefined) continue;
    taken.add(call);
    calls.set(block, call);
  }
  return calls;
}

/** The result with the list of steps as it was written last; a call that failed has written nothing. */
export function newestTodo(messages: readonly Message[]): Block | undefined {
  for (let index = messages.length - 1; index > 0; index--) {
    if (!messages[index - 1]!.content.some((block) => isCall(block) && block.name === 'todo')) continue;
    const written = [...callsOf(messages, index)].findLast(([block, { name }]) => name === 'todo' && isResult(block) && block.isError !== true);
    if (written !== undefined) return written[0];
  }
  return undefined;
}

/** Where what is newest begins: at a reply, so that its calls and their results are never parted. */
export interface Newest {
  /** So many steps at most, and one at least. */
  steps: number;
  /** Of no more tokens, but for the newest step, which counts whatever it has. */
  tokens: number;
}

/** The index of the first message that is among the newest; what comes after the last reply always is. */
export function newestFrom(messages: readonly Message[], { steps, tokens }: Newest, measure: Measure): number {
  let [from, found, sum] = [messages.length, 0, 0];
  for (let index = messages.length - 1; index > 0 && found < steps; index--) {
    sum += measure(messages[index]!);
    if (found > 0 && sum > tokens) break;
    if (messages[index]!.role !== 'assistant') continue;
    found++;
    from = index;
  }
  if (found > 0) return from;
  return messages.findLastIndex(({ role }) => role === 'assistant') + 1;
}

export function total(messages: readonly Message[], measure: Measure): number {
  return messages.reduce((sum, message) => sum + measure(message), 0);
}

/** Characters of the texts among them. */
export function textLength(parts: readonly (ToolContent | Block)[]): number {
  return parts.reduce((sum, part) => sum + (part.type === 'text' ? part.text.length : 0), 0);
}

export function toCount(number: number, noun: string): string {
  return `${String(number).replace(/\B(?=(\d{3})+$)/g, ' ')} ${noun}${number === 1 ? '' : 's'}`;
}
