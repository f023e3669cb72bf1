// oclif in one file: reading its two hundred would cost a third of the whole start. bin/main.js maps the import to it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { IMPORT, toCode, toModule } from './join-chunks.js';

/** What oclif asks for at once, and needs for help, errors, prompts or plugins without a manifest only. Node's own parts count: it compiles them anew at every start. */
const RARELY_NEEDED = [
  'clean-stack', 'cli-spinners', 'ejs', 'indent-string', 'semver', 'tinyglobby', 'widest-line', 'wrap-ansi',
  'node:child_process', 'node:fs/promises', 'node:perf_hooks', 'node:readline',
];

/** Names of plugins are held against patterns that are mostly plain names; minimatch is loaded for the others. */
const PLAIN_MATCH = `const minimatch_1 = { minimatch: (name, pattern, options) => name === pattern || (/[*?[{(!]/.test(pattern) && require("minimatch").minimatch(name, pattern, options)) };`;

/** The many small files at start are read at once: a thread for each of them takes five times as long. */
const SYNC_FILES = 'const promises_1 = { readFile: async (...given) => require("node:fs").readFileSync(...given), stat: async (path) => require("node:fs").statSync(path) };';

/** The first comparison by the rules of a language loads them all; command ids are plain ASCII. */
const PLAIN_ORDER = ['a.id.localeCompare(b.id)', '(a.id < b.id ? -1 : a.id > b.id ? 1 : 0)'];

/** A plugin nearly always lies beside whoever asks for it. Node's search, which oclif uses, reads and tries much more; it stays for the others. */
const NEAR_FIRST = ['async function findRoot(name, root) {', `$&
    for (const folder of name ? [root, (0, node_path_1.dirname)(root)] : []) {
        const found = \`\${folder}/node_modules/\${name}\`;
        if ((0, fs_1.existsSync)(\`\${found}/package.json\`)) return require("node:fs").realpathSync.native(found);
    }`];

/** Whether this is WSL is asked at every start; the package that oclif asks loads all that may be done about it. */
const ONLY_IS_WSL = ["(await import('wsl-utils')).isWsl", "require('is-wsl').default"];

/** oclif's own files, changed where they keep a start waiting. */
const quickStart = {
  name: 'quick-start',
  setup(bundle) {
    const wanted = new RegExp(`^const (\\w+) = ((?:__importDefault\\()?require\\("(?:${RARELY_NEEDED.join('|')})"\\)\\)?);$`, 'gm');
    bundle.onLoad({ filter: /@oclif[\\/]core[\\/]lib[\\/].*\.js$/ }, ({ path }) => {
      const own = readFileSync(path, 'utf8');
      const source = /[\\/]util[\\/]fs\.js$/.test(path) ? own.replace('const promises_1 = require("node:fs/promises");', SYNC_FILES) : own;
      return { contents: source.replace(wanted, 'const $1 = __lazy(() => $2);').replace('const minimatch_1 = require("minimatch");', PLAIN_MATCH).replaceAll(...PLAIN_ORDER).replace(...NEAR_FIRST).replace(...ONLY_IS_WSL), loader: 'js' };
    });
  },
};

/** @param {string} root */
export async function bundleOclif(root) {
  const names = Object.keys(await import('@oclif/core')).filter((name) => /^[A-Za-z]\w*$/.test(name) && name !== 'default');
  const { outputFiles: [oclif] } = await build({
    absWorkingDir: root, stdin: { contents: "module.exports = require('@oclif/core');", resolveDir: root }, write: false,
    bundle: true, format: 'cjs', platform: 'node', target: 'node22.18', minifySyntax: true, minifyWhitespace: true, legalComments: 'none', logLevel: 'warning',
    external: ['ts-node', 'typescript', 'tsx'], plugins: [quickStart],
    banner: { js: 'const __lazy = (load) => { let loaded; return new Proxy({}, { get: (_, name) => (loaded ??= load())[name] }); };' },
  });
  writeFileSync(join(root, 'dist', 'oclif.code.cjs'), toCode(oclif.text));
  writeFileSync(join(root, 'dist', 'import.cjs'), IMPORT);
  writeFileSync(join(root, 'dist', 'oclif.mjs'), `${toModule('./oclif.code.cjs', names)}export default code;\n`);
}
