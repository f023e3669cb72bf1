/** A pattern of more alternatives than this is none. */
const MAX_ALTERNATIVES = 64;
const MAX_LENGTH = 500;

/**
 * Whether a path, relative and with `/`, is one that a pattern means: `*` and `?` within a name, `**` over folders, `[…]`, `{a,b}`.
 * Patterns come from files that may be anybody's, so the time it takes is bounded: the pattern’s length times that of the path.
 */
export function matchesGlob(path: string, pattern: string): boolean {
  return expandBraces(pattern.replace(/^\.?\//, '')).some((each) => matchParts(path.split('/'), each.split('/')));
}

/** @returns nothing where there are too many */
export function expandBraces(pattern: string): string[] {
  if (pattern.length > MAX_LENGTH) return [];
  const done: string[] = [];
  const left = [pattern];
  while (left.length > 0) {
    const next = left.pop()!;
    // The innermost first: it holds no other.
    const [whole, head, list, tail] = /^([^]*)\{([^{}]*,[^{}]*)\}([^]*)$/.exec(next) ?? [];
    if (whole === undefined) done.push(next);
    else for (const one of list!.split(',')) left.push(head! + one + tail!);
    if (done.length + left.length > MAX_ALTERNATIVES) return [];
  }
  return done;
}

/** Names against parts, row by row: `reached` are the names that the parts so far may end behind. */
function matchParts(names: readonly string[], parts: readonly string[]): boolean {
  let reached = names.map(() => false).concat(false);
  reached[0] = true;
  for (const part of parts) {
    if (!reached.includes(true)) return false;
    const next = reached.map(() => false);
    for (let index = 0; index <= names.length; index++) {
      if (part === '**') next[index] = reached[index]! || (index > 0 && next[index - 1]!);
      else if (index > 0) next[index] = reached[index - 1]! && matchName(names[index - 1]!, part);
    }
    reached = next;
  }
  return reached[names.length]!;
}

/** One name: after a mismatch only the last `*` takes one character more. */
function matchName(name: string, part: string): boolean {
  const tokens = part.match(/\[[!^]?[^\]]+\]|\\.|[^]/gu) ?? [];
  const letters = [...name];
  let [token, letter, star, from] = [0, 0, -1, 0];
  while (letter < letters.length) {
    if (tokens[token] === '*') [star, from, token] = [token, letter, token + 1];
    else if (token < tokens.length && matchLetter(letters[letter]!, tokens[token]!)) [token, letter] = [token + 1, letter + 1];
    else if (star >= 0) [token, letter] = [star + 1, ++from];
    else return false;
  }
  while (tokens[token] === '*') token++;
  return token === tokens.length;
}

function matchLetter(letter: string, token: string): boolean {
  if (token === '?') return true;
  if (token.length > 2 && token[0] === '[') return isInClass(letter, token.slice(1, -1));
  return letter === (token.length > 1 && token[0] === '\\' ? token.slice(1) : token);
}

function isInClass(letter: string, given: string): boolean {
  const isNegated = given[0] === '!' || given[0] === '^';
  const ranges = given.slice(isNegated ? 1 : 0).matchAll(/([^])-([^])|([^])/gu);
  return isNegated !== [...ranges].some(([, first, last, one]) => (one === undefined ? letter >= first! && letter <= last! : letter === one));
}
