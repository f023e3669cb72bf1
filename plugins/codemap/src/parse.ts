import type { Node } from 'web-tree-sitter';
import { readBrokenLines } from './broken-lines.ts';
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
export function parseText(text: string, { parser, query, language }: Reader, limitMs: number): ParsedFile | undefined {
  const endMs = performance.now() + limitMs;
  const tree = parser.parse(text, null, { progressCallback: () => performance.now() > endMs });
  if (tree === null) {
    parser.reset();
    return undefined;
  }
  const symbols = new Map<number, CodeSymbol>();
  const calls = new Map<string, Call>();
  const ends = { local: 0, body: 0 };
  try {
    const captures = query.captures(tree.rootNode, { progressCallback: () => performance.now() > endMs });
    // It gives what it has found up to then.
    if (performance.now() > endMs) return undefined;
    for (const { name: capture, node } of captures) {
      if (capture === 'local' || capture === 'body') ends[capture] = Math.max(ends[capture], node.endIndex);
      else if (!capture.startsWith('_') && !isInner(capture, node.startIndex, ends) && !node.isMissing) {
        const line = node.startPosition.row + 1;
        const name = toName(capture, node);
        if (name.length === 0 || name.length > MAX_NAME || name.includes('\n') || name === '_') continue;
        if (capture === 'call') addCall(calls, name, line);
        else addSymbol(symbols, capture === 'writer' ? node.startIndex + 0.5 : node.startIndex, { name, kind: toKind(capture), line });
      }
    }
    if (tree.rootNode.hasError) addBroken(symbols, readBrokenLines(text, tree.rootNode, { language, endMs }));
    return { lines: tree.rootNode.endPosition.row + 1, symbols: [...symbols.values()].sort((a, b) => a.line - b.line), calls: [...calls.values()] };
  } finally {
    tree.delete();
  }
}

/** What stands in a function and is its own: constants in what a query marks as `body`, functions as well in what it marks as `local`. */
function isInner(capture: string, at: number, ends: { local: number; body: number }): boolean {
  return capture === 'constant' ? at < Math.max(ends.local, ends.body) : capture === 'function' && at < ends.local;
}

/**
 * The name that a captured node stands for: of an `operator`, which has no node for its name, from there to the bracket; of a `writer` in
 * Ruby, what is called as it is assigned to.
 */
function toName(capture: string, node: Node): string {
  if (capture === 'operator') return /^operator *\(\)|^[^(]*/.exec(node.parent!.text.slice(node.startIndex - node.parent!.startIndex))![0].trimEnd();
  const name = node.type === 'simple_symbol' ? node.text.slice(1) : node.text;
  return capture === 'writer' ? `${name}=` : name;
}

function toKind(capture: string): Kind {
  return capture === 'operator' || capture === 'writer' ? 'method' : capture as Kind;
}

function addSymbol(symbols: Map<number, CodeSymbol>, at: number, symbol: CodeSymbol): void {
  const known = symbols.get(at);
  if (known !== undefined ? KINDS.indexOf(known.kind) < KINDS.indexOf(symbol.kind) : symbols.size < MAX_SYMBOLS) symbols.set(at, symbol);
}

/** Those of which nothing is known yet. Their places in the text, which only tell them apart, are made up. */
function addBroken(symbols: Map<number, CodeSymbol>, broken: readonly CodeSymbol[]): void {
  const known = new Set([...symbols.values()].map(({ name, line }) => `${line} ${name}`));
  for (const symbol of broken) if (!known.has(`${symbol.line} ${symbol.name}`)) addSymbol(symbols, -symbol.line, symbol);
}

function addCall(calls: Map<string, Call>, name: string, line: number): void {
  const known = calls.get(name);
  if (known !== undefined) known.count++;
  else if (calls.size < MAX_CALLS) calls.set(name, { name, count: 1, line });
}
