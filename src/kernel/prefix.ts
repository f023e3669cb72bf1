import { fingerprint } from './fingerprint.ts';
import type { Block, Message, ModelRequest, SystemSection, ToolSpec } from './message.ts';

/** A request as it stood before all `context` taps, or after one that changed it. */
export interface Stage { plugin: string; tap?: string; request: ModelRequest }

/**
 * A request part by part: the tools, each system section, each message. Kept to see whether the next request only grows.
 * Requests that do share the lists, each up to its own count, so that a step costs what is new in it.
 */
export interface Prefix {
  readonly stages: readonly Stage[];
  readonly count: number;
  readonly parts: object[];
  /** `chain[i]` covers the parts before `i`; cache markers left out. */
  readonly chain: string[];
  /** Characters of the parts before `i`. */
  readonly sizes: number[];
  /** The end of the last cache breakpoint among the parts before `i`; 0 is none. */
  readonly marks: number[];
  /** How many parts the cached prefix holds: up to the last breakpoint, or all where nothing is marked. */
  readonly length: number;
}

export function toPrefix(stages: readonly Stage[], before: Prefix | undefined): Prefix {
  const { request } = stages.at(-1)!;
  const count = countParts(request);
  let same = 0;
  if (before !== undefined) while (same < count && same < before.count && before.parts[same] === partAt(request, same)) same++;
  const { parts, chain, sizes, marks } = before !== undefined && same === before.count && same === before.parts.length ? before : firstParts(before, same);
  for (let index = same; index < count; index++) {
    const part = partAt(request, index);
    const { hash: own, length, isMarked } = digest(part);
    parts.push(part);
    chain.push(fingerprint(chain[index]! + own));
    sizes.push(sizes[index]! + length);
    marks.push(isMarked ? index + 1 : marks[index]!);
  }
  return { stages, count, parts, chain, sizes, marks, length: marks[count] || count };
}

function firstParts(prefix: Prefix | undefined, count: number): Pick<Prefix, 'parts' | 'chain' | 'sizes' | 'marks'> {
  if (prefix === undefined) return { parts: [], chain: [''], sizes: [0], marks: [0] };
  const { parts, chain, sizes, marks } = prefix;
  return { parts: parts.slice(0, count), chain: chain.slice(0, count + 1), sizes: sizes.slice(0, count + 1), marks: marks.slice(0, count + 1) };
}

export function isExtension(before: Prefix, now: Prefix): boolean {
  return before.length <= now.count && now.chain[before.length] === before.chain[before.length];
}

/**
 * Who broke the prefix: follows the first part that is not what it was to the tap that took it out, put something in
 * front of it, or said something else in its place. Nothing where the history itself is another one.
 */
export function blamePrefix(before: Prefix, now: Prefix): Stage | undefined {
  let place = 0;
  while (place < before.count && place < now.count && hashOf(before.parts[place]!) === hashOf(now.parts[place]!)) place++;
  const lost = hashOf(before.parts[place]!);
  const gained = place < now.count ? hashOf(now.parts[place]!) : undefined;
  const lostBy = lastWith(now.stages, lost);
  if (gained !== undefined && lostBy === now.stages.length - 1) return firstWith(now.stages, gained);
  if (lostBy >= 0) return now.stages[lostBy + 1];
  return firstWith(before.stages, lost);
}

/** The last stage that holds the part; -1 is none. */
function lastWith(stages: readonly Stage[], part: string): number {
  return stages.findLastIndex(({ request }) => partsOf(request).some((other) => hashOf(other) === part));
}

function firstWith(stages: readonly Stage[], part: string): Stage | undefined {
  return stages.find(({ request }) => partsOf(request).some((other) => hashOf(other) === part));
}

/** By how many characters a request has grown; only what differs between the two is looked at. */
export function addedCharacters(before: ModelRequest, after: ModelRequest): number {
  return growth([before.tools], [after.tools]) + growth(before.system, after.system) + growth(before.messages, after.messages);
}

function growth(before: readonly object[], after: readonly object[]): number {
  if (before === after) return 0;
  let same = 0;
  let [from, to] = [before.length, after.length];
  while (same < from && same < to && before[same] === after[same]) same++;
  while (from > same && to > same && before[from - 1] === after[to - 1]) [from, to] = [from - 1, to - 1];
  return charactersOf(after.slice(same, to)) - charactersOf(before.slice(same, from));
}

/** Of parts of requests: a list of tools, a section, a message. Each is measured once. */
export function charactersOf(parts: readonly object[]): number {
  return parts.reduce((sum, part) => sum + digest(part).length, 0);
}

function partsOf({ tools, system, messages }: ModelRequest): object[] {
  return [tools, ...system, ...messages];
}

function countParts({ system, messages }: ModelRequest): number {
  return 1 + system.length + messages.length;
}

function partAt({ tools, system, messages }: ModelRequest, index: number): object {
  if (index === 0) return tools;
  return index <= system.length ? system[index - 1]! : messages[index - 1 - system.length]!;
}

interface Digest { hash: string; length: number; isMarked: boolean }
const digests = new WeakMap<object, Digest>();

const hashOf = (part: object): string => digest(part).hash;

/** Made once for each object: requests are frozen, so the same object is the same text. */
function digest(part: object): Digest {
  let known = digests.get(part);
  if (known === undefined) {
    const text = textOf(part as Message | SystemSection | readonly ToolSpec[]);
    known = { hash: fingerprint(text), length: text.length, isMarked: isMarked(part as Message | SystemSection | readonly ToolSpec[]) };
    digests.set(part, known);
  }
  return known;
}

function textOf(part: Message | SystemSection | readonly ToolSpec[]): string {
  if ('content' in part) return JSON.stringify([part.role, part.content.map(withoutMark)]);
  if ('text' in part) return part.text;
  return JSON.stringify((part as readonly ToolSpec[]).map(({ name, description, inputSchema }) => [name, description, inputSchema]));
}

function isMarked(part: Message | SystemSection | readonly ToolSpec[]): boolean {
  if ('content' in part) return part.content.some(({ cache }) => cache === true);
  return 'text' in part && part.cache === true;
}

function withoutMark(block: Block): Block {
  if (block.cache === undefined) return block;
  const { cache: _, ...rest } = block;
  return rest as Block;
}
