import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createPlace, type Place } from '../support/pith.ts';

export interface Ground extends Place {
  /** The root of the cases: a plain repository with links that lead astray. */
  root: string;
  /** What lies above it: `elsewhere`, repositories whose settings run a program, `root-link` to the root. */
  top: string;
}

const FILES = [
  'README.md', 'package.json', 'Makefile', '.env', '.env.example', '.gitignore', 'src/a.ts', 'src/b.ts', 'src/env.ts', 'src/deep/c.ts', 'docs/guide.md', 'docs/with space.md', 'secrets/key.pem', 'secrets/keep.pem',
  'scripts/check.sh', 'scripts/lint.js', 'packages/app/package.json', 'vendor/readme.md', 'policy/guard.ts', 'tests/a.test.ts', 'test/a.test.ts',
];
const LINKS = { 'out': '../elsewhere', 'leak.txt': '../elsewhere/secret.txt', 'notes': '..', 'inlink': 'src', 'env-link': '.env', 'gitlink': '.git', 'secret-link': 'secrets', 'dangling': '../elsewhere/missing', 'loop': 'loop' };

/** What makes `git status` or `git diff` run a program, by the folder that has it. */
const TRAPS = {
  'trapped': '[core]\n\tfsmonitor = ./x\n', 'trapped-diff': '[diff]\n\texternal = ./x\n', 'trapped-filter': '[filter "trap"]\n\tclean = ./x\n', 'trapped-include': '[include]\n\tpath = ../../trapped/.git/config\n', 'trapped-textconv': '[diff "trap"]\n\ttextconv = ./x\n',
};

/** The folder that the cases speak of, in a place of its own. */
export async function createGround(): Promise<Ground> {
  const place = await createPlace();
  const root = place.folder;
  const top = dirname(root);
  const write = (file: string, content = 'some text\n'): void => {
    mkdirSync(dirname(join(top, file)), { recursive: true });
    writeFileSync(join(top, file), content);
  };
  for (const file of FILES) write(join('project', file));
  write('project/pith.config.ts', 'export default { hooks: [\'./policy/guard.ts\'] };\n');
  write('elsewhere/secret.txt');
  write('trapped/README.md');
  for (const [link, target] of Object.entries(LINKS)) symlinkSync(target, join(root, link));
  symlinkSync('project', join(top, 'root-link'));
  const git = (cwd: string, ...args: string[]): unknown => execFileSync('git', args, { cwd, env: place.env, stdio: 'ignore' });
  git(root, 'init', '-q', '-b', 'main');
  for (const [name, settings] of Object.entries(TRAPS)) {
    git(top, 'init', '-q', '-b', 'main', name);
    appendFileSync(join(top, name, '.git/config'), settings);
    write(join(name, '.gitattributes'), '* diff=trap filter=trap\n');
  }
  // The settings of a repository elsewhere, and of one that lies open in the folder.
  write('trapped-file/.git', 'gitdir: ../trapped/.git\n');
  git(top, 'init', '-q', '--bare', '-b', 'main', 'trapped-bare');
  appendFileSync(join(top, 'trapped-bare/config'), TRAPS.trapped);
  return { ...place, root, top };
}
