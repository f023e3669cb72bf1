import { toMessage } from '@pith/kernel';
import { readPlainYaml } from './plain-yaml.ts';

/** What stands between the two lines `---` at the top of a file, and what follows. */
export interface FrontMatter {
  values: Readonly<Record<string, unknown>>;
  /** The line of each key, from 1. */
  lines: ReadonlyMap<string, number>;
  /** Line ends are single. */
  body: string;
  /** The line that the body begins at. */
  bodyLine: number;
}

/** What is wrong, and in which line of the file. */
export interface FrontMatterFault { text: string; line: number }

/** The library compares each key with all others, and there may be a thousand files. */
const LIMIT_CHARACTERS = 8 * 1024;

/** @returns nothing where the file begins without one */
export async function readFrontMatter(text: string): Promise<FrontMatter | FrontMatterFault | undefined> {
  const lines = toLines(text).split('\n');
  if (lines[0]!.trimEnd() !== '---') return undefined;
  const end = lines.findIndex((line, index) => index > 0 && /^(?:---|\.\.\.)\s*$/.test(line));
  if (end === -1) return { line: 1, text: 'its front matter begins with --- and never ends; close it with a line of ---' };
  const yaml = lines.slice(1, end).join('\n');
  if (yaml.length > LIMIT_CHARACTERS) return { line: 1, text: `its front matter has ${yaml.length} characters; at most ${LIMIT_CHARACTERS} are read` };
  return { body: lines.slice(end + 1).join('\n'), bodyLine: end + 2, ...readPlainYaml(yaml) ?? await parseYaml(yaml) };
}

/** Without a byte order mark, with single line ends. */
export function toLines(text: string): string {
  return text.replace(/^\ufeff/, '').replaceAll(/\r\n?/g, '\n');
}

export function isFault(found: FrontMatter | FrontMatterFault): found is FrontMatterFault {
  return 'text' in found;
}

/** What is not plain is the library’s. */
async function parseYaml(yaml: string): Promise<Pick<FrontMatter, 'values' | 'lines'> | FrontMatterFault> {
  const { isMap, isScalar, LineCounter, parseDocument } = await import('./yaml.ts');
  const counter = new LineCounter();
  // The first line of the file is the opening one.
  const lineOf = (offset: number): number => counter.linePos(offset).line + 1;
  const document = parseDocument(yaml, { lineCounter: counter, prettyErrors: false, logLevel: 'silent' });
  const [error] = document.errors;
  if (error !== undefined) return { line: lineOf(error.pos[0]), text: `its front matter is not YAML: ${toSentence(error.code, error.message)}` };
  const { contents } = document;
  if (contents === null) return { values: {}, lines: new Map() };
  if (!isMap(contents)) return { line: 2, text: 'its front matter is no list of keys with values; write lines as description: What it is for' };
  const lines = new Map(contents.items.map(({ key }) => [isScalar(key) ? String(key.value) : '', isScalar(key) && key.range ? lineOf(key.range[0]) : 2]));
  try {
    return { values: document.toJS({ maxAliasCount: 20 }) as Record<string, unknown>, lines };
  } catch (error) {
    return { line: 2, text: `its front matter is not YAML that is read here: ${toMessage(error)}` };
  }
}

/** What people most often stumble over, with what helps. */
function toSentence(code: string, message: string): string {
  const text = message.split('\n')[0]!.replace(/[.:]?$/, '');
  switch (code) {
    case 'TAB_AS_INDENT': return 'a tab stands where spaces indent; write spaces';
    case 'BLOCK_AS_IMPLICIT_KEY': case 'MULTILINE_IMPLICIT_KEY': return `${text}; a value with a colon belongs into quotes`;
    case 'DUPLICATE_KEY': return 'a key stands there twice; keep one';
    default: return text;
  }
}
