// Starts mocha with the runtime that npm put into node_modules/.bin, whatever Node npm itself runs on.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const args = process.argv.slice(2);
const soak = args.includes('--soak');
const result = spawnSync('mocha', args.filter((argument) => argument !== '--soak'), {
  cwd: root, stdio: 'inherit', shell: process.platform === 'win32',
  env: { ...process.env, ...(soak ? { PITH_SOAK: '1' } : {}) },
});
process.exit(result.status ?? 1);
