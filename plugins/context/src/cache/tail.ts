import { hashOf, type Message, type ModelRequest, type ToolSpec, type Turn } from '@pith/kernel';
import { placeMarks } from './marks.ts';
import { keepOrder } from './tools.ts';
import { type SectionStates, sortSections, toTail } from './volatile.ts';

/** What is known of the requests before, of one conversation. */
interface Before {
  sections: SectionStates;
  tools: readonly ToolSpec[] | undefined;
  messages: readonly Message[] | undefined;
  /** Whether tools or system prompt are others than those of the request before. */
  head: string;
  common: number;
  tail: Message | undefined;
  hasToldOrder: boolean;
}

/** Sub-turns have conversations of their own; of so many, what is known is kept. */
const CONVERSATIONS_MAX = 32;

/**
 * The last look at a request: what changes goes to its end, tools stand as they stood, and breakpoints are set, so that what
 * the vendor has in its cache is found again. State that a resumed session does not have costs it one look-up at most.
 */
export function finishRequest(request: ModelRequest, turn: Pick<Turn, 'session' | 'parentRunId' | 'runId' | 'emit'>): ModelRequest {
  const before = stateOf(turn);
  const tools = keepOrder(request.tools, before.tools);
  const { messages } = request;
  // Nothing can follow where the model is to go on with words of its own.
  const hasTail = messages.at(-1)?.role === 'user';
  const { stable, volatile, unmasked } = sortSections(request.system, before.sections);
  for (const section of unmasked) turn.emit({ type: 'notice', level: 'info', text: `Section ${section.id} of plugin ${section.owner} calls itself stable and changes again and again; it goes behind the conversation from now on, so that the prompt cache holds. It should say stability: 'volatile'.` });
  if (tools !== request.tools && !before.hasToldOrder) {
    before.hasToldOrder = true;
    turn.emit({ type: 'notice', level: 'info', text: 'A plugin turned the tools round; they go out in the order of before, so that the prompt cache holds. pith context --cache names it.' });
  }
  const settled: ModelRequest = { ...request, tools, system: hasTail ? stable : [...stable, ...volatile] };
  const head = [hashOf(tools), ...stable.map(hashOf)].join(' ');
  const common = before.messages === undefined || head !== before.head ? endBefore(messages) : countCommon(before.messages, messages);
  const marked = placeMarks(settled, { common, before: Math.min(before.common, common) });
  Object.assign(before, { tools, messages, head, common } satisfies Partial<Before>);
  const tail = hasTail ? sameTail(before, toTail(volatile)) : undefined;
  const isAsBefore = tail === undefined && marked === settled && tools === request.tools && settled.system === request.system;
  if (isAsBefore) return request;
  return tail === undefined ? marked : { ...marked, messages: [...marked.messages, tail] };
}

function stateOf({ session, parentRunId, runId }: Pick<Turn, 'session' | 'parentRunId' | 'runId'>): Before {
  const all = session.get('context/cache', () => new Map<string, Before>());
  const key = parentRunId === undefined ? '' : runId;
  let known = all.get(key);
  if (known === undefined) {
    all.set(key, known = { sections: new Map(), tools: undefined, messages: undefined, head: '', common: 0, tail: undefined, hasToldOrder: false });
    const oldest = [...all.keys()].find((other) => other !== '' && other !== key);
    if (all.size > CONVERSATIONS_MAX && oldest !== undefined) all.delete(oldest);
  }
  return known;
}

/** Where nothing is known: the request before ended with what the last reply answers. */
function endBefore(messages: readonly Message[]): number {
  return Math.max(0, messages.findLastIndex(({ role }) => role === 'assistant'));
}

/** Most messages are the same objects; those that somebody makes anew each time are told by what they say. */
function countCommon(before: readonly Message[], now: readonly Message[]): number {
  let count = 0;
  while (count < before.length && count < now.length && (before[count] === now[count] || hashOf(before[count]!) === hashOf(now[count]!))) count++;
  return count;
}

/** The same object for the same words. */
function sameTail(before: Before, tail: Message | undefined): Message | undefined {
  if (tail !== undefined && before.tail !== undefined && hashOf(before.tail) === hashOf(tail)) return before.tail;
  return before.tail = tail;
}
