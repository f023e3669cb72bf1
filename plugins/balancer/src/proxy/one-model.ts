import type { Body } from './body.ts';
import type { BodyFacts, Span } from './scan-body.ts';
import { at, isClosed, QUOTE, skipSpace, skipString, skipValue, toText } from './scan-json.ts';

const [OBJECT, OBJECT_END, COLON, COMMA] = [0x7b, 0x7d, 0x3a, 0x2c];

/** Beside texts JSON has these: space, brackets, numbers, and the letters of true, false and null. Where anything else stands, as a comment does, parsers do not agree. */
const PLAIN = new Uint8Array(256);
for (const character of '\t\n\r {}[]:,+-.0123456789eEtrufalsn') PLAIN[character.charCodeAt(0)] = 1;

/** By these some servers go to another model than the one that is named: gateways take lists of them, for when the first one fails. */
const ELSEWHERE = /^models?$|fallback|^preset$/;
const UNPLAIN = 'is no plain JSON, which servers read in different ways';

/**
 * Why nobody can be sure that a request uses the model alone that it names: for keys that may not use every one. It looks at
 * all of a body, which costs others nothing.
 * @param model that it is sent with
 * @returns a part of a sentence; nothing where all servers read the same model
 */
export function whyNotOneModel(model: string, { plain, body, facts }: { plain: Buffer | undefined; body: Pick<Body, 'rest'>; facts: Pick<BodyFacts, 'models'> }): string | undefined {
  if (body.rest !== undefined) return 'is longer than what is read of it';
  if (plain === undefined || facts.models.length === 0) return 'names no model where it can be read';
  if (!isPlain(plain)) return UNPLAIN;
  const read = new Set(facts.models.map(({ start }) => start));
  return walkMembers(plain, (key, value) => {
    const letters = toLetters(key);
    if (key === 'model' ? !read.has(value.start) : ELSEWHERE.test(letters)) return `may use another model, by its ${JSON.stringify(key.slice(0, 40))}`;
    const other = letters === 'tools' ? modelOfTools(plain, value, model) : undefined;
    return other === undefined ? undefined : `uses another model, ${JSON.stringify(other.slice(0, 100))}, by one of its tools`;
  });
}

/** As the most lenient of servers takes a key: in any letter case, and in any letters that look the same to it. */
const toLetters = (key: string): string => (LETTERS.test(key) ? key : key.slice(0, KEY_MAX).normalize('NFKC').toLowerCase().replaceAll(/[^a-z]/g, ''));
const LETTERS = /^[a-z]{1,40}$/; // Most keys are nothing else.
const KEY_MAX = 100;

function isPlain(bytes: Buffer): boolean {
  const { length } = bytes;
  for (let place = startOf(bytes); place < length;) {
    const byte = bytes[place]!;
    if (byte === QUOTE) {
      place = skipString(bytes, place);
      if (!isClosed(bytes, place)) return false;
    } else if (PLAIN[byte] === 1) place++;
    else return false;
  }
  return true;
}

/** Behind the mark of UTF-8. */
const startOf = (bytes: Buffer): number => (bytes[0] === 0xef ? 3 : 0);

/** The first reason that is found against a member of the object, or why the object cannot be read to its end. */
function walkMembers(bytes: Buffer, why: (key: string, value: Span) => string | undefined): string | undefined {
  let place = skipSpace(bytes, startOf(bytes));
  if (at(bytes, place) !== OBJECT) return UNPLAIN;
  place = skipSpace(bytes, place + 1);
  while (at(bytes, place) === QUOTE) {
    const keyEnd = skipString(bytes, place);
    const colon = skipSpace(bytes, keyEnd);
    const key = toText(bytes, { start: place, end: keyEnd });
    if (at(bytes, colon) !== COLON || key === undefined) return UNPLAIN;
    const start = skipSpace(bytes, colon + 1);
    const end = skipValue(bytes, start);
    const reason = why(key, { start, end });
    if (reason !== undefined) return reason;
    place = skipSpace(bytes, end);
    if (at(bytes, place) !== COMMA) break;
    place = skipSpace(bytes, place + 1);
  }
  return at(bytes, place) === OBJECT_END && skipSpace(bytes, place + 1) === bytes.length ? undefined : UNPLAIN;
}

/** Some tools of vendors ask a model themselves. Those of the client say theirs in a schema, which is further within. @returns the first that is another than `model` */
function modelOfTools(bytes: Buffer, { start, end }: Span, model: string): string | undefined {
  let tools: unknown;
  try {
    tools = JSON.parse(bytes.toString('utf8', start, end));
  } catch {
    return undefined; // The server will say so.
  }
  const members = (Array.isArray(tools) ? tools as unknown[] : []).flatMap((tool) => (typeof tool === 'object' && tool !== null ? Object.entries(tool) : []));
  return members.find(([key, value]) => typeof value === 'string' && value !== model && toLetters(key) === 'model')?.[1] as string | undefined;
}
