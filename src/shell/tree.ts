import type { Language, Parser, Tree, TreeCursor } from 'web-tree-sitter';

/** From where to where, in UTF-16 units. */
export type Range = readonly [start: number, end: number];

/** What the grammar takes for commands and redirects. */
export interface TreeReading {
  /** Words of each command, the program first; of `[` the program alone. */
  commands: Range[][];
  /** Targets of redirects; of a here-document its delimiter. */
  targets: Range[];
  hasError: boolean;
}

type Role = 'command' | 'declaration' | 'test' | 'redirect' | 'heredoc' | 'delimiter' | 'skip';

const ROLES: Readonly<Record<string, Role>> = {
  command: 'command', declaration_command: 'declaration', unset_command: 'declaration', test_command: 'test',
  file_redirect: 'redirect', herestring_redirect: 'redirect', heredoc_redirect: 'heredoc', heredoc_start: 'delimiter',
  variable_assignment: 'skip', comment: 'skip',
};

/** A node whose children are looked at. */
interface Open { role: Role; depth: number; words: Range[]; last: Range | undefined; end: number }

const PIECE_LENGTH = 256;

/** Reads a text by the grammar. */
export function readTree(parser: Parser, text: string): TreeReading {
  // In small pieces: the grammar goes back often, and each time a piece is copied whole.
  const tree = parser.parse((index) => text.slice(index, index + PIECE_LENGTH)) as Tree;
  const cursor = tree.walk();
  try {
    return { ...walk(cursor, rolesOf(parser.language!), text), hasError: tree.rootNode.hasError };
  } finally {
    cursor.delete();
    tree.delete();
  }
}

let roles: ReadonlyMap<number, Role> | undefined;

/** By number: reading a number out of the grammar is several times faster than reading a name. */
function rolesOf(language: Language): ReadonlyMap<number, Role> {
  return roles ??= new Map(language.types.flatMap((type, id): [number, Role][] => (type !== null && Object.hasOwn(ROLES, type) ? [[id, ROLES[type]!]] : [])));
}

function walk(cursor: TreeCursor, known: ReadonlyMap<number, Role>, text: string): Pick<TreeReading, 'commands' | 'targets'> {
  const reading = { commands: [] as Range[][], targets: [] as Range[] };
  const open: Open[] = [];
  for (let depth = 0; ;) {
    const role = known.get(cursor.nodeTypeId);
    const parent = open.at(-1);
    if (parent?.depth === depth - 1) addChild(parent, role, [cursor.startIndex, cursor.endIndex]);
    if (role !== undefined && role !== 'skip' && role !== 'delimiter') open.push({ role, depth, words: [], last: undefined, end: cursor.endIndex });
    if (cursor.gotoFirstChild()) { depth++; continue; }
    for (;;) {
      const isOpen = open.at(-1)?.depth === depth;
      const hasNext = cursor.gotoNextSibling();
      if (isOpen) close(open.pop()!, hasNext ? cursor.startIndex : undefined);
      if (hasNext) break;
      if (!cursor.gotoParent()) return reading;
      depth--;
    }
  }

  function addChild(parent: Open, role: Role | undefined, range: Range): void {
    parent.last = range;
    if (role === 'redirect' || role === 'heredoc') return;
    if (role === 'delimiter') reading.targets.push(range);
    else if (parent.role === 'declaration' || role !== 'skip') parent.words.push(range);
  }

  /** @param next where what follows it begins */
  function close({ role, words, last, end }: Open, next: number | undefined): void {
    if (role === 'redirect' && last !== undefined) reading.targets.push(last);
    if (role === 'test' && words.length > 0 && text.slice(...words[0]!) === '[') reading.commands.push(words.slice(0, 1));
    if (role !== 'command' && role !== 'declaration') return;
    // The grammar loses a lone dash in front of a here-document.
    const gap = next === undefined ? '' : text.slice(end, next);
    if (gap.trim() === '-') words.push([end + gap.indexOf('-'), end + gap.indexOf('-') + 1]);
    const kept = withoutTime(words, text);
    if (kept.length > 0) reading.commands.push(kept);
  }
}

/** The grammar takes `time` for a program, and arithmetic for one; bash does not. */
function withoutTime(words: Range[], text: string): Range[] {
  const sourceAt = (index: number): string => (words[index] === undefined ? '' : text.slice(...words[index]));
  if (words[0] === undefined || text.startsWith('((', words[0][0])) return [];
  if (sourceAt(0) !== 'time') return words;
  let first = sourceAt(1) === '-p' ? 2 : 1;
  while (/^[A-Za-z_]\w*\+?=/.test(sourceAt(first))) first++;
  return words.slice(first);
}
