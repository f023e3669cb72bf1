import { endianness } from 'node:os';

/**
 * About how many tokens a text has, in one pass and without a tokenizer's tables. Texts are cut as tokenizers cut them, into
 * words, numbers, punctuation and space, and each piece has the tokens that such pieces have on average: weights fitted to
 * o200k_base over code, prose, data and logs in many languages. How far that is off is in docs/decisions/0033.
 */
export function estimateText(text: string): number {
  let tokens = 0;
  for (let from = 0; from < text.length; from += PIECE) tokens += estimatePiece(text.length > PIECE ? text.slice(from, from + PIECE) : text);
  return tokens;
}

/** Longer texts are looked at in pieces, each as if a line ended in front of it. */
const PIECE = 1 << 18;
/** The characters of one piece: from here they are read faster than by `charCodeAt`, of which a long history has tens of millions. */
let units = new Uint16Array(1 << 12);

function estimatePiece(text: string): number {
  const { length } = text;
  if (length > units.length) units = new Uint16Array(Math.max(length, 2 * units.length));
  writeUnits(text);
  let tokens = 0;
  let before: Kind = LINE;
  for (let index = 0; index < length;) {
    const start = index++;
    const kind = KINDS[units[start]!]!;
    switch (kind) {
      case UPPER:
      case LOWER: {
        if (kind === UPPER) while (index < length && KINDS[units[index]!] === UPPER) index++;
        const capitals = kind === UPPER ? index - start : 0;
        while (index < length && KINDS[units[index]!] === LOWER) index++;
        const letters = index - start;
        tokens += letters > 32 || capitals > 1 ? wordTokens(letters, capitals) : (capitals === 0 ? SMALL : CAPITAL)[letters]!;
        if (before === DIGIT) tokens += WORD_BEHIND_DIGIT;
        else if (before !== SPACE && before !== LINE && capitals < letters) tokens -= WORD_GLUED;
        break;
      }
      case DIGIT:
        while (index < length && KINDS[units[index]!] === DIGIT) index++;
        tokens += THREE_DIGITS * Math.ceil((index - start) / 3);
        break;
      case SPACE:
        while (index < length && KINDS[units[index]!] === SPACE) index++;
        if (index - start > 1) tokens += INDENT;
        else if (index < length && KINDS[units[index]!] === DIGIT) tokens += SPACE_BEFORE_DIGIT;
        break;
      case LINE:
        while (index < length && KINDS[units[index]!] === LINE) index++;
        tokens += LINE_BREAK;
        break;
      case SIGN: {
        let repeats = 0;
        for (; index < length && KINDS[units[index]!] === SIGN; index++) if (units[index] === units[index - 1]) repeats++;
        tokens += signTokens(index - start, repeats);
        break;
      }
      default:
        tokens += WIDE[kind]!;
    }
    before = kind;
  }
  return tokens;
}

function writeUnits(text: string): void {
  const bytes = Buffer.from(units.buffer, 0, 2 * text.length);
  bytes.write(text, 'utf16le');
  if (endianness() === 'BE') bytes.swap16();
}

type Kind = number;
const LOWER = 0, UPPER = 1, DIGIT = 2, SPACE = 3, LINE = 4, SIGN = 5;
const ACCENTED = 6, ALPHABET = 7, HAN = 8, KANA = 9, HANGUL = 10, WIDE_SIGN = 11, SURROGATE = 12, OTHER = 13;

const WORD = 0.865, CAPITALISED = 0.62, ALL_CAPITALS = 1.48, LETTER_BEYOND_6 = 0.16, LETTER_BEYOND_10 = 0.24;
const WORD_BEHIND_DIGIT = 0.34, WORD_GLUED = 0.2;
const THREE_DIGITS = 1.16, SPACE_BEFORE_DIGIT = 0.82, INDENT = 1.06, LINE_BREAK = 0.64;
const ONE_SIGN = 0.68, SIGNS = 1.24, SIGN_BEYOND_2 = 0.265, REPEATED_SIGN = 0.025;
/** A character of these kinds, by kind. */
const WIDE: Readonly<Record<Kind, number>> = { [ACCENTED]: 0.84, [ALPHABET]: 0.26, [HAN]: 0.865, [KANA]: 0.615, [HANGUL]: 0.71, [WIDE_SIGN]: 0.7, [SURROGATE]: 1, [OTHER]: 0.45 };
/** Even what is no word at all has hardly less. */
const LETTERS_A_TOKEN_MIN = 2;

function wordTokens(letters: number, capitals: number): number {
  if (capitals === letters) return Math.max(ALL_CAPITALS, letters / 4);
  const tokens = WORD + (capitals > 0 ? CAPITALISED : 0) + (letters > 6 ? LETTER_BEYOND_6 * (letters - 6) : 0) + (letters > 10 ? LETTER_BEYOND_10 * (letters - 10) : 0);
  return Math.min(tokens, Math.max(WORD + CAPITALISED, letters / LETTERS_A_TOKEN_MIN));
}

/** Most words, in small letters and with one capital. */
const [SMALL, CAPITAL] = [0, 1].map((capitals) => Float64Array.from({ length: 33 }, (_, letters) => wordTokens(letters, capitals))) as [Float64Array, Float64Array];

/** Rulers and borders, of one sign again and again, are a few tokens. */
function signTokens(signs: number, repeats: number): number {
  if (signs === 1) return ONE_SIGN;
  return SIGNS + (repeats >= signs - 2 ? REPEATED_SIGN : SIGN_BEYOND_2) * (signs - 2);
}

/** Of every character: those of ASCII by what they are, the others by where they stand. */
const KINDS = new Uint8Array(0x10000).fill(SIGN, 0, 0x80);
for (const [kind, characters] of [[LOWER, 'abcdefghijklmnopqrstuvwxyz'], [UPPER, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'], [DIGIT, '0123456789'], [SPACE, ' \t'], [LINE, '\r\n']] as const) {
  for (let at = 0; at < characters.length; at++) KINDS[characters.charCodeAt(at)] = kind;
}
for (const [kind, from, to] of [
  [ACCENTED, 0x80, 0x250], [ALPHABET, 0x250, 0x600], [OTHER, 0x600, 0x2000], [WIDE_SIGN, 0x2000, 0x2e80], [HAN, 0x2e80, 0xa000], [WIDE_SIGN, 0x3000, 0x3040], [KANA, 0x3040, 0x3100],
  [OTHER, 0xa000, 0xac00], [HANGUL, 0xac00, 0xd7a4], [OTHER, 0xd7a4, 0xd800], [SURROGATE, 0xd800, 0xe000], [OTHER, 0xe000, 0xff00], [WIDE_SIGN, 0xff00, 0x10000],
] as const) KINDS.fill(kind, from, to);
