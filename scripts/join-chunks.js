// One file for everything that an entry imports at once: opening a module costs half a millisecond, however small it is.
import { createHash } from 'node:crypto';
import { basename, join, posix, relative, sep } from 'node:path';
import { build } from 'esbuild';

/** Of the files that bin/code.js loads. */
const CODE_ENDING = '.code.cjs';

/**
 * Moves the chunks that an entry imports at once into it. The parts that load later find them there: of each chunk a line
 * stays that hands on what is in the entry now, so there is still one copy of it in a process. A chunk that another entry
 * imports at once stays where it is, unless that entry is named in `followers`: loading one must not load the other.
 * @param built what esbuild made with a metafile, in the working folder `at`
 * @param joined by entry, as it is named there: which of the others may load it, and whether bin/code.js keeps what V8 makes
 * of it. Then the code itself is CommonJS in a file of its own, and the entry exports what is in there.
 * @returns the files to be written
 */
export async function joinChunks({ outputFiles, metafile: { outputs } }, { at, joined }) {
  const texts = new Map(outputFiles.map(({ path, text }) => [relative(at, path).replaceAll(sep, '/'), text]));
  for (const [name, text] of texts) texts.set(name, withoutHelpers(text, (path) => outputs[posix.join(posix.dirname(name), path)]));

  for (const [entry, { followers = () => false, isKept }] of Object.entries(joined)) {
    const needed = neededBy([entry], { texts, outputs });
    const kept = neededBy(entriesOf(outputs).filter((name) => name !== entry && !followers(name)), { texts, outputs });
    const chunks = [...needed].filter((name) => !kept.has(name));
    if (chunks.length > 0) await joinInto({ texts, outputs }, { entry, chunks, isKept });
  }
  return [...texts].map(([name, text]) => ({ path: join(at, name), text }));
}

/** esbuild imports its own helpers for their effect, too; they have none. */
function withoutHelpers(text, find) {
  return text.replaceAll(/import"(\.\.?\/[^"]+)";/g, (statement, path) => (Object.keys(find(path)?.inputs ?? { unknown: path }).length === 0 ? '' : statement));
}

/** What esbuild calls an entry is also what is loaded later, by `import()`. */
function entriesOf(outputs) {
  const later = new Set(Object.values(outputs).flatMap(({ imports }) => imports.filter(({ kind }) => kind === 'dynamic-import').map(({ path }) => path)));
  return Object.keys(outputs).filter((name) => outputs[name].entryPoint !== undefined && !later.has(name));
}

function neededBy(names, { texts, outputs }, seen = new Set()) {
  for (const name of names) {
    const paths = outputs[name].imports.filter(({ path, kind, external }) => kind === 'import-statement' && !external && texts.get(name).includes(basename(path))).map(({ path }) => path);
    for (const path of paths) if (!seen.has(path)) neededBy([path], { texts, outputs }, seen.add(path));
  }
  return seen;
}

async function joinInto({ texts, outputs }, { entry, chunks, isKept }) {
  // Never among commands: oclif would take it for one.
  const code = isKept ? posix.join(entry.split('/')[0], basename(entry, '.js')) + CODE_ENDING : entry;
  const handedOn = chunks.map((name, index) => ({ name, exports: outputs[name].exports.map((exported) => ({ exported, as: `chunk${index}_${exported}` })) }));
  const contents = [
    `export * from '/${entry}';`, ...(outputs[entry].exports.includes('default') ? [`export { default } from '/${entry}';`] : []),
    ...handedOn.flatMap(({ name, exports }) => exports.map(({ exported, as }) => `export { ${exported} as ${as} } from '/${name}';`)),
  ].join('\n');
  const { outputFiles: [joined] } = await build({
    stdin: { contents }, bundle: true, write: false, format: isKept ? 'cjs' : 'esm', platform: 'node', target: 'node22.18', minifySyntax: true, minifyWhitespace: true, legalComments: 'none', logLevel: 'warning',
    plugins: [fromMemory(texts, { code, parts: [entry, ...chunks] })],
  });
  texts.set(code, isKept ? toCode(`"use strict";${joined.text}`) : joined.text);
  if (isKept) {
    texts.set(posix.join(posix.dirname(code), 'import.cjs'), IMPORT);
    const names = [...outputs[entry].exports, ...handedOn.flatMap(({ exports }) => exports.map(({ as }) => as))];
    texts.set(entry, toModule(toImport(entry, code), names));
  }
  for (const { name, exports } of handedOn) texts.set(name, `export{${exports.map(({ exported, as }) => `${as} as ${exported}`).join(',')}}from"${toImport(name, entry)}";\n`);
}

/** What is run from kept code cannot import by itself. */
export const IMPORT = 'module.exports = (address) => import(address);\n';

/** CommonJS as bin/code.js loads it, which knows it again by the first line; IMPORT lies beside it. */
export function toCode(text) {
  const code = text.replaceAll(/(?<![\w$."'`])import\((?!\))/g, 'require("./import.cjs")(');
  return `// ${createHash('sha256').update(code).digest('hex').slice(0, 16)}\n${code}`;
}

/** A module that exports what a file of CommonJS does. Node would read the whole of the file to find out which names there are. */
export function toModule(file, names) {
  const named = [...new Set(names)].filter((name) => name !== 'default');
  return [
    "import { createRequire } from 'node:module';", `const code = createRequire(import.meta.url)('${file}');`, `export const { ${named.join(', ')} } = code;`,
    ...(names.includes('default') ? ['export default code.default;'] : []), '',
  ].join('\n');
}

/** Finds the parts among the texts; everything else stays an import, as it is seen from the entry. */
function fromMemory(texts, { code, parts }) {
  return {
    name: 'from-memory',
    setup(bundle) {
      bundle.onResolve({ filter: /.*/ }, ({ path, kind, importer }) => {
        if (!/^[./]/.test(path)) return { path, external: true };
        const name = posix.join(posix.dirname(importer), path).replace(/^\//, '');
        return kind === 'import-statement' && parts.includes(name) ? { path: name, namespace: 'built' } : { path: toImport(code, name), external: true };
      });
      bundle.onLoad({ filter: /.*/, namespace: 'built' }, ({ path }) => ({ contents: texts.get(path), loader: 'js' }));
    },
  };
}

function toImport(from, name) {
  const path = posix.relative(posix.dirname(from), name);
  return path.startsWith('.') ? path : `./${path}`;
}
