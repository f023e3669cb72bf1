import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectFolder } from '../src/files.ts';
import { recallRead } from '../src/last-read.ts';
import { loadSession } from '../src/store.ts';
import { makeFolders } from './helpers.ts';

describe('a transcript that was read', () => {
  it('is not read again by whoever goes on with it, unless it has grown', async () => {
    const folders = await makeFolders();
    const folder = projectFolder(folders.data, '/a');
    mkdirSync(folder, { recursive: true });
    const file = join(folder, 'one.jsonl');
    await writeFile(file, `${JSON.stringify({ v: 1, type: 'session', id: 'one', cwd: '/a', startedMs: 1 })}\n`);
    assert.equal(recallRead(file), undefined);

    await loadSession(folders.data, 'one');
    assert.deepEqual([recallRead(file)?.messages, recallRead(file)?.hasOpenTurn], [0, false]);
    await appendFile(file, 'x');
    assert.equal(recallRead(file), undefined);
    await folders.remove();
  });
});
