import type { Role } from '../span.ts';
import type { Node } from './lowlight.js';

/** Code as pieces with a role each, in order; nothing for a language that is not known. */
export type Highlighter = (code: string, language: string) => Piece[] | undefined;

export interface Piece { text: string; role?: Role }

/** By the first word of what the library calls them. */
const ROLES: Readonly<Record<string, Role>> = {
  keyword: 'keyword', literal: 'keyword', operator: 'keyword', selector: 'keyword', tag: 'keyword', meta: 'comment', comment: 'comment', quote: 'comment', doctag: 'comment',
  string: 'string', regexp: 'string', char: 'string', link: 'string', addition: 'added', deletion: 'removed', number: 'number', symbol: 'number', bullet: 'number',
  title: 'name', name: 'name', section: 'name', attr: 'name', attribute: 'name', property: 'name', type: 'type', class: 'type', built_in: 'type', strong: 'strong', emphasis: 'emphasis',
};

/** The grammars of the usual languages, loaded when there is code to show. */
export async function loadHighlighter(): Promise<Highlighter> {
  const { lowlight } = await import('./lowlight.js');
  return (code, language) => {
    const name = language.toLowerCase();
    return lowlight.registered(name) ? [...toPieces(lowlight.highlight(name, code), undefined)] : undefined;
  };
}

function* toPieces(node: Node, role: Role | undefined): Generator<Piece> {
  if (node.type === 'text') yield role === undefined ? { text: node.value ?? '' } : { text: node.value ?? '', role };
  const inner = roleOf(node.properties?.className) ?? role;
  for (const child of node.children ?? []) yield* toPieces(child, inner);
}

function roleOf(className: unknown): Role | undefined {
  if (!Array.isArray(className)) return undefined;
  const name = String(className[0]).replace(/^hljs-/, '');
  return ROLES[name] ?? ROLES[name.split('-')[0]!];
}
