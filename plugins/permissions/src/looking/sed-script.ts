/** Characters that may stand around the parts of `s` and `y`, or behind the backslash of an address. */
const DELIMITERS = '/|,#:@!%_+~;=';
const BRACKETS = /\[\^?\]?(?:\[:\w+:\]|[^[\]\\\n])*\]/y;

/**
 * Whether a script of sed only prints: addresses, `p d q = n N g G h H x D P l y`, and `s` without its flags `e` and `w`. What this
 * reader does not know, braces, labels and files included, is none. Where brackets could hide a delimiter from one sed and not
 * from another, it does not know either.
 */
export function onlyPrints(script: string): boolean {
  for (let left = script; ;) {
    left = left.replace(/^[\s;]+/, '');
    if (left === '') return true;
    const rest = skipCommand(left);
    if (rest === undefined || !/^[ \t]*(?:$|[;\n])/.test(rest)) return false;
    left = rest;
  }
}

/** @returns what follows the command; nothing where it is not known to be harmless */
function skipCommand(text: string): string | undefined {
  let left: string | undefined = skipAddress(text);
  if (left?.startsWith(',')) {
    if (left === text) return undefined;
    const second = /^,[ \t]*[+~]\d+/.exec(left);
    const behind = left.replace(/^,[ \t]*/, '');
    left = second === null ? skipAddress(behind) : left.slice(second[0].length);
    if (left === behind) return undefined;
  }
  left = left?.replace(/^[ \t]*(?:![ \t]*)?/, '');
  if (left === undefined) return undefined;
  if (/^[pdnNgGhHxDP=]/.test(left)) return left.slice(1);
  const numbered = /^[qQl][ \t]*\d*/.exec(left);
  if (numbered !== null) return left.slice(numbered[0].length);
  if (/^[sy]/.test(left)) return skipTwoParts(left);
  return undefined;
}

function skipAddress(text: string): string | undefined {
  const line = /^(?:\d+(?:~\d+)?|\$)/.exec(text);
  if (line !== null) return text.slice(line[0].length);
  const isOwn = text.startsWith('\\');
  if (!isOwn && !text.startsWith('/')) return text;
  const end = partEnd(text, isOwn ? 2 : 1, text[isOwn ? 1 : 0]!);
  return end === undefined ? undefined : text.slice(end + 1).replace(/^[IM]{0,2}/, '');
}

function skipTwoParts(text: string): string | undefined {
  const delimiter = text[1];
  if (delimiter === undefined) return undefined;
  const middle = partEnd(text, 2, delimiter);
  const end = middle === undefined ? undefined : partEnd(text, middle + 1, delimiter);
  if (end === undefined) return undefined;
  // The flags e and w run and write.
  const flags = /^[gpiIM0-9]*/.exec(text.slice(end + 1))![0];
  return text[0] === 'y' && flags !== '' ? undefined : text.slice(end + 1 + flags.length);
}

/** Where the part that begins at `start` meets its delimiter. */
function partEnd(text: string, start: number, delimiter: string): number | undefined {
  if (!DELIMITERS.includes(delimiter)) return undefined;
  for (let index = start; index < text.length; index++) {
    const character = text[index]!;
    if (character === '\n') return undefined;
    if (character === delimiter) return index;
    if (character === '\\' && text[++index] === '\n') return undefined;
    if (character === '[') {
      BRACKETS.lastIndex = index;
      const brackets = BRACKETS.exec(text)?.[0];
      if (brackets === undefined || brackets.includes(delimiter)) return undefined;
      index += brackets.length - 1;
    }
  }
  return undefined;
}
