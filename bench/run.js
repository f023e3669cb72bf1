// `npm run bench [NAME …]`: every bench of this folder in a process of its own, one JSON object on standard output, tables
// on standard error. Figures of whole processes are those of the built bundle.
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const wanted = process.argv.slice(2);
const names = globSync('bench/*.bench.ts', { cwd: root }).map((file) => basename(file, '.bench.ts')).sort();
const unknown = wanted.find((name) => !names.includes(name));
if (unknown !== undefined) {
  process.stderr.write(`There is no bench ${unknown}; there are: ${names.join(', ')}\n`);
  process.exit(2);
}

spawnSync('node', [join(root, 'scripts', 'build.js'), '--if-changed'], { stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
const results = {};
for (const name of wanted.length > 0 ? wanted : names) {
  const { stdout, status } = spawnSync('node', ['--conditions=pith-source', '--disable-warning=ExperimentalWarning', '--expose-gc', join(root, 'bench', `${name}.bench.ts`)], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], shell: process.platform === 'win32' });
  if (status !== 0) process.exit(status ?? 1);
  results[name] = JSON.parse(stdout);
}
process.stdout.write(`${JSON.stringify({ node: process.version, ...results }, null, 2)}\n`);
