/** The `paths` that stand between the `---` lines in front of a rule. */
export interface RuleHead {
  /** The text behind them. */
  body: string;
  /** Nothing where it always holds. */
  paths?: readonly string[];
  /** What is wrong with them, as the end of a sentence. */
  trouble?: string;
}

const MAX_PATTERNS = 100;

/**
 * Reads the one key that rules have; all others are passed over. A list on one line or several, quoted or not: people write
 * patterns that begin with `*`, which strict YAML takes for something else.
 */
export function readRuleHead(text: string): RuleHead {
  const [whole] = /^---[ \t]*\n/.exec(text) ?? [];
  if (whole === undefined) return { body: text };
  const end = /^(?:---|\.\.\.)[ \t]*$/m.exec(text.slice(whole.length));
  if (end === null) return { body: '', trouble: 'its first line is ---, and no other --- ends what begins there' };
  const body = text.slice(whole.length + end.index + end[0].length).replace(/^\n/, '');
  const lines = text.slice(whole.length, whole.length + end.index).split('\n');
  const line = lines.findIndex((each) => /^paths\s*:/.test(each));
  if (line === -1) return { body };
  const paths = readList(lines[line]!.replace(/^paths\s*:/, ''), lines.slice(line + 1));
  if (paths === undefined || paths.length === 0) return { body, trouble: `its paths (line ${line + 2}) are no list of patterns; write them as - "src/**/*.ts", each on a line of its own` };
  return paths.length > MAX_PATTERNS ? { body, trouble: `it has ${paths.length} paths; at most ${MAX_PATTERNS} are allowed` } : { body, paths };
}

function readList(rest: string, below: readonly string[]): string[] | undefined {
  const value = withoutComment(rest).trim();
  if (value === '' || value.startsWith('#')) {
    const items = below.slice(0, endOfBlock(below)).filter((line) => !/^\s*(?:#.*)?$/.test(line)).map((line) => /^\s*-\s+(.*)$/.exec(line)?.[1]);
    return items.every((item) => item !== undefined) ? items.map((item) => unquote(withoutComment(item))).filter((item) => item !== '') : undefined;
  }
  const inner = value.startsWith('[') ? /^\[(.*)\]$/.exec(value)?.[1] : value;
  return inner === undefined ? undefined : splitAtCommas(inner).map(unquote).filter((item) => item !== '');
}

/** The next key ends the list. */
function endOfBlock(lines: readonly string[]): number {
  const end = lines.findIndex((line) => /^[^\s#-]/.test(line));
  return end === -1 ? lines.length : end;
}

function withoutComment(text: string): string {
  const at = text.search(/\s#/);
  return at === -1 ? text : text.slice(0, at);
}

const CLOSERS: Readonly<Record<string, string>> = { '"': '"', '\'': '\'', '{': '}' };

/** A comma within quotes or braces is a part of its pattern. What closes nothing is looked for once, so the time grows with the text only. */
function splitAtCommas(text: string): string[] {
  const items: string[] = [];
  const missing = new Set<string>();
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const closer = CLOSERS[text[at]!];
    if (closer !== undefined && !missing.has(closer)) {
      const end = text.indexOf(closer, at + 1);
      if (end === -1) missing.add(closer);
      else at = end;
    } else if (text[at] === ',') {
      items.push(text.slice(from, at).trim());
      from = at + 1;
    }
  }
  return [...items, text.slice(from).trim()];
}

function unquote(text: string): string {
  const item = text.trim();
  return /^"[^"]*"$|^'[^']*'$/.test(item) ? item.slice(1, -1) : item;
}
