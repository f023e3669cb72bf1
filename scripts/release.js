// `npm run release`: builds everything with types, and publishes each package to the registry that npm is set up for. A
// package whose version is there already is passed over. With `--pack FOLDER` tarballs are written instead.
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const at = process.argv.indexOf('--pack');
const target = at < 0 ? undefined : process.argv[at + 1];
const shell = process.platform === 'win32';
const run = (command, args, cwd = root) => spawnSync(command, args, { cwd, stdio: ['ignore', 2, 2], shell }).status ?? 1;

if (!process.argv.includes('--built') && run('node', ['scripts/build.js', '--types']) !== 0) process.exit(1);
// The kernel first and pith last, so that whatever is there can be installed at any moment.
for (const folder of ['src/kernel', ...globSync('plugins/*/package.json', { cwd: root }).map((file) => dirname(file)).sort(), '.']) {
  const { name, version } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  if (target === undefined && spawnSync('npm', ['view', `${name}@${version}`, 'version'], { encoding: 'utf8', shell }).stdout.trim() === version) {
    process.stderr.write(`${name}@${version} is there already\n`);
    continue;
  }
  // Nothing of a package runs, neither here nor where it is installed.
  const args = target === undefined ? ['publish'] : ['pack', '--pack-destination', target];
  if (run('npm', [...args, '--ignore-scripts', '--loglevel=error'], join(root, folder)) !== 0) process.exit(1);
}
