// `npm start`: pith does its job on a copy of a small project with a failing test. The model's replies come from a file;
// the reading, editing and running are real, and the file's expectations fail when they do not happen.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const demo = join(root, 'examples', '00-demo');
const folder = mkdtempSync(join(tmpdir(), 'pith-demo-'));
const project = join(folder, 'project');
cpSync(join(demo, 'project'), project, { recursive: true });

const task = 'A test fails. Find out why, and mend the code.';
const args = [
  join(root, 'bin', 'run.js'), 'run', '--cwd', project, '--model', join(demo, 'conversation.json'),
  '--mode', 'acceptEdits', '--allow', 'Bash(node --test)', '--stream', task, ...process.argv.slice(2),
];
process.stderr.write(`$ pith run --model examples/00-demo/conversation.json --mode acceptEdits --allow "Bash(node --test)" "${task}"\n\n`);
// Its sessions and settings go with the demo; the home folder stays as it is.
const result = spawnSync(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, PITH_HOME: join(folder, 'home') } });
if (result.status === 0) process.stderr.write(`\nsrc/basket.js is now:\n${readFileSync(join(project, 'src', 'basket.js'), 'utf8')}\n`);
rmSync(folder, { recursive: true, force: true });
process.exit(result.status ?? 1);
