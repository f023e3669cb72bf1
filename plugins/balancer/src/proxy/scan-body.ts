import { at, isClosed, QUOTE, skipSpace, skipString, skipValue, toText } from './scan-json.ts';

/** From the first byte to the one behind the last. */
export interface Span { start: number; end: number }

/** What the balancer looks at in the body of a request. Everything else is only passed over. */
export interface BodyFacts {
  model: string | null;
  /** Every place where the model stands, quotes included: parsers do not agree on which of two counts. */
  models: readonly Span[];
  /** Where it stands under a name that only differs in letter case: to some servers that is the same, and none of it is changed. */
  otherModels?: readonly Span[];
  isStream: boolean;
  /** A conversation's name, where the client gives it one. */
  conversation?: string;
  /** What comes before the messages: `system`, or `instructions`. */
  system?: Span;
  tools?: Span;
  /** The first of `messages` or `input`, which a conversation keeps. */
  firstMessage?: Span;
  /** `messages` or `input` as a whole. */
  messages?: Span;
  /** The most tokens that it allows for the answer, by whichever of the names, and how many answers it wants. */
  outputTokens?: number;
  choices?: number;
}

const NOTHING: BodyFacts = { model: null, models: [], isStream: false };
const [OBJECT, LIST, COLON, COMMA, TRUE] = [0x7b, 0x5b, 0x3a, 0x2c, 0x74];

/** In bytes. Names are kept where requests are counted and sorted, so what is longer is a text that is passed on, and no name of a model. */
export const NAME_MAX = 1000;

/** Where a request names no limit, and as much as most models write. */
export const UNLIMITED = 32_000;

/** Of a body that is longer, the beginning says most, and the rest is looked through for what it may say besides. */
const LONG = 64 * 1024;
const BEGINNING = 16 * 1024;
const PLAIN = 4 * 1024;

/**
 * Reads the first level of a JSON object without parsing it: any order of keys, of two keys of one name the last, as parsers
 * take it. Of what is no JSON, or ends too early, it tells what came before.
 */
export function scanBody(bytes: Buffer): BodyFacts {
  if (bytes.length <= LONG) return walk(bytes);
  const isPlain = bytes.indexOf(QUOTE, BEGINNING) > BEGINNING + PLAIN; // A walk passes over a long text faster than any search.
  const facts = walk(isPlain ? bytes : bytes.subarray(0, BEGINNING));
  return isPlain ? facts : facts.model === null || MORE.test(bytes.toString('latin1', Math.max(0, bytes.lastIndexOf(QUOTE, BEGINNING - 1) - OVERLAP))) ? walk(bytes) : facts;
}

/** The same with the ends of what reaches beyond the beginning, and with limits that stand behind it: for those who look into the system prompt, or hold a budget. */
export function scanWhole(bytes: Buffer, facts: BodyFacts): BodyFacts {
  return bytes.length <= LONG ? facts : walk(bytes);
}

/** Whether the system prompt is known whole, without looking further. */
export const hasSystem = (bytes: Buffer, { system }: BodyFacts): boolean => bytes.length <= LONG || (system !== undefined && system.end < BEGINNING);

/** The names that are looked for, in any letter case, also with an escape in them; in texts their quotes are escaped. */
const MORE = /"(?:model|stream|metadata|prompt_cache_key|user|system|instructions|max_[^"]{4,30}|n)"[ \t\r\n]*:|\\u(?:00[4-7]|017f|212a)/i;
/** A name that lies across the end of the beginning, or before the last quote there: spaces and a number may follow it for long. */
const OVERLAP = 64;

function walk(bytes: Buffer): BodyFacts {
  let place = skipSpace(bytes, bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0);
  if (at(bytes, place) !== OBJECT) return NOTHING;
  const facts: Facts = { model: null, models: [], isStream: false };
  let [user, cacheKey]: (string | undefined)[] = [];
  place = skipSpace(bytes, place + 1);
  while (at(bytes, place) === QUOTE) {
    const keyEnd = skipString(bytes, place);
    const start = skipSpace(bytes, skipSpace(bytes, keyEnd) + 1);
    if (!isClosed(bytes, keyEnd) || at(bytes, skipSpace(bytes, keyEnd)) !== COLON) break;
    const end = skipValue(bytes, start);
    const key = toText(bytes, { start: place, end: keyEnd });
    switch (key) {
      case 'model':
        facts.model = (end - start > NAME_MAX ? undefined : toText(bytes, { start, end })) ?? null;
        if (facts.model !== null) facts.models.push({ start, end });
        break;
      case 'stream': facts.isStream = bytes[start] === TRUE; break;
      case 'metadata': user = readMember(bytes, { start, end }, 'user_id') ?? user; break;
      case 'user': user = toText(bytes, { start, end }) ?? user; break;
      case 'prompt_cache_key': cacheKey = toText(bytes, { start, end }) ?? cacheKey; break;
      case 'system': case 'instructions': facts.system = { start, end }; break;
      case 'tools': facts.tools = { start, end }; break;
      case 'max_tokens': case 'max_completion_tokens': case 'max_output_tokens': case 'n': takeLimit(facts, key, toCount(bytes, { start, end })); break;
      case 'messages': case 'input':
        facts.messages = { start, end };
        facts.firstMessage = toFirst(bytes, { start, end });
        break;
      default: takeAlike(facts, key, { bytes, start, end });
    }
    place = skipSpace(bytes, end);
    if (at(bytes, place) !== COMMA) break;
    place = skipSpace(bytes, place + 1);
  }
  const conversation = cacheKey ?? user;
  return conversation === undefined || conversation === '' ? facts : { ...facts, conversation };
}

type Facts = { -readonly [K in keyof BodyFacts]: BodyFacts[K] } & { models: Span[]; otherModels?: Span[] };

/** @param count nothing where it limits nothing */
function takeLimit(facts: Facts, name: string, count: number | undefined): void {
  if (name === 'n') facts.choices = Math.max(facts.choices ?? 1, count ?? 1);
  else facts.outputTokens = Math.max(facts.outputTokens ?? 0, count ?? UNLIMITED);
}

/** Servers written in Go take `Model` for `model`, and fold two letters outside of ASCII, too: what a key may ask for must hold for them as well. */
function takeAlike(facts: Facts, key: string | undefined, { bytes, start, end }: Span & { bytes: Buffer }): void {
  if (key === undefined || key.length > MAX_KEY || !/[^a-z_]/.test(key)) return;
  const name = key.toUpperCase().toLowerCase();
  if (name === 'model') (facts.otherModels ??= []).push({ start, end });
  else if (name === 'n' || OUTPUT_LIMIT.test(name)) takeLimit(facts, name, toCount(bytes, { start, end }));
}

const MAX_KEY = 30;
const OUTPUT_LIMIT = /^max_(?:completion_|output_)?tokens$/;

/** The text under this key of an object, the last where there are two. */
function readMember(bytes: Buffer, object: Span, name: string): string | undefined {
  if (bytes[object.start] !== OBJECT) return undefined;
  let found: string | undefined;
  let place = skipSpace(bytes, object.start + 1);
  while (place < object.end && at(bytes, place) === QUOTE) {
    const keyEnd = skipString(bytes, place);
    const start = skipSpace(bytes, skipSpace(bytes, keyEnd) + 1);
    const end = skipValue(bytes, start);
    if (toText(bytes, { start: place, end: keyEnd }) === name) found = toText(bytes, { start, end });
    place = skipSpace(bytes, skipSpace(bytes, end) + 1);
  }
  return found;
}

/** Nobody writes a number with more digits, except to hide it. */
const NUMBER_MAX = 400;

/** Some servers take a number in quotes; what is no number above 0, as `null`, limits nothing. */
function toCount(bytes: Buffer, { start, end }: Span): number | undefined {
  const count = end - start > NUMBER_MAX ? Number.NaN : Number(bytes.toString('latin1', start, end).replaceAll('"', ''));
  return count > 0 ? Math.ceil(count) : undefined;
}

function toFirst(bytes: Buffer, { start, end }: Span): Span {
  if (bytes[start] !== LIST) return { start, end };
  const first = skipSpace(bytes, start + 1);
  return { start: first, end: Math.min(end, skipValue(bytes, first)) };
}

/** The same body with another model, nothing else touched. */
export function withModel(bytes: Buffer, { models }: Pick<BodyFacts, 'models'>, model: string): Buffer {
  const name = Buffer.from(JSON.stringify(model));
  const parts: Buffer[] = [];
  let done = 0;
  for (const { start, end } of models) {
    parts.push(bytes.subarray(done, start), name);
    done = end;
  }
  return Buffer.concat([...parts, bytes.subarray(done)]);
}
