import { EDGE, isInWord } from './edge.ts';
import { findPairs, openPairFrom } from './pairs.ts';
import { readPrivateKey } from './private-key.ts';
import { AWS_KEY_ID, PRIVATE_KEY, SHAPES, type Shape } from './shapes.ts';
import type { Span } from './span.ts';

const escapeRegex = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
/** One start of a shape. Its patterns are made when its start is first met: most never are. */
interface Compiled { label: string; start: string; hides: boolean; begin: string; rest: string; body: string; pattern?: RegExp; open?: RegExp }

/** By the first three characters of their starts, so that one pass over a text finds where any of them may begin. */
const COMPILED = new Map<number, Compiled[]>();
/** Almost no three characters of ASCII share a place. */
const SIZE = 1 << 15;
const BEGINS = new Uint8Array(SIZE);
/** Every beginning of a start, and whether a letter may stand in front. */
const HEADS = new Map<string, boolean>();

for (const { label, starts, rest, body, within = false, hides = false } of SHAPES as readonly Shape[]) {
  for (const start of starts) {
    const begin = (within ? '' : EDGE) + escapeRegex(start);
    const place = hash(start, 0);
    BEGINS[place] = 1;
    COMPILED.set(place, [...COMPILED.get(place) ?? [], { label, start, hides, begin, rest, body }]);
    for (let length = 1; length < start.length; length++) HEADS.set(start.slice(0, length), HEADS.get(start.slice(0, length)) === true || within);
  }
}
const HEAD_MAX = Math.max(...[...HEADS.keys()].map(({ length }) => length));
const LAST = new Set([...HEADS.keys()].map((head) => head.charCodeAt(head.length - 1)));

/** Adds everything in a text that looks like a key. */
export function findShapes(text: string, into: Span[]): void {
  findPairs(text, into);
  for (let at = nextBegin(text, 0); at !== -1; at = nextBegin(text, at)) at = Math.max(at + 1, findAt(text, at, into));
}

/** @returns the end of what was found at this place */
function findAt(text: string, at: number, into: Span[]): number {
  for (const shape of COMPILED.get(hash(text, at)) ?? []) {
    const { label, start, hides, begin: head, rest } = shape;
    if (!text.startsWith(start, at)) continue;
    const pattern = shape.pattern ??= new RegExp(head + rest, hides ? 'dy' : 'y');
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) continue;
    const [begin, written] = hides ? match.indices!.groups!['secret']! : [at, pattern.lastIndex];
    const end = label === PRIVATE_KEY ? readPrivateKey(text, written).end : written;
    into.push({ start: begin, end, label });
    if (label === AWS_KEY_ID) findAwsSecrets(text, at, into);
    return end;
  }
  return at;
}

/** The next place from which any shape may begin; -1 where there is none. Most texts are done with this. */
function nextBegin(text: string, from: number): number {
  let first = text.charCodeAt(from);
  let second = text.charCodeAt(from + 1);
  for (let at = from + 2, { length } = text; at < length; at++) {
    const third = text.charCodeAt(at);
    if (BEGINS[(first * 257 + second * 31 + third) & (SIZE - 1)] === 1) return at - 2;
    first = second;
    second = third;
  }
  return -1;
}

function hash(text: string, at: number): number {
  return (text.charCodeAt(at) * 257 + text.charCodeAt(at + 1) * 31 + text.charCodeAt(at + 2)) & (SIZE - 1);
}

/** A secret access key of AWS says nothing of itself; it stands near the id that it belongs to. */
const AWS_SECRET = /(?<![A-Za-z0-9/+=])(?![0-9a-f]{40})[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])/g;
const AWS_NEAR = 200;
const OPEN_AWS = /^A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9])[^]{0,64}$/;

function findAwsSecrets(text: string, id: number, into: Span[]): void {
  const from = Math.max(0, id - AWS_NEAR);
  for (const { index, 0: found } of text.slice(from, id + AWS_NEAR).matchAll(AWS_SECRET)) into.push({ start: from + index, end: from + index + found.length, label: 'AWS secret access key' });
}

/**
 * From where on a text may be the beginning of a key that goes on behind its end; its length where nothing may.
 * @param from what stands before has been shown
 */
export function openShapeFrom(text: string, from: number): number {
  const open = Math.min(openPairFrom(text, from), openHeadFrom(text, from));
  for (let at = nextBegin(text, 0); at !== -1 && at < open; at = nextBegin(text, at + 1)) {
    for (const shape of COMPILED.get(hash(text, at)) ?? []) {
      const { label, start, begin, body } = shape;
      if (!text.startsWith(start, at)) continue;
      const isOpen = shape.open ??= new RegExp(`${begin}${body}*$`, 'y');
      isOpen.lastIndex = at;
      if (label === PRIVATE_KEY && isOpenKey(text, at, shape)) return Math.max(at, from);
      if (isOpen.test(text) || (label === AWS_KEY_ID && OPEN_AWS.test(text.slice(at)))) return Math.max(at, from);
    }
  }
  return open;
}

function isOpenKey(text: string, at: number, { begin, rest }: Compiled): boolean {
  const pattern = new RegExp(begin + rest, 'y');
  pattern.lastIndex = at;
  return pattern.test(text) && readPrivateKey(text, pattern.lastIndex).isOpen;
}

function openHeadFrom(text: string, from: number): number {
  const { length } = text;
  if (!LAST.has(text.charCodeAt(length - 1))) return length;
  for (let start = Math.max(from, length - HEAD_MAX); start < length; start++) {
    const within = HEADS.get(text.slice(start));
    if (within === true || (within === false && !isInWord(text, start))) return start;
  }
  return length;
}
