/**
 * About how many tokens a text has, in one pass and without a tokenizer's tables. Texts are cut as tokenizers cut them, into
 * words, numbers, punctuation and space, and each piece has the tokens that such pieces have on average: weights fitted to
 * o200k_base over code, prose, data and logs in many languages. How far that is off is in docs/decisions/0033.
 */
export function estimateText(text: string): number {
  const { length } = text;
  let tokens = 0;
  let before: Kind = LINE;
  for (let index = 0; index < length;) {
    const kind = kindAt(text, index);
    let end = index + 1;
    switch (kind) {
      case UPPER:
      case LOWER: {
        if (kind === UPPER) while (end < length && kindAt(text, end) === UPPER) end++;
        const capitals = kind === UPPER ? end - index : 0;
        while (end < length && kindAt(text, end) === LOWER) end++;
        tokens += wordTokens(end - index, capitals);
        if (before === DIGIT) tokens += WORD_BEHIND_DIGIT;
        else if (before !== SPACE && before !== LINE && capitals < end - index) tokens -= WORD_GLUED;
        break;
      }
      case DIGIT:
        while (end < length && kindAt(text, end) === DIGIT) end++;
        tokens += THREE_DIGITS * Math.ceil((end - index) / 3);
        break;
      case SPACE:
        while (end < length && kindAt(text, end) === SPACE) end++;
        if (end - index > 1) tokens += INDENT;
        else if (end < length && kindAt(text, end) === DIGIT) tokens += SPACE_BEFORE_DIGIT;
        break;
      case LINE:
        while (end < length && kindAt(text, end) === LINE) end++;
        tokens += LINE_BREAK;
        break;
      case SIGN: {
        let repeats = 0;
        for (; end < length && kindAt(text, end) === SIGN; end++) if (text.charCodeAt(end) === text.charCodeAt(end - 1)) repeats++;
        tokens += signTokens(end - index, repeats);
        break;
      }
      default:
        tokens += WIDE[kind]!;
    }
    before = kind;
    index = end;
  }
  return tokens;
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

/** Rulers and borders, of one sign again and again, are a few tokens. */
function signTokens(signs: number, repeats: number): number {
  if (signs === 1) return ONE_SIGN;
  return SIGNS + (repeats >= signs - 2 ? REPEATED_SIGN : SIGN_BEYOND_2) * (signs - 2);
}

const ASCII = Uint8Array.from({ length: 128 }, (_, unit) => {
  const character = String.fromCharCode(unit);
  if (/[a-z]/.test(character)) return LOWER;
  if (/[A-Z]/.test(character)) return UPPER;
  if (/\d/.test(character)) return DIGIT;
  if (/[ \t]/.test(character)) return SPACE;
  return /[\r\n]/.test(character) ? LINE : SIGN;
});

function kindAt(text: string, index: number): Kind {
  const unit = text.charCodeAt(index);
  return unit < 128 ? ASCII[unit]! : wideKind(unit);
}

function wideKind(unit: number): Kind {
  if (unit < 0x250) return ACCENTED;
  if (unit < 0x600) return ALPHABET;
  if (unit < 0x2000) return OTHER;
  if (unit < 0x2e80) return WIDE_SIGN;
  if (unit >= 0x3040 && unit < 0x3100) return KANA;
  if (unit >= 0x3000 && unit < 0x3040) return WIDE_SIGN;
  if (unit < 0xa000) return HAN;
  if (unit >= 0xac00 && unit < 0xd7a4) return HANGUL;
  if (unit >= 0xd800 && unit < 0xe000) return SURROGATE;
  return unit >= 0xff00 ? WIDE_SIGN : OTHER;
}
