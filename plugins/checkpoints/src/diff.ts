import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join, parse, relative, sep } from 'node:path';
import { isWithin } from '@pith/files';
import { type Entry, isKept, isLeft } from './entry.ts';
import { type Git, runGit } from './git.ts';
import type { Step } from './plan.ts';

const DIFF_BYTES_MAX = 256 * 1024;

/**
 * From what there is to what it was, as a unified diff; a long one is cut, which its last line says. All bytes are in the store already.
 * @param cwd where all of them lie below it, they are named from there
 */
export async function drawDiff(git: Git, steps: readonly Step[], cwd: string | undefined): Promise<string> {
  const drawn = steps.filter(({ found, target }) => !isLeft(found) && !isLeft(target) && (isKept(found) || isKept(target)));
  const isBelow = cwd !== undefined && drawn.every(({ path }) => isWithin(path, cwd));
  const nameOf = ({ path }: Step): string => relative(isBelow ? cwd : parse(path).root, path).split(sep).join('/');
  const [from, to] = [await writeTree(git, drawn, { nameOf, pick: ({ found }) => found }), await writeTree(git, drawn, { nameOf, pick: ({ target }) => target })];
  const { stdout } = await runGit(git, ['diff-tree', '-r', '-p', '--no-color', '--no-ext-diff', '--no-textconv', '--no-renames', from, to]);
  if (stdout.length <= DIFF_BYTES_MAX) return stdout.toString();
  const text = stdout.toString('utf8', 0, DIFF_BYTES_MAX);
  return `${text.slice(0, text.lastIndexOf('\n') + 1)}… cut: it has ${stdout.length} bytes\n`;
}

async function writeTree(git: Git, steps: readonly Step[], { nameOf, pick }: { nameOf: (step: Step) => string; pick: (step: Step) => Entry }): Promise<string> {
  const index = join(git.store, `index.${randomUUID()}`);
  const env = { GIT_INDEX_FILE: index };
  const lines = steps.flatMap((step) => {
    const entry = pick(step);
    return !isKept(entry) ? [] : [`${entry.link ? '120000' : entry.mode & 0o100 ? '100755' : '100644'} ${entry.id}\t${nameOf(step)}\0`];
  });
  try {
    await runGit(git, ['update-index', '-z', '--index-info'], { env, input: lines.join('') });
    return (await runGit(git, ['write-tree', '--missing-ok'], { env })).stdout.toString().trim();
  } finally {
    rmSync(index, { force: true });
  }
}
