import { fingerprint } from './fingerprint.ts';
import type { Message, ModelRequest } from '../message.ts';
import { digestOf, hashOf, hashOfHead, type RequestFacts, type RequestPart, toFacts } from './part-digest.ts';
import { estimateBy, type ImageRule, type Part } from './token-parts.ts';

/** A request as it stood before all `context` taps, or after one that changed it. */
export interface Stage { plugin: string; tap?: string; request: ModelRequest }

/**
 * A request part by part: its facts, the tools, each system section, each message. Kept to see whether the next request only
 * grows. Requests that do share the lists, each up to its own count, so that a step costs what is new in it.
 */
export interface Prefix {
  readonly stages: readonly Stage[];
  readonly count: number;
  readonly parts: RequestPart[];
  /** `chain[i]` covers the parts before `i`; cache markers left out. */
  readonly chain: string[];
  /** Tokens of the parts before `i`, estimated. */
  readonly sizes: number[];
  /** The end of the last cache breakpoint among the parts before `i`; 0 is none. */
  readonly marks: number[];
  /** How many parts the cached prefix holds: up to the last breakpoint, or all where nothing is marked. */
  readonly length: number;
}

export function toPrefix(stages: readonly Stage[], before: Prefix | undefined, rule?: ImageRule): Prefix {
  const { request } = stages.at(-1)!;
  const facts = sameFacts(toFacts(request), before);
  const count = countParts(request);
  const same = before === undefined ? 0 : countSame(request, facts, before);
  const { parts, chain, sizes, marks } = before !== undefined && same === before.count && same === before.parts.length ? before : firstParts(before, same);
  const estimate = estimateBy(rule);
  for (let index = same; index < count; index++) {
    const part = partAt(request, facts, index);
    const { hash, marked } = digestOf(part);
    parts.push(part);
    chain.push(fingerprint(chain[index]! + hash));
    sizes.push(sizes[index]! + ('facts' in part ? 0 : estimate(part as Part)));
    marks.push(marked > 0 ? index + 1 : marks[index]!);
  }
  return { stages, count, parts, chain, sizes, marks, length: marks[count] || count };
}

/** How many parts are the objects of before. */
function countSame(request: ModelRequest, facts: RequestFacts, { parts, count }: Prefix): number {
  const head = HEAD + request.system.length;
  const most = Math.min(count, countParts(request));
  let same = 0;
  while (same < Math.min(head, most) && parts[same] === partAt(request, facts, same)) same++;
  if (same < head) return same;
  // A conversation may be long, and all of it but its end is what it was.
  const { messages } = request;
  while (same < most && parts[same] === messages[same - head]) same++;
  return same;
}

/** The object of before where it says the same, so that it is known at a glance. */
function sameFacts(facts: RequestFacts, before: Prefix | undefined): RequestFacts {
  const known = before?.parts[0];
  return known !== undefined && hashOf(known) === hashOf(facts) ? known as RequestFacts : facts;
}

function firstParts(prefix: Prefix | undefined, count: number): Pick<Prefix, 'parts' | 'chain' | 'sizes' | 'marks'> {
  if (prefix === undefined) return { parts: [], chain: [''], sizes: [0], marks: [0] };
  const { parts, chain, sizes, marks } = prefix;
  return { parts: parts.slice(0, count), chain: chain.slice(0, count + 1), sizes: sizes.slice(0, count + 1), marks: marks.slice(0, count + 1) };
}

export function isExtension(before: Prefix, now: Prefix): boolean {
  if (before.length > now.count) return false;
  if (now.chain[before.length] === before.chain[before.length]) return true;
  // What stands behind the breakpoint in its own message is free, or may have come since.
  const last = before.length - 1;
  const [then, part] = [before.parts[last]!, now.parts[last]!];
  if (last < 0 || !('content' in then) || !('content' in part) || now.chain[last] !== before.chain[last]) return false;
  const { marked } = digestOf(then);
  return marked > 0 && marked <= part.content.length && part.role === then.role && hashOfHead(part, marked) === hashOfHead(then, marked);
}

/** The first part that is not what it was. */
export function firstDifference(before: Prefix, now: Prefix): number {
  let place = 0;
  while (place < before.count && place < now.count && hashOf(before.parts[place]!) === hashOf(now.parts[place]!)) place++;
  return place;
}

export function requestOf({ stages }: Prefix): ModelRequest {
  return stages.at(-1)!.request;
}

/** By how many tokens a request has grown; only what differs between the two is looked at. */
export function addedTokens(before: ModelRequest, after: ModelRequest, rule?: ImageRule): number {
  const estimate = estimateBy(rule);
  return growth([before.tools], [after.tools], estimate) + growth(before.system, after.system, estimate) + growth(before.messages, after.messages, estimate);
}

function growth(before: readonly Part[], after: readonly Part[], estimate: (part: Part) => number): number {
  if (before === after) return 0;
  let same = 0;
  let [from, to] = [before.length, after.length];
  while (same < from && same < to && before[same] === after[same]) same++;
  while (from > same && to > same && before[from - 1] === after[to - 1]) [from, to] = [from - 1, to - 1];
  const sum = (parts: readonly Part[]): number => parts.reduce((total, part) => total + estimate(part), 0);
  return sum(after.slice(same, to)) - sum(before.slice(same, from));
}

function countParts({ system, messages }: ModelRequest): number {
  return HEAD + system.length + messages.length;
}

/** Facts and tools stand before the system prompt. */
export const HEAD = 2;

function partAt({ tools, system, messages }: ModelRequest, facts: RequestFacts, index: number): RequestPart {
  if (index === 0) return facts;
  if (index === 1) return tools;
  const place = index - HEAD;
  return place < system.length ? system[place]! : messages[place - system.length] as Message;
}
