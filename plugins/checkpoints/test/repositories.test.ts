import assert from 'node:assert/strict';
import { chownSync, existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach } from 'mocha';
import { startCheckpoints, type Started } from './start-checkpoints.ts';

/** How a repository may be set up; given back is what must stay as it is beside `.git`, if anything. */
const SETUPS: Readonly<Record<string, { env?: (place: string) => Record<string, string>; make?: (test: Started) => void }>> = {
  'with a filter, a merge driver and a diff driver for large files': {
    make: (test) => {
      test.put('.gitattributes', '* filter=lfs diff=lfs merge=lfs -text working-tree-encoding=UTF-16\n*.txt ident eol=crlf\n');
      for (const key of ['filter.lfs.clean', 'filter.lfs.smudge', 'filter.lfs.process', 'diff.lfs.textconv', 'diff.lfs.command', 'core.fsmonitor', 'core.sshCommand', 'core.pager']) test.git('config', key, `touch ${join(test.folder, '..', 'RAN')}; cat`);
      test.git('config', 'filter.lfs.required', 'true');
    },
  },
  'with GIT_DIR, GIT_INDEX_FILE and settings in the environment': {
    env: (place) => ({ GIT_DIR: join(place, 'project', '.git'), GIT_WORK_TREE: '/', GIT_INDEX_FILE: join(place, 'project', '.git', 'index'), GIT_OBJECT_DIRECTORY: join(place, 'project', '.git', 'objects'), GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'core.fsmonitor', GIT_CONFIG_VALUE_0: `touch ${join(place, 'RAN')}`, GIT_EXTERNAL_DIFF: `touch ${join(place, 'RAN')}`, GIT_TRACE: join(place, 'RAN') }),
  },
  'of which a part is checked out': { make: (test) => test.git('sparse-checkout', 'set', '--no-cone', '/*', '!/far/') },
  'with a submodule and a work tree within': {
    make: (test) => {
      test.git('-c', 'protocol.file.allow=always', 'clone', '-q', '.git', '../other');
      test.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', '../other', 'sub');
      test.git('worktree', 'add', '-q', 'tree');
    },
  },
  'with an index that is split and of another version': { make: (test) => { test.git('update-index', '--split-index', '--index-version', '4', '--untracked-cache'); } },
  'that belongs to somebody else': {
    make: (test) => {
      // Only root can give it away; anybody else has tried the usual one once more.
      if (process.getuid?.() === 0) for (const path of [test.folder, join(test.folder, '.git')]) chownSync(path, 65534, 65534);
    },
  },
};

describe('checkpoints in a repository', () => {
  let test: Started;
  afterEach(() => test.close());

  for (const [what, { env, make }] of Object.entries(SETUPS)) {
    it(`${what} bring files back as they were, run nothing of it and leave it alone`, async () => {
      test = await startCheckpoints({ repository: true, files: { 'a.txt': 'one\r\n$Id$\n', 'd/b': 'b\n', 'far/c': 'c\n' } });
      test.git('add', '-A');
      test.git('commit', '-qm', 'one');
      make?.(test);
      const place = dirname(test.folder);
      if (env !== undefined) {
        const { session } = test;
        test = { ...await startCheckpoints({ folder: place, env: env(place) }), close: test.close };
        assert.notEqual(session, test.session);
      }
      const [files, own] = [test.tree(), readOwn(test.folder)];

      await test.bash('printf two > a.txt; rm -r d; echo new > e.txt; chmod 700 .');
      const [{ id, changes }] = [(await test.list())[0]!];
      await test.checkpoints.preview(id);
      await test.checkpoints.restore(id);

      assert.deepEqual(changes.map(({ path, kind }) => [path.slice(test.folder.length + 1), kind]).sort(), [['a.txt', 'update'], ['d/b', 'delete'], ['e.txt', 'create']]);
      assert.deepEqual([test.tree(), readOwn(test.folder), existsSync(join(place, 'RAN'))], [files, own, false]);
    });
  }
});

/** All that is git's own, with the times of its files. */
function readOwn(folder: string): Record<string, string> {
  return Object.fromEntries(readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).flatMap((entry): [string, string][] => {
    const path = join(entry.parentPath, entry.name);
    return path.includes('/.git/') || entry.name === '.git' ? [[path, `${lstatSync(path).mtimeMs} ${readFileSync(path).toString('latin1')}`]] : [];
  }));
}
