// What `npm start` and `npm test` need before they begin, on any Node from 20 on: installed packages, the right
// runtime, and with --build an up-to-date build. Does nothing where nothing is to be done.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const marker = `${root}node_modules/.pith-installed`;

function run(command, args) {
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  if (result.status !== 0) process.exit(result.status ?? 1);
}

const lock = createHash('sha256').update(readFileSync(`${root}package-lock.json`)).digest('hex');
if (!existsSync(marker) || readFileSync(marker, 'utf8') !== lock) {
  process.stderr.write('Installing packages (once) …\n');
  const npm = process.env.npm_execpath;
  if (npm?.endsWith('.js')) run(process.execPath, [npm, 'ci']);
  else run('npm', ['ci']);
  writeFileSync(marker, lock);
}

const node = `${root}node_modules/.bin/node${process.platform === 'win32' ? '.cmd' : ''}`;
const found = existsSync(node) ? spawnSync(node, ['--version'], { encoding: 'utf8', shell: process.platform === 'win32' }).stdout?.trim() : process.version;
const [major, minor] = (found || 'v0.0').slice(1).split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(`pith needs Node 22.18 or newer and found ${found || 'none'}: the package "node" was installed without its install script. Run: npm ci --allow-scripts=node (or npm rebuild node), or use a newer Node.\n`);
  process.exit(1);
}

if (process.argv.includes('--build')) run(existsSync(node) ? node : process.execPath, [`${root}scripts/build.js`, '--if-changed']);
