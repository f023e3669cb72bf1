import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Language as Grammar, Parser, Query } from 'web-tree-sitter';
import type { Language } from './language.ts';

/** A language's grammar, in its file, and what is asked of its trees. */
interface Source { file: string; query(): Promise<string> }

const SOURCES: Readonly<Record<Language, Source>> = {
  typescript: { file: 'tree-sitter-typescript.wasm', query: async () => (await import('./queries/typescript.ts')).default },
  tsx: { file: 'tree-sitter-tsx.wasm', query: async () => (await import('./queries/typescript.ts')).tsx },
  javascript: { file: 'tree-sitter-javascript.wasm', query: async () => (await import('./queries/javascript.ts')).default },
  python: { file: 'tree-sitter-python.wasm', query: async () => (await import('./queries/python.ts')).default },
  go: { file: 'tree-sitter-go.wasm', query: async () => (await import('./queries/go.ts')).default },
  rust: { file: 'tree-sitter-rust.wasm', query: async () => (await import('./queries/rust.ts')).default },
  java: { file: 'tree-sitter-java.wasm', query: async () => (await import('./queries/java.ts')).default },
  // The package has no grammar of C alone; that of C++ reads it.
  c: { file: 'tree-sitter-cpp.wasm', query: async () => (await import('./queries/c.ts')).default },
  cpp: { file: 'tree-sitter-cpp.wasm', query: async () => (await import('./queries/cpp.ts')).default },
  csharp: { file: 'tree-sitter-c-sharp.wasm', query: async () => (await import('./queries/csharp.ts')).default },
  ruby: { file: 'tree-sitter-ruby.wasm', query: async () => (await import('./queries/ruby.ts')).default },
  php: { file: 'tree-sitter-php.wasm', query: async () => (await import('./queries/php.ts')).default },
};

export interface Reader { parser: Parser; query: Query; language: Language }

let runtime: Promise<void> | undefined;
const readers = new Map<Language, Promise<Reader>>();

/** The parser of a language, loaded when a first file of it is met: 10 to 50 ms. */
export function loadReader(language: Language): Promise<Reader> {
  let reader = readers.get(language);
  if (reader === undefined) readers.set(language, reader = load(language));
  return reader;
}

async function load(language: Language): Promise<Reader> {
  const { file, query } = SOURCES[language];
  await (runtime ??= Parser.init({ locateFile: () => findFile('web-tree-sitter.wasm', 'web-tree-sitter/web-tree-sitter.wasm') }));
  const grammar = await Grammar.load(await readFile(findFile(file, `@vscode/tree-sitter-wasm/wasm/${file}`)));
  const parser = new Parser();
  parser.setLanguage(grammar);
  return { parser, query: new Query(grammar, await query()), language };
}

/** A bundle has its files beside it; the sources have them in their packages. */
function findFile(name: string, inPackage: string): string {
  const beside = fileURLToPath(new URL(name, import.meta.url));
  return existsSync(beside) ? beside : createRequire(import.meta.url).resolve(inPackage);
}
