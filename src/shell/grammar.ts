import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { Language, Parser } from 'web-tree-sitter';

/**
 * What the grammar may do before V8 compiles its large functions anew, by its own count, and V8's default. That takes half a
 * second of a processor, a few lines are enough for it by default, and the process does not end before it has.
 */
const [TIERING_BUDGET, DEFAULT_BUDGET] = [2_000_000_000, 13_000_000];

let parser: Promise<Parser> | undefined;

/** The grammar of bash, loaded once in a process (about 20 ms). */
export function loadParser(): Promise<Parser> {
  return parser ??= load();
}

async function load(): Promise<Parser> {
  const [runtime, bash] = [findFile('web-tree-sitter.wasm', 'web-tree-sitter/web-tree-sitter.wasm'), findFile('tree-sitter-bash.wasm', '@vscode/tree-sitter-wasm/wasm/tree-sitter-bash.wasm')];
  setFlagsFromString(`--wasm-tiering-budget=${TIERING_BUDGET}`);
  try {
    await Parser.init({ locateFile: () => runtime });
    const made = new Parser();
    made.setLanguage(await Language.load(await readFile(bash)));
    return made;
  } finally {
    setFlagsFromString(`--wasm-tiering-budget=${DEFAULT_BUDGET}`);
  }
}

/** A bundle has its files beside it; the sources have them in their packages. */
function findFile(name: string, inPackage: string): string {
  const beside = fileURLToPath(new URL(name, import.meta.url));
  return existsSync(beside) ? beside : createRequire(import.meta.url).resolve(inPackage);
}
