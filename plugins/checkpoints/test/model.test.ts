import assert from 'node:assert/strict';
import { array, assert as assertProperty, asyncProperty, constantFrom, nat, oneof, record } from 'fast-check';
import type { Checkpoint } from '@pith/kernel';
import { fileTool } from './file-tool.ts';
import { startCheckpoints, type Started } from './start-checkpoints.ts';

const SOAK = process.env['PITH_SOAK'] !== undefined;
const SEQUENCES = SOAK ? 300 : 4;

interface Changing { kind: 'edit' | 'shell'; path: string; content: string; what: number }
type Op = Changing | { kind: 'undo' | 'redo' };

/** Names that collide, so that files, folders and links take each other's place. */
const PATHS = ['a', 'a/b', 'd/e', 'd/e/f', "ö 'q'", '-n', 'line\nbreak', ':x'];
const COMMANDS: readonly ((path: string, text: string) => string)[] = [
  (path, text) => `rm -rf -- ${path} && mkdir -p -- "$(dirname -- ${path})" && printf %s ${text} > ${path}`,
  (path) => `rm -rf -- ${path}`,
  (path) => `if [ -f ${path} ]; then chmod 700 -- ${path}; fi`,
  (path, text) => `rm -rf -- ${path} && mkdir -p -- "$(dirname -- ${path})" && ln -s -- ${text} ${path}`,
  (path) => `[ ! -e ${path} ] || mv -f -- ${path} moved-aside`,
  (path) => `rm -rf -- ${path} && mkdir -p -- ${path} && printf '\\0\\377' > ${path}/bin && chmod 600 -- ${path}/bin`,
  (path) => `rm -rf -- ${path} && mkdir -p -- ${path}/empty/er`,
  (path) => `[ ! -d ${path} ] || find ${path} -type f -delete`,
  (path) => `rm -rf -- ${path} && mkdir -p -- ${path} && yes large | head -c 3000000 > ${path}/text && head -c 1000000 /dev/urandom > ${path}/binary`,
  (path, text) => `printf %s ${text} >> own.ignored && rm -rf -- ${path}`,
  () => 'ls -la',
];

const op = oneof(
  { weight: 6, arbitrary: record<Changing>({ kind: constantFrom('edit', 'shell'), path: constantFrom(...PATHS), content: constantFrom('', 'one\n', 'two\r\n', 'three'), what: nat(COMMANDS.length - 1) }) },
  { weight: 3, arbitrary: record({ kind: constantFrom('undo' as const, 'redo' as const) }) },
);

describe('checkpoints beside a model', function () {
  this.timeout(SOAK ? 1_200_000 : 120_000);

  it(`brings back the tree bit by bit, in ${SEQUENCES} sequences of edits, commands, undo and redo`, async () => {
    await assertProperty(asyncProperty(array(op, { minLength: 2, maxLength: SOAK ? 10 : 6 }), async (ops) => {
      const test = await startCheckpoints({ files: { a: 'begin\n', 'd/x': 'x', 'only/empty/own.ignored': 'x', '.gitignore': '*.ignored\n' }, plugins: [fileTool] });
      try {
        await play(test, ops);
      } finally {
        await test.close();
      }
    }), { numRuns: SEQUENCES, ...(SOAK ? {} : { seed: 7 }) });
  });
});

/** The model: a list of trees, and where in it we are. */
async function play(test: Started, ops: readonly Op[]): Promise<void> {
  const states = [treeOf(test)];
  let at = 0;
  let left = ignoredOf(test);
  for (const each of ops) {
    if (!('path' in each)) {
      const target = each.kind === 'undo' ? lastDone(await test.list()) : lastUndone(await test.list());
      assert.equal(target !== undefined, each.kind === 'undo' ? at > 0 : at < states.length - 1, `${each.kind} at ${at} of ${states.length}`);
      if (target === undefined) continue;
      await test.checkpoints.restore(target.id);
      at += each.kind === 'undo' ? -1 : 1;
      assert.deepEqual(treeOf(test), states[at]);
      assert.equal(ignoredOf(test), left);
      continue;
    }
    const { path, content, what } = each;
    if (each.kind === 'edit') await test.session.callTool({ name: 'put', input: { path, content } });
    else await test.bash(COMMANDS[what]!(quote(path), quote(content)));
    const now = treeOf(test);
    left = ignoredOf(test);
    if (JSON.stringify(now) === JSON.stringify(states[at])) continue;
    states.splice(++at, Infinity, now);
  }
}

/** As a command to undo chooses it. */
function lastDone(list: readonly Checkpoint[]): Checkpoint | undefined {
  return list.findLast(({ kind, isUndone }) => kind === 'call' && !isUndone);
}

/** As a command to redo chooses it: what was gone back by, where nothing else came after it. */
function lastUndone(list: readonly Checkpoint[]): Checkpoint | undefined {
  const isBack = (id: string | undefined): boolean => list.find((other) => other.id === id)?.kind === 'call';
  const last = list.findLast(({ kind, isUndone, restores }) => !isUndone && (kind === 'call' || isBack(restores)));
  return last?.kind === 'restore' ? last : undefined;
}

/** Without what is ignored: that stays as the last command has left it. */
function treeOf(test: Started): Record<string, string> {
  return Object.fromEntries(Object.entries(test.tree()).filter(([path]) => !path.endsWith('.ignored')));
}

const ignoredOf = (test: Started): string | undefined => test.tree()['own.ignored'];

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
