import { type Block, escapeControl, type Message, type ToolContent } from '@pith/kernel';
import { toGap, toHead, toSummary } from '../head.ts';
import { isAttachment, isPinned, isResult, type Measure, newestFrom, newestTodo, toCount, total } from '../history.ts';
import { gather, pinName, type Survivors } from '../survivors.ts';
import type { Outcome } from './rewrite.ts';
import { squeeze } from './squeeze.ts';

export interface Room {
  messages: readonly Message[];
  /** Of `messages`. */
  tokens: number;
  /** Down to which room is made. */
  goal: number;
  measure: Measure;
}

/** Share of the goal that the newest steps may have behind a summary. */
const NEWEST_SHARE = 0.4;

/** Where the steps that stay begin; nothing where no step would go. */
export function foldAt({ messages, goal, measure }: Omit<Room, 'tokens'>, steps = Infinity): number | undefined {
  const from = newestFrom(messages, { steps, tokens: goal * NEWEST_SHARE }, measure);
  return messages.slice(0, from).some(({ role }) => role === 'assistant') ? from : undefined;
}

/** One message in the place of all before `from`: what survives of them, and a summary of the rest. */
export function foldInto(room: Room, { from, summary }: { from: number; summary: string }): Outcome {
  return fold(room, from, () => [toSummary(summary)]);
}

/**
 * The last resort: the oldest steps go whole, as few as leave no more than the goal.
 * @param most above this even what would stay is cut
 * @param fits above this not even the newest step stays: a reply cannot be cut, and one that a larger model wrote may fill the window alone
 */
export function collapse(room: Room, most: number, fits = most): Outcome {
  const from = leaveOut(room);
  const goes = room.messages.slice(0, from).some(({ role }) => role === 'assistant');
  const folded = from === 0 ? { messages: room.messages, tokens: room.tokens, dropped: [] } : fold(room, from, (survivors) => toEnd(survivors, goes));
  if (folded.tokens <= most) return folded;
  const squeezed = squeeze({ ...room, ...folded });
  const dropped = [...folded.dropped, ...squeezed.dropped];
  if (squeezed.tokens <= fits || !squeezed.messages.some(({ role }) => role === 'assistant')) return { ...squeezed, dropped };
  const bare = fold({ ...room, ...squeezed }, squeezed.messages.length, (survivors) => toEnd(survivors, true));
  return { ...bare, dropped: [...dropped, ...bare.dropped] };
}

function toEnd({ summary, changed, hasGap }: Survivors, goes: boolean): Block[] {
  return [...(summary === undefined ? [] : [toSummary(summary)]), ...(goes || hasGap ? [toGap(changed)] : [])];
}

/** Where what stays begins: with the newest step where there is no other way. */
function leaveOut({ messages, goal, measure }: Room): number {
  const last = newestFrom(messages, { steps: 1, tokens: 0 }, measure);
  if (last === 0) return 0;
  // No head is longer than the one that stands for all that could go.
  const survivors = gather(messages.slice(0, last));
  const head = measure({ role: 'user', content: [...toHead(survivors, { room: goal, measure, end: [toGap(survivors.changed)] }).content, ...(survivors.summary === undefined ? [] : [toSummary(survivors.summary)])] });
  let tail = total(messages.slice(1), measure);
  for (let from = 1; from < last; from++) {
    if (messages[from]!.role === 'assistant' && head + tail <= goal) return from;
    tail -= measure(messages[from]!);
  }
  return last;
}

function fold({ messages, tokens, goal, measure }: Room, from: number, endOf: (survivors: Survivors) => readonly Block[]): Outcome {
  const gone = messages.slice(0, from);
  const found = gather(gone);
  // What was written or pinned later stands where it was put.
  const rest = messages.slice(from);
  const later = new Set(rest.flatMap(pinsIn).map(pinName));
  const survivors = { ...found, pins: found.pins.filter((pin) => !later.has(pinName(pin))), ...(newestTodo(rest) === undefined ? {} : { todos: undefined }) };
  const { content, dropped } = toHead(survivors, { room: goal, measure, end: endOf(survivors) });
  const head: Message = { role: 'user', content };
  if (content.length === 0 || isSame(gone, head)) return { messages, tokens, dropped: [] };
  const saved = total(gone, measure) - measure(head);
  if (saved <= 0) return { messages, tokens, dropped: [] };
  const steps = gone.filter(({ role }) => role === 'assistant').length;
  return { messages: [head, ...rest], tokens: tokens - saved, dropped: [...(steps === 0 ? [] : [toCount(steps, 'older step')]), ...gone.flatMap(attachmentsOf), ...dropped] };
}

const pinsIn = ({ content }: Message): (Block | ToolContent)[] => content.flatMap((block): readonly (Block | ToolContent)[] => (isResult(block) ? block.content : [block])).filter(isPinned);

/** What plugins have put beside inputs, by its name: it goes with them. */
function attachmentsOf({ content }: Message): string[] {
  return content.flatMap((block) => (isAttachment(block) ? [escapeControl(block.label.name)] : []));
}

function isSame(gone: readonly Message[], { content }: Message): boolean {
  return gone.length === 1 && gone[0]!.content.length === content.length && content.every((block, index) => sameText(block, gone[0]!.content[index]!));
}

/** What this plugin has written itself is written anew each time. */
function sameText(a: Block, b: Block): boolean {
  return a === b || (a.type === 'text' && b.type === 'text' && a.text === b.text && a.label?.name === b.label?.name);
}
