import type { Block, Message, ModelRequest, SystemSection } from '@pith/kernel';

/** Anthropic takes this many cache breakpoints in a request. */
const MARKS_MAX = 4;

/** Where breakpoints are of use, as numbers of messages that stand before them. */
export interface Frontiers {
  /** What this request has in common with the one before. */
  common: number;
  /** What that one had in common with the one before it, as far as this one has it, too. */
  before: number;
}

/**
 * Marks where the vendor's cache is to be kept: the end of the history, so that the next request finds it; the end of what was
 * sent before, so that this one is found exactly, however much came since (the vendor looks back 20 blocks, and no further);
 * the end of the stable system prompt, with the tools in front of it; and where the former one began to differ, in case somebody
 * rewrites what was said. Marks that others have set count, too; blocks that cannot bear one pass it on to the block before.
 */
export function placeMarks(request: ModelRequest, { common, before }: Frontiers): ModelRequest {
  const { system, messages } = request;
  const section = system.findLastIndex(({ stability, text }) => stability === 'stable' && text.trim() !== '');
  const wanted: Place[] = [
    toPlace(messages, messages.length), toPlace(messages, common), section < 0 ? undefined : { part: 'system' as const, index: section }, toPlace(messages, before),
  ].filter((place) => place !== undefined);
  const chosen = unlike(wanted).filter((place) => !isMarked(request, place)).slice(0, Math.max(0, MARKS_MAX - countMarks(request)));
  if (chosen.length === 0) return request;
  const at = (part: Place['part']): Set<number> => new Set(chosen.filter((place) => place.part === part).map(({ index }) => index));
  const [inSystem, inMessages] = [at('system'), at('messages')];
  return {
    ...request,
    ...(inSystem.size === 0 ? {} : { system: system.map((each, index) => (inSystem.has(index) ? markSection(each) : each)) }),
    ...(inMessages.size === 0 ? {} : { messages: messages.map((each, index) => (inMessages.has(index) ? markMessage(each) : each)) }),
  };
}

interface Place { part: 'system' | 'messages'; index: number }

/** The last of so many messages that can bear a breakpoint. */
function toPlace(messages: readonly Message[], count: number): Place | undefined {
  const index = messages.findLastIndex((message, at) => at < count && bearerOf(message) >= 0);
  return index < 0 ? undefined : { part: 'messages', index };
}

function unlike(places: readonly Place[]): Place[] {
  return places.filter(({ part, index }, at) => places.findIndex((other) => other.part === part && other.index === index) === at);
}

function isMarked({ system, messages }: ModelRequest, { part, index }: Place): boolean {
  if (part === 'system') return system[index]!.cache === true;
  const message = messages[index]!;
  return message.content[bearerOf(message)]!.cache === true;
}

const marksOf = new WeakMap<Message, number>();

function countMarks({ system, messages }: ModelRequest): number {
  let count = system.filter(({ cache }) => cache === true).length;
  for (const message of messages) {
    let own = marksOf.get(message);
    if (own === undefined) marksOf.set(message, own = message.content.filter(({ cache }) => cache === true).length);
    count += own;
  }
  return count;
}

/** Thinking bears no breakpoint, and empty text is not sent. */
function canBear(block: Block): boolean {
  if (block.type === 'text') return block.text.trim() !== '';
  return block.type !== 'thinking' && block.type !== 'redacted-thinking' && block.type !== 'unknown';
}

const bearers = new WeakMap<Message, number>();

function bearerOf(message: Message): number {
  let known = bearers.get(message);
  if (known === undefined) bearers.set(message, known = message.content.findLastIndex(canBear));
  return known;
}

const marked = new WeakMap<Message | SystemSection, Message | SystemSection>();

/** The same copy each time, so that what was made of it before serves again. */
function markMessage(message: Message): Message {
  return once(message, () => {
    const bearer = bearerOf(message);
    return { ...message, content: message.content.map((block, index) => (index === bearer ? { ...block, cache: true } : block)) };
  });
}

function markSection(section: SystemSection): SystemSection {
  return once(section, () => ({ ...section, cache: true }));
}

function once<T extends Message | SystemSection>(key: T, make: () => T): T {
  let known = marked.get(key) as T | undefined;
  if (known === undefined) marked.set(key, known = make());
  return known;
}
