import assert from 'node:assert/strict';
import { afterEach, beforeEach } from 'mocha';
import type { Question } from '@pith/kernel';
import { startTools, type Tools } from './start-tools.ts';

/** What a person is shown of a call that changes files, who then says no. */
describe('the question about a change of files', () => {
  let tools: Tools;
  let asked: Question[];
  beforeEach(async () => {
    asked = [];
    tools = await startTools({ plugins: [], session: { asker: async (question) => { asked.push(question); return { verdict: 'deny' }; } } });
  });
  afterEach(() => tools.close());

  const diffOf = async (name: string, input: unknown): Promise<string | undefined> => {
    assert.equal((await tools.call(name, input)).status, 'refused');
    return asked.at(-1)?.diff;
  };

  it('shows of an edit the lines around it, as the file is', async () => {
    await tools.put('a.txt', 'one\ntwo\nthree\nfour\nfive\nsix\nseven\n');

    assert.equal(await diffOf('edit', { path: 'a.txt', old: 'five', new: 'FIVE\nand more' }), '@@ -2,6 +2,7 @@\n two\n three\n four\n-five\n+FIVE\n+and more\n six\n seven');
    assert.equal(await tools.get('a.txt'), 'one\ntwo\nthree\nfour\nfive\nsix\nseven\n');
  });

  it('shows of several edits all, and of a long one every line', async () => {
    await tools.put('a.txt', 'one\ntwo\n');
    const long = Array.from({ length: 5000 }, (_, index) => `line ${index}`).join('\n');

    const diff = await diffOf('edit', { path: 'a.txt', edits: [{ old: 'one', new: long }, { old: 'two', new: 'zwei' }] });

    assert.equal(diff?.split('\n').filter((line) => line.startsWith('+')).length, 5001);
  });

  it('shows of an edit that does not apply what was wanted, and why it fails', async () => {
    await tools.put('a.txt', 'one\n');

    assert.match((await diffOf('edit', { path: 'a.txt', old: 'two\nlines', new: 'three' }))!, /^@@ .*a\.txt.* @@\n-two\n-lines\n\+three$/);
    assert.match((await diffOf('edit', { path: 'gone.txt', old: 'two', new: '' }))!, /^@@ there is no such file @@\n-two$/);
  });

  it('shows of a new file all that it will hold, and of another text what differs', async () => {
    await tools.put('a.txt', 'one\ntwo\nthree\n');

    assert.equal(await diffOf('write', { path: 'new.txt', content: 'a\nb' }), '@@ -0,0 +1,2 @@\n+a\n+b\n\\ No newline at end of file');
    assert.equal(await diffOf('write', { path: 'a.txt', content: 'one\nthree\n' }), '@@ -1,3 +1,2 @@\n one\n-two\n three');
  });

  it('shows all of a text that would replace what is none', async () => {
    await tools.put('a.bin', Buffer.from([0, 1, 2]));

    assert.equal(await diffOf('write', { path: 'a.bin', content: 'x\n' }), '@@ what is there is not text but binary data @@\n+x');
  });

  it('does not show line ends of Windows with each line, but shows a change of them', async () => {
    await tools.put('a.txt', 'one\r\ntwo\r\n');

    assert.equal(await diffOf('write', { path: 'a.txt', content: 'one\r\nzwei\r\n' }), '@@ -1,2 +1,2 @@\n one\n-two\n+zwei');
    assert.equal(await diffOf('write', { path: 'a.txt', content: 'one\ntwo\r\n' }), '@@ -1,2 +1,2 @@\n-one\r\n+one\n two\r');
  });

  it('shows of a patch every file by its name, also what is deleted and moved', async () => {
    await tools.put('a.txt', 'one\ntwo\n');
    await tools.put('b.txt', 'gone\n');
    await tools.put('c.txt', 'stay\n');
    const patch = '*** Begin Patch\n*** Update File: a.txt\n@@\n one\n-two\n+zwei\n*** Delete File: b.txt\n*** Add File: d.txt\n+new\n*** Update File: c.txt\n*** Move to: e.txt\n*** End Patch';

    assert.equal(await diffOf('apply-patch', { patch }), '--- a.txt\n+++ a.txt\n@@ -1,2 +1,2 @@\n one\n-two\n+zwei\n--- b.txt\n+++ nothing\n@@ -1 +0,0 @@\n-gone\n--- nothing\n+++ d.txt\n@@ -0,0 +1 @@\n+new\n--- c.txt\n+++ e.txt');
  });

  it('shows of a patch that does not apply the patch', async () => {
    const patch = '*** Begin Patch\n*** Delete File: b.txt\n*** End Patch';

    assert.equal(await diffOf('apply-patch', { patch }), patch);
  });
});
