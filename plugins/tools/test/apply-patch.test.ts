import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, link, lstat, readdir, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { look } from './look.ts';
import { startTools, type Tools } from './start-tools.ts';

interface Case {
  title: string;
  before: Record<string, string | Buffer>;
  /** Without its first and last line, unless it brings them itself. */
  patch: string;
  /** What is there afterwards, and nothing else. */
  after?: Record<string, string | Buffer>;
  /** The code of the refusal, and words of its sentence; every file stays as it was. */
  refused?: [code: string, ...words: string[]];
}

const python = 'class A:\n    def run(self):\n        x = 1\n        return x\n\n\nclass B:\n    def run(self):\n        x = 1\n        return x\n';

const cases: Case[] = [
  // The parts.
  { title: 'adds a file', before: {}, patch: '*** Add File: new.txt\n+one\n+two', after: { 'new.txt': 'one\ntwo\n' } },
  { title: 'adds a file in folders that are missing', before: {}, patch: '*** Add File: a/b/new.txt\n+one', after: { 'a/b/new.txt': 'one\n' } },
  { title: 'adds an empty file, blank lines and lines that look like headers', before: {}, patch: '*** Add File: empty\n*** Add File: b\n+\n+*** End Patch\n++x\n+', after: { empty: '', b: '\n*** End Patch\n+x\n\n' } },
  { title: 'adds a file without a last line end where the patch says so', before: {}, patch: '*** Add File: a\n+one\n\\ No newline at end of file', after: { a: 'one' } },
  { title: 'deletes a file, also one that is no text', before: { a: 'one\n', b: Buffer.from([0, 1, 2]), c: 'kept\n' }, patch: '*** Delete File: a\n*** Delete File: b', after: { c: 'kept\n' } },
  { title: 'updates a file', before: { a: 'one\ntwo\nthree\n' }, patch: '*** Update File: a\n@@\n one\n-two\n+TWO\n three', after: { a: 'one\nTWO\nthree\n' } },
  { title: 'needs no @@ before the first hunk', before: { a: 'one\ntwo\n' }, patch: '*** Update File: a\n-two\n+TWO', after: { a: 'one\nTWO\n' } },
  { title: 'moves a file as it is', before: { a: Buffer.from([0xff, 0, 0xfe]) }, patch: '*** Update File: a\n*** Move to: b/c', after: { 'b/c': Buffer.from([0xff, 0, 0xfe]) } },
  { title: 'moves and changes a file', before: { a: 'one\n' }, patch: '*** Update File: a\n*** Move to: b\n@@\n-one\n+two', after: { b: 'two\n' } },
  { title: 'adds, updates, moves and deletes together', before: { a: 'one\n', b: 'two\n', c: 'three\n' }, patch: '*** Add File: d\n+four\n*** Update File: a\n-one\n+1\n*** Update File: b\n*** Move to: e\n*** Delete File: c', after: { a: '1\n', d: 'four\n', e: 'two\n' } },
  { title: 'takes two parts of one file one after the other', before: { a: 'one\ntwo\n' }, patch: '*** Update File: a\n-one\n+1\n*** Update File: a\n 1\n-two\n+2', after: { a: '1\n2\n' } },

  // Several hunks.
  { title: 'applies several hunks in order', before: { a: '1\n2\n3\n4\n5\n6\n7\n8\n' }, patch: '*** Update File: a\n@@\n-1\n+one\n 2\n@@\n 4\n-5\n+five\n@@\n-8\n+eight', after: { a: 'one\n2\n3\n4\nfive\n6\n7\neight\n' } },
  { title: 'takes the place after the hunk before it where there are several', before: { a: 'x\na\nx\na\n' }, patch: '*** Update File: a\n@@\n x\n-a\n+b\n x\n@@\n-a\n+c', after: { a: 'x\nb\nx\nc\n' } },
  { title: 'lets hunks share context', before: { a: '1\n2\n3\n' }, patch: '*** Update File: a\n@@\n-1\n+one\n 2\n@@\n 2\n-3\n+three', after: { a: 'one\n2\nthree\n' } },
  { title: 'takes hunks out of order where there is no doubt', before: { a: '1\n2\n3\n' }, patch: '*** Update File: a\n@@\n-3\n+three\n@@\n-1\n+one', after: { a: 'one\n2\nthree\n' } },
  { title: 'finds the function that @@ names', before: { a: python }, patch: '*** Update File: a\n@@ class B:\n@@     def run(self):\n-        x = 1\n+        x = 2', after: { a: python.replace(/x = 1(?=[^1]*$)/, 'x = 2') } },
  { title: 'takes a part of a line after @@', before: { a: python }, patch: '*** Update File: a\n@@ class B\n-        x = 1\n+        x = 2', after: { a: python.replace(/x = 1(?=[^1]*$)/, 'x = 2') } },
  { title: 'takes the line after @@ as the first line of context, too', before: { a: python }, patch: '*** Update File: a\n@@ class A:\n class A:\n-    def run(self):\n+    def go(self):', after: { a: python.replace('run', 'go') } },
  { title: 'takes two hunks in the function that both name', before: { a: 'f()\n  a\n  b\ng()\n  a\n' }, patch: '*** Update File: a\n@@ f()\n-  a\n+  A\n@@ f()\n-  b\n+  B', after: { a: 'f()\n  A\n  B\ng()\n  a\n' } },
  { title: 'takes numbers after @@ for nothing', before: { a: 'one\ntwo\n' }, patch: '*** Update File: a\n@@ -7,2 +7,2 @@\n one\n-two\n+2', after: { a: 'one\n2\n' } },
  { title: 'adds after the line that @@ names', before: { a: 'one\ntwo\n' }, patch: '*** Update File: a\n@@ one\n+new', after: { a: 'one\nnew\ntwo\n' } },
  { title: 'adds at the end of the file', before: { a: 'one\n' }, patch: '*** Update File: a\n@@\n+new\n*** End of File', after: { a: 'one\nnew\n' } },
  { title: 'fills an empty file', before: { a: '' }, patch: '*** Update File: a\n@@\n+new', after: { a: 'new\n' } },
  { title: 'takes the last of several places at the end of the file', before: { a: 'x\ny\nx\n' }, patch: '*** Update File: a\n@@\n-x\n+z\n*** End of File', after: { a: 'x\ny\nz\n' } },
  { title: 'takes all lines away', before: { a: 'one\ntwo\n' }, patch: '*** Update File: a\n-one\n-two', after: { a: '' } },

  // What is kept.
  { title: 'keeps a file without a last line end without one', before: { a: 'one\ntwo' }, patch: '*** Update File: a\n one\n-two\n+2\n+3', after: { a: 'one\n2\n3' } },
  { title: 'keeps CRLF, a byte-order mark and white space at line ends', before: { a: '\ufeffone  \r\ntwo\r\nthree\r\n' }, patch: '*** Update File: a\n one  \n-two\n+2\n+2.5\n three', after: { a: '\ufeffone  \r\n2\r\n2.5\r\nthree\r\n' } },
  { title: 'keeps bytes that are not UTF-8', before: { a: Buffer.from('caf\xe9\ntwo\n', 'latin1') }, patch: '*** Update File: a\n-two\n+2', after: { a: Buffer.from('caf\xe9\n2\n', 'latin1') } },

  // What is forgiven.
  { title: 'forgives a code fence and blank lines around the patch', before: { a: 'one\n' }, patch: '\n```diff\n*** Begin Patch\n*** Update File: a\n-one\n+1\n*** End Patch\n```\n', after: { a: '1\n' } },
  { title: 'forgives a here-document around the patch', before: { a: 'one\n' }, patch: "apply_patch <<'EOF'\n*** Begin Patch\n*** Update File: a\n-one\n+1\n*** End Patch\nEOF", after: { a: '1\n' } },
  { title: 'forgives CRLF in the patch', before: { a: 'one\n' }, patch: '*** Begin Patch\r\n*** Update File: a\r\n-one\r\n+1\r\n*** End Patch\r\n', after: { a: '1\n' } },
  { title: 'forgives blank lines between the parts and context lines without their space', before: { a: '\tone\ntwo\n\nthree\n' }, patch: '\n*** Update File: a\n@@\n\tone\n-two\n+2\n\n three\n\n\n*** Add File: b\n+x\n\n', after: { a: '\tone\n2\n\nthree\n', b: 'x\n' } },
  { title: 'forgives indentation, and writes that of the file', before: { a: 'if (a) {\n\tb();\n}\n' }, patch: '*** Update File: a\n if (a) {\n-    b();\n+    c();\n+    d();\n }', after: { a: 'if (a) {\n\tc();\n\td();\n}\n' } },
  { title: 'forgives look-alikes, and keeps those of the file', before: { a: 'say “hello”\nnext\n' }, patch: '*** Update File: a\n say "hello"\n-next\n+last', after: { a: 'say “hello”\nlast\n' } },
  { title: 'forgives white space at line ends, and keeps that of the file', before: { a: 'one  \ntwo\n' }, patch: '*** Update File: a\n one\n-two\n+2', after: { a: 'one  \n2\n' } },
  { title: 'does not take a piece of a line for the line', before: { a: 'max = 1\nx = 1\n' }, patch: '*** Update File: a\n-x = 1\n+x = 2', after: { a: 'max = 1\nx = 2\n' } },

  // Never a guess, and never a half.
  { title: 'refuses a hunk that stands in two places', before: { a: 'x\na\nx\n', b: 'one\n' }, patch: '*** Update File: b\n-one\n+1\n*** Update File: a\n-x\n+y', refused: ['EDIT_AMBIGUOUS', '2 places of a', 'lines 1, 3', 'line 6 of the patch'] },
  { title: 'refuses a function that is there twice', before: { a: python }, patch: '*** Update File: a\n@@     def run(self):\n-        x = 1\n+        x = 2', refused: ['EDIT_AMBIGUOUS', '2 places', 'lines 3, 9'] },
  { title: 'refuses a hunk that is not there, and names the nearest line', before: { a: 'const answer = 41;\n', b: 'one\n' }, patch: '*** Update File: b\n-one\n+1\n*** Update File: a\n-const answer = 42;\n+const answer = 43;', refused: ['EDIT_NOT_FOUND', 'nearest is line 1: const answer = 41;'] },
  { title: 'refuses an @@ line that is not there', before: { a: 'one\n' }, patch: '*** Update File: a\n@@ def nothing():\n-one\n+1', refused: ['EDIT_NOT_FOUND', 'names after @@'] },
  { title: 'refuses lines to add without a place', before: { a: 'one\n' }, patch: '*** Update File: a\n@@\n+new', refused: ['EDIT_NOT_FOUND', 'but not where'] },
  { title: 'refuses a second hunk for the same lines', before: { a: 'one\n' }, patch: '*** Update File: a\n@@\n-one\n+1\n@@\n-one\n+2', refused: ['EDIT_NOT_FOUND', 'Hunk 2 of 2'] },
  { title: 'refuses a patch after which a file would be the same', before: { a: 'one  \n' }, patch: '*** Update File: a\n-one\n+one', refused: ['EDIT_NO_CHANGE', 'already'] },
  { title: 'refuses white space alone where it is not there exactly', before: { a: 'a\n\t\nb\n' }, patch: '*** Update File: a\n-  \n+x', refused: ['EDIT_NOT_FOUND'] },
  { title: 'refuses to add a file that is there', before: { a: 'one\n', b: 'two\n' }, patch: '*** Delete File: b\n*** Add File: a\n+x', refused: ['FILE_EXISTS', 'a is there already'] },
  { title: 'refuses to move onto a file that is there', before: { a: 'one\n', b: 'two\n' }, patch: '*** Update File: a\n*** Move to: b', refused: ['FILE_EXISTS', 'b is there already'] },
  { title: 'refuses to change, move or delete what is not there', before: { a: 'one\n' }, patch: '*** Update File: a\n-one\n+1\n*** Delete File: none', refused: ['FILE_MISSING', 'There is no file none'] },
  { title: 'refuses a folder in the place of a file', before: { 'a/b': 'one\n' }, patch: '*** Delete File: a', refused: ['FILE_KIND', 'a folder'] },
  { title: 'refuses a file in the place of a folder', before: { a: 'one\n' }, patch: '*** Add File: new\n+x\n*** Add File: a/b\n+x', refused: ['FILE_KIND', 'is a file, not a folder'] },
  { title: 'refuses a name that is a file and a folder', before: {}, patch: '*** Add File: a\n+x\n*** Add File: a/b\n+x', refused: ['FILE_KIND', 'a/b cannot be within a'] },
  { title: 'refuses a file that is named twice', before: { a: 'one\n' }, patch: '*** Delete File: a\n*** Add File: ./a\n+x', refused: ['PATCH_INVALID', 'a is named twice', 'line 3'] },
  { title: 'refuses to patch what is no text', before: { a: Buffer.from([1, 0, 2]) }, patch: '*** Update File: a\n-x\n+y', refused: ['FILE_BINARY'] },
  { title: 'refuses a patch that did not arrive whole', before: { a: 'one\n' }, patch: '*** Begin Patch\n*** Update File: a\n-one\n+1', refused: ['PATCH_INVALID', '*** End Patch is missing'] },
  { title: 'refuses what is no patch', before: { a: 'one\n' }, patch: '*** Begin Patch\nhello\n*** End Patch', refused: ['PATCH_INVALID', 'Line 2', 'found "hello"'] },
  { title: 'refuses text before the patch', before: {}, patch: 'Here it is:\n*** Begin Patch\n*** Add File: a\n+x\n*** End Patch', refused: ['PATCH_INVALID', 'Line 1', 'begins with the line *** Begin Patch'] },
  { title: 'refuses text after the patch', before: {}, patch: '*** Begin Patch\n*** Add File: a\n+x\n*** End Patch\n*** Begin Patch', refused: ['PATCH_INVALID', 'Line 5', 'nothing stands after'] },
  { title: 'refuses a patch without files', before: {}, patch: '', refused: ['PATCH_INVALID', 'names no file'] },
  { title: 'refuses an update that says nothing', before: { a: 'one\n' }, patch: '*** Update File: a', refused: ['PATCH_INVALID', 'neither what to change nor where'] },
  { title: 'refuses a hunk of context alone', before: { a: 'one\n' }, patch: '*** Update File: a\n@@\n one', refused: ['PATCH_INVALID', 'changes nothing'] },
  { title: 'refuses lines of a new file that lack their +', before: {}, patch: '*** Add File: a\n+one\ntwo', refused: ['PATCH_INVALID', 'begins with +; found "two"'] },
  { title: 'refuses lines below a deleted file', before: { a: 'one\n' }, patch: '*** Delete File: a\n-one', refused: ['PATCH_INVALID', 'nothing stands below'] },
  { title: 'refuses an unknown header', before: { a: 'one\n' }, patch: '*** Update File: a\n*** Rename to: b', refused: ['PATCH_INVALID', 'found "*** Rename to: b"'] },
  { title: 'refuses a path that is missing or holds a NUL', before: {}, patch: '*** Add File: a\0b\n+x', refused: ['PATCH_INVALID', 'NUL'] },
];

describe('apply-patch', () => {
  let tools: Tools;
  beforeEach(async () => { tools = await startTools(); });
  afterEach(() => tools.close());

  const whole = (patch: string): string => (patch.includes('*** Begin Patch') ? patch : `*** Begin Patch\n${patch}\n*** End Patch`);
  const apply = (patch: string) => tools.call('apply-patch', { patch: whole(patch) });
  /** Some time ago, so that whatever is written shows. */
  const old = new Date(Date.UTC(2020, 1, 2));
  const put = async (name: string, content: string | Buffer): Promise<string> => {
    const path = await tools.put(name, content, 0o640);
    await utimes(path, old, old);
    return path;
  };

  for (const { title, before, patch, after, refused } of cases) {
    it(title, async () => {
      for (const [name, content] of Object.entries(before)) await put(name, content);
      const snapshot = await look(tools.folder);

      const { status, code, text } = await apply(patch);

      if (refused !== undefined) {
        const [expected, ...words] = refused;
        assert.equal(code, expected, text);
        for (const word of words) assert.ok(text.includes(word), `${JSON.stringify(word)} is not in: ${text}`);
        assert.deepEqual(await look(tools.folder), snapshot);
        return;
      }
      assert.equal(status, 'done', text);
      const found = await look(tools.folder);
      assert.deepEqual(Object.fromEntries(Object.entries(found).filter(([, { bytes }]) => bytes !== null).map(([name, { bytes }]) => [name, bytes])), Object.fromEntries(Object.entries(after!).map(([name, content]) => [name, Buffer.from(content).toString('base64')])));
      for (const name of Object.keys(before)) if (name in found) assert.equal(found[name]!.mode, 0o640);
    });
  }

  it('says what it did, and gives programs the changes and the whole difference', async () => {
    await put('a.txt', 'one\ntwo\n');
    await put('b.txt', 'x\n');
    await put('c.txt', '\ty\n');

    const { text, changes, details } = await apply('*** Add File: new.txt\n+1\n*** Update File: a.txt\n-two\n+2\n+3\n*** Update File: c.txt\n*** Move to: d.txt\n-y\n+z\n*** Delete File: b.txt');

    assert.equal(text, "Patched 4 files.\nA new.txt (1 line)\nM a.txt (+2 -1)\nR c.txt -> d.txt (+1 -1)\n  Line 1 matched apart from indentation; the file's own were kept.\nD b.txt");
    assert.deepEqual(changes, [
      { path: join(tools.folder, 'new.txt'), kind: 'create' }, { path: join(tools.folder, 'a.txt'), kind: 'update' },
      { path: join(tools.folder, 'd.txt'), kind: 'move', from: join(tools.folder, 'c.txt') }, { path: join(tools.folder, 'b.txt'), kind: 'delete' },
    ]);
    assert.deepEqual(details, { diff: '--- /dev/null\n+++ b/new.txt\n@@ -0,0 +1 @@\n+1\n--- a/a.txt\n+++ b/a.txt\n@@ -1,2 +1,3 @@\n one\n-two\n+2\n+3\n--- a/c.txt\n+++ b/d.txt\n@@ -1 +1 @@\n-\ty\n+\tz\n--- a/b.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-x' });
  });

  it('states every path as its target, of a move both ends, with links resolved, then by the names of links', async () => {
    await put('real/a.txt', 'one\n');
    await symlink('real', join(tools.folder, 'link'));

    await apply('*** Add File: link/new.txt\n+x\n*** Update File: link/a.txt\n*** Move to: b.txt');

    const targets = tools.events.flatMap((event) => (event.type === 'tool-start' ? event.targets : []));
    assert.deepEqual(targets, ['real/new.txt', 'real/a.txt', 'b.txt', 'link/new.txt', 'link/a.txt'].map((name) => ({ family: 'Edit', path: join(tools.folder, name) })));
    assert.deepEqual(await readdir(join(tools.folder, 'real')), ['new.txt']);
    assert.equal(await tools.get('b.txt'), 'one\n');
    assert.ok((await lstat(join(tools.folder, 'link'))).isSymbolicLink());
  });

  it('gives a moved file the mode of the old one', async () => {
    await chmod(await put('run.sh', 'echo one\n'), 0o755);

    await apply('*** Update File: run.sh\n*** Move to: go.sh\n-echo one\n+echo two');

    assert.equal((await stat(join(tools.folder, 'go.sh'))).mode & 0o777, 0o755);
  });

  it('refuses a file that changed on disk since it was read, and takes it after another read', async () => {
    const path = await put('a.txt', 'one\n');
    await put('b.txt', 'one\n');
    await tools.call('read', { path });
    await writeFile(path, 'one\ntwo\n');

    for (const part of ['*** Update File: a.txt\n-one\n+1', '*** Delete File: a.txt', '*** Update File: a.txt\n*** Move to: c.txt']) {
      assert.equal((await apply(`*** Update File: b.txt\n-one\n+1\n${part}`)).code, 'FILE_CHANGED');
    }
    assert.equal(await tools.get('b.txt'), 'one\n');
    await tools.call('read', { path });
    assert.equal((await apply('*** Update File: a.txt\n-one\n+1')).status, 'done');
  });

  it('knows what it has written: another tool may change it without another read', async () => {
    await apply('*** Add File: a.txt\n+one');

    assert.equal((await tools.call('write', { path: 'a.txt', content: 'two\n' })).status, 'done');
  });

  it('says that another name of a file keeps the old text, and changes two names of one file each', async () => {
    const path = await put('a.txt', 'one\n');
    await link(path, join(tools.folder, 'b.txt'));
    await link(path, join(tools.folder, 'c.txt'));

    const { text } = await apply('*** Update File: a.txt\n-one\n+1\n*** Update File: b.txt\n-one\n+2');

    assert.match(text, /M a\.txt \(\+1 -1\) It had 2 other names \(hard links\)/);
    assert.deepEqual([await tools.get('a.txt'), await tools.get('b.txt'), await tools.get('c.txt')], ['1\n', '2\n', 'one\n']);
  });

  it('refuses a patch of more than 100 files', async () => {
    const { code, text } = await apply(Array.from({ length: 101 }, (_, index) => `*** Add File: ${index}\n+x`).join('\n'));

    assert.equal(code, 'PATCH_INVALID');
    assert.match(text, /changes 100 files at most/);
    assert.deepEqual(await readdir(tools.folder), []);
  });

  if (process.platform !== 'win32') {
    it('leaves every file as it was when the third cannot be written', async () => {
      await put('a.txt', 'one\n');
      await put('b.txt', 'two\n');
      await put('full/c.txt', 'three\n');
      const snapshot = await look(tools.folder);
      // A folder in which nothing can be made, for an administrator neither: /proc.
      const { code, text } = await apply('*** Update File: a.txt\n-one\n+1\n*** Delete File: b.txt\n*** Add File: new/x.txt\n+x\n*** Add File: /proc/self/pith-test\n+x');

      assert.ok(['FILE_MISSING', 'FILE_DENIED'].includes(code!), text);
      assert.deepEqual(await look(tools.folder), snapshot);
    });

    it('neither opens nor waits for a pipe', async () => {
      execFileSync('mkfifo', [join(tools.folder, 'pipe')]);

      for (const part of ['*** Update File: pipe\n-a\n+b', '*** Delete File: pipe', '*** Add File: pipe\n+x']) assert.equal((await apply(part)).code, 'FILE_KIND', part);
      assert.ok((await lstat(join(tools.folder, 'pipe'))).isFIFO());
    });
  }
});
