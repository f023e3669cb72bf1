// What is assembled in front of a request, in a repository of fifty thousand files, besides git; and what a step costs after the first.
// Run with: node --conditions=pith-source --expose-gc bench/context.bench.ts
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assemble, type Assembled } from './assemble.ts';
import { median, report } from './measure.ts';

const FILES = 50_000;
const FOLDERS = 500;
const ROUNDS = 15;
const STEPS = 200;

interface Ground { project: string; cwd: string; home: string; read: string[] }

/** A project with instructions in every second folder on the way to the working folder, with imports, and rules. */
function createGround(): Ground {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'pith-bench-')));
  const [project, home] = [join(root, 'project'), join(root, 'home')];
  for (let folder = 0; folder < FOLDERS; folder++) {
    const at = join(project, 'packages', `p${folder}`, 'src');
    mkdirSync(at, { recursive: true });
    for (let file = 0; file < FILES / FOLDERS; file++) writeFileSync(join(at, `file-${file}.ts`), `export const value${file} = ${file};\n`);
  }
  const cwd = join(project, 'packages', 'p7', 'src');
  const read: string[] = [];
  const write = (file: string, text: string): void => {
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, text);
    read.push(file);
  };
  const prose = 'Write what the next reader needs. `code` stays as it is.\n'.repeat(70);
  write(join(home, '.claude', 'CLAUDE.md'), prose);
  write(join(project, 'AGENTS.md'), `Top. @docs/style.md\n${prose}`);
  write(join(project, 'CLAUDE.md'), '@AGENTS.md');
  write(join(project, 'docs', 'style.md'), `Style. @more.md\n${prose}`);
  write(join(project, 'docs', 'more.md'), `More.\n${prose}`);
  write(join(project, 'packages', 'p7', 'AGENTS.md'), `Package.\n${prose}`);
  for (let rule = 0; rule < 20; rule++) write(join(project, '.claude', 'rules', `r${rule}.md`), `---\npaths: "src/${rule}/**"\n---\nRule ${rule}.\n`);
  execFileSync('git', ['init', '-q'], { cwd: project });
  return { project, cwd, home, read };
}

const ground = createGround();
try {
  const assembler = fileURLToPath(new URL('assemble.ts', import.meta.url));
  /** In a process of its own, of the built bundles. */
  const once = (git: boolean): Assembled => JSON.parse(execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', assembler, JSON.stringify({ cwd: ground.cwd, home: ground.home, git })], { encoding: 'utf8' })) as Assembled;
  const cold = Array.from({ length: ROUNDS }, () => once(false));
  const withGit = Array.from({ length: 5 }, () => once(true));
  const warm: number[] = [];
  const bare: number[] = [];
  for (let round = -3; round < ROUNDS; round++) {
    const { firstMs } = await assemble({ ...ground, git: false });
    const startMs = performance.now();
    for (const file of ground.read) readFileSync(file, 'utf8');
    const bareMs = performance.now() - startMs;
    if (round < 0) continue;
    warm.push(firstMs);
    bare.push(bareMs);
  }
  const { stepsMs } = await assemble({ ...ground, git: false, steps: STEPS });
  const stretch = (from: number, to: number): number => median(stepsMs.slice(from, to));
  report('context', [
    { name: `first request, ${FILES} files, new process, no git`, unit: 'ms', must: 60, got: median(cold.map(({ firstMs }) => firstMs)) },
    { name: 'the processor’s time of it', unit: 'ms', must: 60, got: median(cold.map(({ firstCpuMs }) => firstCpuMs)) },
    { name: 'the same, with git beside it', unit: 'ms', must: 560, got: median(withGit.map(({ firstMs }) => firstMs)) },
    { name: 'first request of a further session', unit: 'ms', must: 20, got: median(warm) },
    { name: 'the same beyond bare reads of its files', unit: 'ms', must: 20, got: median(warm) - median(bare) },
    { name: 'a step after the first', unit: 'ms', must: 1, got: stretch(20, 180) },
    { name: `steps ${STEPS - 20} on to steps 20 on`, unit: '×', must: 1.5, got: stretch(STEPS - 20, STEPS - 1) / stretch(20, 40) },
  ]);
} finally {
  rmSync(join(ground.project, '..'), { recursive: true, force: true });
}
