import type { Body } from './body.ts';
import type { BodyFacts, Span } from './scan-body.ts';
import { at, isClosed, QUOTE, skipSpace, skipString, skipValue, toText } from './scan-json.ts';

const [OBJECT, COLON, COMMA] = [0x7b, 0x3a, 0x2c];

/** Beside texts JSON has these: space, brackets, numbers, and the letters of true, false and null. Where anything else stands, as a comment does, parsers do not agree. */
const PLAIN = new Uint8Array(256);
for (const character of '\t\n\r {}[]:,+-.0123456789eEtrufalsn') PLAIN[character.charCodeAt(0)] = 1;

/** By these some servers go to another model than the one that is named: gateways take lists of them, for when the first one fails. */
const ELSEWHERE = /^models?$|fallback|^preset$/;

/**
 * Why nobody can be sure that a request uses the model alone that it names: for keys that may not use every one. It looks at
 * all of a body, which costs others nothing.
 * @param model that it is sent with
 * @returns a part of a sentence; nothing where all servers read the same model
 */
export function whyNotOneModel(model: string, { plain, body, facts }: { plain: Buffer | undefined; body: Pick<Body, 'rest'>; facts: Pick<BodyFacts, 'models' | 'tools'> }): string | undefined {
  if (body.rest !== undefined) return 'is longer than what is read of it';
  if (plain === undefined || facts.models.length === 0) return 'names no model where it can be read';
  if (!isPlain(plain)) return 'is no plain JSON, which servers read in different ways';
  const start = skipSpace(plain, plain[0] === 0xef ? 3 : 0);
  const found = findMember(plain, start, (key, valueAt) => (key === 'model' ? !facts.models.some((span) => span.start === valueAt) : ELSEWHERE.test(toLetters(key))));
  if (found.end !== plain.length) return 'is no plain JSON, which servers read in different ways';
  if (found.key !== undefined) return `may use another model, by its ${JSON.stringify(found.key.slice(0, 40))}`;
  const tool = facts.tools === undefined ? undefined : modelOfTool(plain, facts.tools);
  return tool === undefined || tool === model ? undefined : `uses another model, ${JSON.stringify(tool.slice(0, 100))}, by one of its tools`;
}

/** As the most lenient of servers takes a key: in any letter case, and in any letters that look the same to it. */
const toLetters = (key: string): string => key.normalize('NFKC').toLowerCase().replaceAll(/[^a-z]/g, '');

function isPlain(bytes: Buffer): boolean {
  const { length } = bytes;
  for (let place = bytes[0] === 0xef ? 3 : 0; place < length;) {
    const byte = bytes[place]!;
    if (byte === QUOTE) {
      place = skipString(bytes, place);
      if (!isClosed(bytes, place)) return false;
    } else if (PLAIN[byte] === 1) place++;
    else return false;
  }
  return true;
}

/** The first key of an object of which this is true, or that nobody can read. @returns also the place behind the object and the space after it; 0 where it does not end */
function findMember(bytes: Buffer, start: number, isIt: (key: string, valueAt: number) => boolean): { key?: string; end: number } {
  if (at(bytes, start) !== OBJECT) return { end: 0 };
  let found: string | undefined;
  let place = skipSpace(bytes, start + 1);
  while (at(bytes, place) === QUOTE) {
    const keyEnd = skipString(bytes, place);
    const colon = skipSpace(bytes, keyEnd);
    if (at(bytes, colon) !== COLON) return { end: 0 };
    const key = toText(bytes, { start: place, end: keyEnd });
    if (key === undefined) return { end: 0 };
    const valueAt = skipSpace(bytes, colon + 1);
    if (found === undefined && isIt(key, valueAt)) found = key;
    place = skipSpace(bytes, skipValue(bytes, valueAt));
    if (at(bytes, place) === COMMA) place = skipSpace(bytes, place + 1);
    else break;
  }
  return at(bytes, place) === 0x7d ? { ...(found === undefined ? {} : { key: found }), end: skipSpace(bytes, place + 1) } : { end: 0 };
}

/** Some tools of vendors ask a model themselves. Those of the client say theirs in a schema, which is further within. */
function modelOfTool(bytes: Buffer, { start, end }: Span): string | undefined {
  let tools: unknown;
  try {
    tools = JSON.parse(bytes.toString('utf8', start, end));
  } catch {
    return undefined; // The server will say so.
  }
  for (const tool of Array.isArray(tools) ? tools as unknown[] : []) {
    const model: unknown = typeof tool === 'object' && tool !== null ? (tool as Record<string, unknown>)['model'] : undefined;
    if (typeof model === 'string') return model;
  }
  return undefined;
}
