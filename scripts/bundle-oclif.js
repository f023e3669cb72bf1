// oclif in one file: reading its two hundred would cost a third of the whole start. bin/main.js maps the import to it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/** What oclif asks for at once, and needs for help, errors or plugins without a manifest only. */
const RARELY_NEEDED = ['clean-stack', 'cli-spinners', 'ejs', 'indent-string', 'semver', 'tinyglobby', 'widest-line', 'wrap-ansi'];

/** Names of plugins are held against patterns that are mostly plain names; minimatch is loaded for the others. */
const PLAIN_MATCH = `const minimatch_1 = { minimatch: (name, pattern, options) => name === pattern || (/[*?[{(!]/.test(pattern) && require("minimatch").minimatch(name, pattern, options)) };`;

/** Lets those be loaded when they are first used. */
const lazyRequires = {
  name: 'lazy-requires',
  setup(bundle) {
    const wanted = new RegExp(`^const (\\w+) = ((?:__importDefault\\()?require\\("(?:${RARELY_NEEDED.join('|')})"\\)\\)?);$`, 'gm');
    bundle.onLoad({ filter: /@oclif[\\/]core[\\/]lib[\\/].*\.js$/ }, ({ path }) => ({ contents: readFileSync(path, 'utf8').replace(wanted, 'const $1 = __lazy(() => $2);').replace('const minimatch_1 = require("minimatch");', PLAIN_MATCH), loader: 'js' }));
  },
};

/** @param {string} root */
export async function bundleOclif(root) {
  const names = Object.keys(await import('@oclif/core')).filter((name) => /^[A-Za-z]\w*$/.test(name) && name !== 'default');
  await build({
    absWorkingDir: root, stdin: { contents: "module.exports = require('@oclif/core');", resolveDir: root }, outfile: 'dist/oclif.cjs',
    bundle: true, format: 'cjs', platform: 'node', target: 'node22.18', minifySyntax: true, minifyWhitespace: true, legalComments: 'none', logLevel: 'warning',
    external: ['ts-node', 'typescript', 'tsx'], plugins: [lazyRequires],
    banner: { js: 'const __lazy = (load) => { let loaded; return new Proxy({}, { get: (_, name) => (loaded ??= load())[name] }); };' },
  });
  // For `import`: Node would read the whole of the other to find out which names there are.
  const lines = [`import { createRequire } from 'node:module';`, `const core = createRequire(import.meta.url)('./oclif.cjs');`, `export const { ${names.join(', ')} } = core;`, 'export default core;'];
  writeFileSync(join(root, 'dist', 'oclif.mjs'), `${lines.join('\n')}\n`);
}
