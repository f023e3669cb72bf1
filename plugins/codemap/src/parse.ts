import type { Reader } from './grammar.ts';

/** What a symbol is. Where two fit one name, the later in this list is said. */
export const KINDS = ['constant', 'type', 'function', 'method', 'class', 'interface', 'struct', 'enum', 'module', 'macro'] as const;
export type Kind = (typeof KINDS)[number];

/** `line` counts from 1. */
export interface CodeSymbol { name: string; kind: Kind; line: number }
/** All calls of one name in a file. */
export interface Call { name: string; count: number; /** Of the first. */ line: number }
export interface ParsedFile { lines: number; symbols: readonly CodeSymbol[]; calls: readonly Call[] }

/** Longer names are no names that anybody wrote. */
const MAX_NAME = 200;
/** Of one file as many are kept; a generated one may have more. */
const MAX_SYMBOLS = 5000;
const MAX_CALLS = 5000;

/**
 * The symbols of a text and the names that it calls.
 * @returns nothing where it takes longer than `limitMs`
 */
export function parseText(text: string, { parser, query }: Reader, limitMs: number): ParsedFile | undefined {
  const endMs = performance.now() + limitMs;
  const tree = parser.parse(text, null, { progressCallback: () => performance.now() > endMs });
  if (tree === null) {
    parser.reset();
    return undefined;
  }
  const symbols = new Map<number, CodeSymbol>();
  const calls = new Map<string, Call>();
  /** Where the last declaration ends that is a function's own. */
  let localEnd = 0;
  try {
    const captures = query.captures(tree.rootNode, { progressCallback: () => performance.now() > endMs });
    // It gives what it has found up to then.
    if (performance.now() > endMs) return undefined;
    for (const { name: capture, node } of captures) {
      if (capture === 'local') localEnd = Math.max(localEnd, node.endIndex);
      if (capture === 'local' || capture.startsWith('_') || node.isMissing) continue;
      const line = node.startPosition.row + 1;
      const name = node.text;
      if (name.length === 0 || name.length > MAX_NAME || name.includes('\n')) continue;
      if (capture === 'call') addCall(calls, name, line);
      else if (node.startIndex >= localEnd) addSymbol(symbols, node.startIndex, { name, kind: capture as Kind, line });
    }
    return { lines: tree.rootNode.endPosition.row + 1, symbols: [...symbols.values()], calls: [...calls.values()] };
  } finally {
    tree.delete();
  }
}

function addSymbol(symbols: Map<number, CodeSymbol>, at: number, symbol: CodeSymbol): void {
  const known = symbols.get(at);
  if (known !== undefined ? KINDS.indexOf(known.kind) < KINDS.indexOf(symbol.kind) : symbols.size < MAX_SYMBOLS) symbols.set(at, symbol);
}

function addCall(calls: Map<string, Call>, name: string, line: number): void {
  const known = calls.get(name);
  if (known !== undefined) known.count++;
  else if (calls.size < MAX_CALLS) calls.set(name, { name, count: 1, line });
}
