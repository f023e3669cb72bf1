import type { Node, Parser, Tree, TreeCursor } from 'web-tree-sitter';

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

/** Reads a text by the grammar. */
export function readTree(parser: Parser, text: string): TreeReading {
  const tree = parser.parse(text) as Tree;
  try {
    const reading: TreeReading = { commands: [], targets: [], hasError: tree.rootNode.hasError };
    const cursor = tree.walk();
    walk(cursor, (node) => visit(node, text, reading));
    cursor.delete();
    return reading;
  } finally {
    tree.delete();
  }
}

const VISITED = new Set(['command', 'declaration_command', 'unset_command', 'test_command', 'file_redirect', 'heredoc_redirect', 'herestring_redirect']);

function walk(cursor: TreeCursor, take: (node: Node) => void): void {
  for (;;) {
    if (VISITED.has(cursor.nodeType)) take(cursor.currentNode);
    if (cursor.gotoFirstChild()) continue;
    while (!cursor.gotoNextSibling()) if (!cursor.gotoParent()) return;
  }
}

function visit(node: Node, text: string, reading: TreeReading): void {
  switch (node.type) {
    case 'command': {
      const words = wordsOf(node);
      if (words.length > 0) reading.commands.push(words);
      return;
    }
    case 'declaration_command': case 'unset_command':
      reading.commands.push(node.children.filter((child) => child !== null && !isRedirect(child.type)).map((child) => [child!.startIndex, child!.endIndex]));
      return;
    case 'test_command':
      if (text[node.startIndex + 1] !== '[') reading.commands.push([[node.startIndex, node.startIndex + 1]]);
      return;
    case 'heredoc_redirect': {
      const start = node.children.find((child) => child?.type === 'heredoc_start');
      if (start != null) reading.targets.push([start.startIndex, start.endIndex]);
      return;
    }
    default: {
      const target = node.lastChild;
      if (target !== null) reading.targets.push([target.startIndex, target.endIndex]);
    }
  }

  function wordsOf(command: Node): Range[] {
    const words = command.children.flatMap((child): Range[] => (child === null || child.type === 'variable_assignment' || child.type === 'comment' || isRedirect(child.type) ? [] : [[child.startIndex, child.endIndex]]));
    const sourceAt = (index: number): string => (words[index] === undefined ? '' : text.slice(...words[index]));
    if (sourceAt(0).startsWith('((')) return [];
    // The grammar takes `time` for a program; it stands in front of one.
    let first = 0;
    if (sourceAt(0) === 'time') {
      first = sourceAt(1) === '-p' ? 2 : 1;
      while (/^[A-Za-z_]\w*\+?=/.test(sourceAt(first))) first++;
    }
    return words.slice(first);
  }
}

const isRedirect = (type: string): boolean => type.endsWith('_redirect');
