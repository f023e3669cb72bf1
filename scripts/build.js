// Bundles each package into its dist folder, and writes the manifests that spare oclif from loading every command at
// start. Kernel and oclif stay outside of all bundles; everything else heavy goes in, in parts that load when needed. The
// kernel's types lie beside its bundle: hook files are written against them. With --types a mistake in them fails the build.
import { copyFileSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** What the shell parser and the code map load from beside themselves; the parts of a bundle that name one get it. */
const GRAMMARS = ['bash', 'c-sharp', 'cpp', 'go', 'java', 'javascript', 'php', 'python', 'ruby', 'rust', 'tsx', 'typescript'].map((language) => `tree-sitter-${language}.wasm`);
const GRAMMAR = { 'web-tree-sitter.wasm': 'web-tree-sitter/web-tree-sitter.wasm', ...Object.fromEntries(GRAMMARS.map((file) => [file, `@vscode/tree-sitter-wasm/wasm/${file}`])) };
/** Entries that take in what they import (see join-chunks.js); with `run` goes what other commands share with it. */
const JOINED = {
  '.': { 'dist/shipped.js': { isKept: true }, 'dist/commands/run.js': { isKept: true, followers: (name) => name !== 'dist/shipped.js' && name !== 'dist/hook-files/example-child.js' } },
  'src/kernel': { 'dist/index.js': { isKept: true, followers: (name) => name === 'dist/testing.js' } },
};
const stamp = join(root, 'dist', '.built');
const packages = ['src/kernel', ...globSync('plugins/*/package.json', { cwd: root }).map((file) => dirname(file)).sort(), '.'];
if (process.argv.includes('--if-changed') && isFresh()) process.exit(0);

const { build } = await import('esbuild');
const { bundleOclif } = await import('./bundle-oclif.js');
const { usedHooksOnly } = await import('./bundle-tapable.js');
const { joinChunks } = await import('./join-chunks.js');
const { shippedEntry, SHIPPED } = await import('./shipped-entry.js');

await Promise.all(packages.map(async (folder) => {
  const at = join(root, folder);
  rmSync(join(at, 'dist'), { recursive: true, force: true });
  const sources = folder === '.' ? ['src/host/{command-kernel,exit,help,output-guard}.ts', 'src/host/hook-files/example-child.ts', 'src/commands/**/*.ts'] : folder === 'src/kernel' ? ['index.ts', 'testing.ts'] : ['src/index.ts', 'src/commands/**/*.ts'];
  const outbase = folder === 'src/kernel' ? '.' : 'src';
  const entryPoints = sources.flatMap((pattern) => globSync(pattern, { cwd: at })).sort().map((source) => ({ in: source, out: relative(outbase, source).replace(/^host\//, '').slice(0, -'.ts'.length) }));
  if (folder === '.') entryPoints.push({ in: SHIPPED, out: 'shipped' });
  const built = await build({
    absWorkingDir: at, write: false, metafile: true, entryPoints, outdir: 'dist',
    bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node22.18', minifySyntax: true, minifyWhitespace: true, legalComments: 'none',
    external: ['@oclif/core', '@oclif/core/*', '@pith/kernel', '@pith/kernel/*', '@vscode/ripgrep', '@napi-rs/keyring'], conditions: ['pith-source'], logLevel: 'warning',
    // Of React what is meant for use; Ink's inspector is none of that. Of undici what speaks HTTP/1.1.
    define: { 'process.env.NODE_ENV': '"production"' }, alias: { 'react-devtools-core': join(root, 'scripts', 'no-devtools.js'), 'node:http2': join(root, 'scripts', 'no-http2.cjs') },
    chunkNames: 'chunks/[name]-[hash]', plugins: folder === '.' ? [shippedEntry(root)] : folder === 'src/kernel' ? [usedHooksOnly] : [],
  });
  const outputFiles = await joinChunks(built, { at, joined: JOINED[folder] ?? { 'dist/index.js': {} } });
  for (const { path, text } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, path.endsWith('.cjs') ? text : finish(text));
    for (const [name, file] of Object.entries(GRAMMAR)) if (text.includes(name)) copyFileSync(join(root, 'node_modules', file), join(dirname(path), name));
  }
}));

/** `require`, which modules do not have, is made only where bundled CommonJS asks for it. */
function finish(text) {
  return /\brequire\b/.test(text) ? `import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);\n${text}` : text;
}

const types = spawn(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', join(root, 'src', 'kernel', 'tsconfig.build.json')], { stdio: ['ignore', process.argv.includes('--types') ? 'inherit' : 'ignore', 2] });
const typed = once(types, 'close');
await bundleOclif(root);
// Every start passes it, before any module is needed: one file of CommonJS is read in a tenth of the time.
await build({ absWorkingDir: root, entryPoints: ['src/host/gate.ts'], outfile: 'dist/gate.cjs', bundle: true, format: 'cjs', platform: 'node', target: 'node22.18', minifySyntax: true, minifyWhitespace: true, legalComments: 'none', logLevel: 'warning' });
await writeManifests();
const [status] = await typed;
if (process.argv.includes('--types')) process.exitCode = status ?? 1;
mkdirSync(dirname(stamp), { recursive: true });
writeFileSync(stamp, '');

async function writeManifests() {
  const commands = [];
  const topics = [];
  const { Plugin } = await import('@oclif/core/config');
  const { settings } = await import('@oclif/core/settings');
  settings.enableAutoTranspile = false;
  const { oclif: { plugins: shipped } } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const folder of packages) {
    const at = join(root, folder);
    const { name, oclif } = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8'));
    if (oclif === undefined) continue;
    const plugin = new Plugin({ root: at, errorOnManifestCreate: true, ignoreManifest: true, respectNoCacheDefault: true });
    await plugin.load();
    writeFileSync(join(at, 'oclif.manifest.json'), `${JSON.stringify(plugin.manifest, null, 2)}\n`);
    // Of those that are installed when wanted, the help knows nothing before they are.
    if (folder !== '.' && !shipped.includes(name)) continue;
    commands.push(...Object.values(plugin.manifest.commands));
    topics.push(...plugin.topics);
  }
  await writeHelpIndex(commands, topics);
}

/** What run.js needs to answer --help without oclif, as long as nothing but the shipped plugins is installed. */
async function writeHelpIndex(commands, topics) {
  const { version, oclif } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const name of oclif.plugins.filter((plugin) => !plugin.startsWith('@pith/'))) {
    commands.push(...Object.values(JSON.parse(readFileSync(join(root, 'node_modules', name, 'oclif.manifest.json'), 'utf8')).commands));
  }
  const { default: { toIndex } } = await import('../bin/root-help.js');
  writeFileSync(join(root, 'dist', 'root-help.json'), JSON.stringify(toIndex(commands, topics, version)));
}

function isFresh() {
  if (!existsSync(stamp)) return false;
  const builtMs = statSync(stamp).mtimeMs;
  const watched = ['package.json', 'package-lock.json', 'scripts/build.js', 'scripts/bundle-oclif.js', 'scripts/bundle-tapable.js', 'scripts/join-chunks.js', 'scripts/shipped-entry.js', 'bin/root-help.js', ...globSync(['src/**/*.{ts,json}', 'plugins/*/src/**/*.{ts,json}', 'plugins/*/package.json'], { cwd: root, exclude: (name) => name === 'node_modules' || name === 'dist' })];
  return watched.every((file) => statSync(join(root, file)).mtimeMs < builtMs) && packages.every((folder) => existsSync(join(root, folder, 'dist')));
}

