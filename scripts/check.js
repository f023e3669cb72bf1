// Everything that must hold before a change is handed in. `--without-tests` is for CI, which has run them already.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const steps = [
  ['set-up and build', 'node', ['scripts/setup.js', '--build']],
  ['types', 'tsc', ['-p', 'tsconfig.json']],
  ['types as published', 'tsc', ['-p', 'src/kernel/tsconfig.build.json']],
  ['lint', 'oxlint', ['--deny-warnings']],
  ['generated docs', 'node', ['scripts/docs.js', '--check']],
  ['the lock file names no host', 'node', ['scripts/check-lock.js']],
  ...(process.argv.includes('--without-tests') ? [] : [['tests and examples', 'node', ['scripts/mocha.js']]]),
  ['the demo', 'node', ['scripts/demo.js', '--quiet']],
];

for (const [what, command, args] of steps) {
  process.stderr.write(`\n— ${what}\n`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) {
    process.stderr.write(`\n${what}: failed\n`);
    process.exit(status ?? 1);
  }
}
process.stderr.write('\nAll of the check passed.\n');
