import type { Node } from 'web-tree-sitter';
import type { Language } from './language.ts';
import type { CodeSymbol, Kind } from './parse.ts';

/** Lines of one text that are looked at. */
const MAX_LINES = 5000;
/** A longer line is nobody's declaration. */
const MAX_LINE = 200;

const WORDS: Readonly<Record<string, Kind>> = {
  function: 'function', fn: 'function', func: 'function', def: 'function', class: 'class', record: 'class', interface: 'interface', trait: 'interface', struct: 'struct', union: 'struct', enum: 'enum',
  namespace: 'module', module: 'module', mod: 'module', type: 'type', macro_rules: 'macro',
};

const SCRIPT = /^\s*(?:(?:export|default|declare|abstract|const|async)\s+)*(function|class|interface|enum|namespace|type)\b\s*\*?\s*(?<name>[\p{L}_$][\p{L}\p{N}_$]*)/u;
const TYPED = /^\s*(?:(?:public|private|protected|internal|static|final|abstract|sealed|partial|readonly)\s+)*(class|interface|enum|record|struct|namespace)\s+(?<name>\w+)/;
const METHOD = /^\s+(?:(?:public|private|protected|internal|static|final|abstract|override|virtual|async|synchronized)\s+)+[\w<>[\],.?]+\s+(?<name>\w+)\s*\(/;
const C_TYPE = /^\s*(?:typedef\s+)?(class|struct|union|enum|namespace)\s+(?:class\s+)?(?:[A-Z_][A-Z\d_]*\s+)?(?<name>\w+)[^;()]*\{/;
const C_FUNCTION = /^(?!\s|return\b|else\b|typedef\b)[\w\s*&:<>,]*?[\s*&](?:\w+::)*(?<name>~?\w+)\s*\([^;{]*(?:\{.*)?$/;

/** How a declaration begins on its line, by language. */
const LINES: Readonly<Record<Language, readonly RegExp[]>> = {
  typescript: [SCRIPT], tsx: [SCRIPT], javascript: [SCRIPT],
  python: [/^\s*(?:async\s+)?(def|class)\s+(?<name>\w+)/], ruby: [/^\s*(def|class|module)\s+(?:self\.)?(?<name>\w+[?!]?)/],
  go: [/^(func|type)\s+(?:\([^)]*\)\s*)?(?<name>\w+)/], rust: [/^\s*(?:pub(?:\([^)]*\))?\s+)?(?:(?:default|const|async|unsafe|extern(?:\s+"\w+")?)\s+)*(fn|struct|enum|trait|union|mod|type|macro_rules)!?\s+(?<name>\w+)/],
  java: [TYPED, METHOD], csharp: [TYPED, METHOD], c: [C_TYPE, C_FUNCTION], cpp: [C_TYPE, C_FUNCTION],
  php: [/^\s*(?:(?:public|private|protected|static|final|abstract|readonly)\s+)*(function|class|interface|trait|enum)\s+&?(?<name>\w+)/],
};

/** What is declared, by the look of its lines, in the parts of a text that the grammar does not understand: somebody is just writing there. After `endMs` no further line is looked at. */
export function readBrokenLines(text: string, root: Node, { language, endMs }: { language: Language; endMs: number }): CodeSymbol[] {
  const lines = text.split('\n');
  const found: CodeSymbol[] = [];
  for (const row of rowsOfErrors(root)) {
    const line = lines[row] ?? '';
    if (performance.now() > endMs) break;
    if (line.length > MAX_LINE) continue;
    const match = LINES[language].map((pattern) => pattern.exec(line)).find((one) => one !== null);
    const name = match?.groups?.['name'];
    if (match == null || name === undefined || isQuoted(root, { row, column: line.search(/\S/) })) continue;
    found.push({ name, kind: WORDS[match[1] ?? ''] ?? (line.startsWith(' ') ? 'method' : 'function'), line: row + 1 });
  }
  return found;
}

function rowsOfErrors(root: Node): Set<number> {
  const rows = new Set<number>();
  for (const { startPosition, endPosition } of root.isError ? [root] : root.descendantsOfType('ERROR')) {
    for (let row = startPosition.row; row <= endPosition.row && rows.size < MAX_LINES; row++) rows.add(row);
  }
  return rows;
}

function isQuoted(root: Node, place: { row: number; column: number }): boolean {
  return /comment|string|template|heredoc|nowdoc|^text$/.test(root.descendantForPosition(place)?.type ?? '');
}
