import type { Span } from './span.ts';

/** Names of which the value opens something, in files of settings, JSON, YAML, headers and command lines. */
const NAMES = 'password|passwd|passphrase|secret|token|(?:api|access|secret|private|auth|account|encryption|signing|master)[_-]?key(?:[_-]base)?|credentials?|pwd|authorization';
const QUOTE = '\\\\{0,3}["\'`]';
/** Also as an option with its value behind it, and in a `.netrc`. */
const BETWEEN = `(?:(?:${QUOTE})?\\s{0,4}(?:=>|:=|[:=])\\s{0,4}(?:(?:Basic|Bearer|token) )?|(?<=--[a-z-]{0,40}|login \\S{1,64} password) {1,4})`;
const QUICK = /(?:passw(?:or)?d|passphrase|secret|token|key|key[_-]base|credentials?|pwd|authorization)\\{0,3}["'`]?\s{0,4}[:=]|(?:bearer|basic)[\s%]|--[a-z-]{0,32}(?:passw(?:or)?d|passphrase|secret|token|key|pwd) |password /i;
/** `name = value`, `"name": "value"`, `name: value`. */
const PAIR = new RegExp(`(?:${NAMES})${BETWEEN}(?:${QUOTE}(?<quoted>[^\\s"'\`\\\\[\\]]{8,256})(?=\\\\{0,3}["'\`])|(?<plain>[\\w+/=.~@#%^*!$&-]{8,256})(?![\\w(.[]))`, 'dgi');
const BEARER = /\b(?:Bearer|(?<basic>Basic))(?:\s+|%20)(?<plain>[\w.~+/-]{8,4096}={0,2})/dgi;
const OPEN = new RegExp(`(?:(?:${NAMES})${BETWEEN}|\\b(?:Bearer|Basic)(?:\\s{1,8}|%20))(?<value>(?:${QUOTE})?[^\\s"'\`\\\\[\\](){}<>;|]{1,256}\\\\{0,3})$`, 'di');
/** Names and what stands behind them are no longer than this together. */
const OPEN_MAX = 400;

/** Adds the values of names such as `password`, where they look as if somebody had made them so that nobody guesses them. */
export function findPairs(text: string, into: Span[]): void {
  if (!QUICK.test(text)) return;
  for (const pattern of [PAIR, BEARER]) {
    pattern.lastIndex = 0;
    for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
      const { quoted, plain, basic } = match.groups!;
      const [start, end] = match.indices!.groups![quoted === undefined ? 'plain' : 'quoted']!;
      const isSecret = pattern === PAIR || basic !== undefined ? looksRandom(quoted ?? plain!) : isNoWord(plain!);
      if (isSecret) into.push({ start, end, label: pattern === PAIR ? toLabel(match[0]) : 'bearer token' });
    }
  }
}

/** What follows `Bearer` in a sentence is a word. */
function isNoWord(value: string): boolean {
  return /\d/.test(value) || (value.length >= 24 && /[a-z]/.test(value) && /[A-Z]/.test(value));
}

function toLabel(pair: string): string {
  return /^[A-Za-z_-]+/.exec(pair)![0].toLowerCase().replaceAll('_', ' ');
}

/** As `openShapeFrom`: the place where a value begins that has no end yet. */
export function openPairFrom(text: string, from: number): number {
  if (!QUICK.test(text)) return text.length;
  const late = Math.max(0, text.length - OPEN_MAX);
  const match = OPEN.exec(text.slice(late));
  return match === null ? text.length : Math.max(from, late + match.indices!.groups!['value']![0]);
}

const NAME_IN_CODE = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$|^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/;
const NO_SECRET = /^(?:[$<{/~.]|[A-Za-z]:\\|\d+(?:[.:-]\d+)*$|[a-z][a-z+.-]*:\/\/)/;

/** Names in code, versions, paths and words with a number behind them do not; letters and digits in turn do. */
export function looksRandom(value: string): boolean {
  if (!/\d/.test(value) || NO_SECRET.test(value) || NAME_IN_CODE.test(value)) return false;
  const turns = value.match(/[A-Za-z](?=[^A-Za-z0-9]*\d)|\d(?=[^A-Za-z0-9]*[A-Za-z])/g)?.length ?? 0;
  if (turns >= 3 || (turns >= 2 && value.length >= 16)) return true;
  return turns >= 1 && value.length >= 12 && /[a-z]/.test(value) && /[A-Z]/.test(value) && /[^A-Za-z0-9_-]/.test(value);
}
