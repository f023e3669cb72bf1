import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'mocha';
import { withLock } from '../src/lock.ts';

const HOLD = `
  import { withLock } from ${JSON.stringify(new URL('../src/lock.ts', import.meta.url).href)};
  await withLock(process.argv[1], { waitMs: 1000 }, async () => { process.stdout.write('held'); await new Promise((resolve) => setTimeout(resolve, 600_000)); });
`;

describe('the lock of a vault', () => {
  let file: string;
  let holder: ChildProcess;
  beforeEach(async () => {
    file = join(await mkdtemp(join(tmpdir(), 'pith-lock-')), 'lock');
    holder = spawn(process.execPath, ['--conditions=pith-source', '--disable-warning=ExperimentalWarning', '--input-type=module', '-e', HOLD, file], { stdio: ['ignore', 'pipe', 2] });
    await once(holder.stdout!, 'data');
  });
  afterEach(async () => {
    holder.kill('SIGKILL');
    await rm(join(file, '..'), { recursive: true, force: true });
  });

  it('is not taken from a process that lives, though it sleeps', async () => {
    holder.kill('SIGSTOP');
    let ran = false;

    await assert.rejects(withLock(file, { waitMs: 50 }, async () => { ran = true; }), { code: 'VAULT_BUSY', message: /in use by another process for more than 0.05 s/ });
    assert.equal(ran, false);
  });

  it('is free once its owner was killed', async () => {
    const waiting = withLock(file, { waitMs: 20_000 }, async () => 'mine');
    holder.kill('SIGKILL');

    assert.equal(await waiting, 'mine');
  });

  it('is said not to be one where the file is something else', async () => {
    const other = `${file}.other`;
    await writeFile(other, 'no database, and longer than the head of one would be, so that it is looked at and refused by who opens it'.repeat(10));

    await assert.rejects(withLock(other, { waitMs: 50 }, async () => 'mine'), { code: 'VAULT_UNWRITABLE', message: /cannot be locked: file is not a database/ });
  });

  it('lets nobody wait who has given up', async () => {
    const signal = AbortSignal.abort(new Error('enough'));

    await assert.rejects(withLock(file, { waitMs: 20_000, signal }, async () => 'mine'), { name: 'AbortError' });
  });

  it('holds between two of the same process, and is free after one that failed', async () => {
    holder.kill('SIGKILL');
    const order: string[] = [];
    const work = (name: string, fails = false) => withLock(file, { waitMs: 20_000 }, async () => {
      order.push(`${name} in`);
      await new Promise(setImmediate);
      order.push(`${name} out`);
      if (fails) throw new Error(name);
    });

    const ended = await Promise.allSettled([work('a', true), work('b'), work('c')]);

    assert.equal(ended.filter(({ status }) => status === 'rejected').length, 1);
    for (let index = 0; index < order.length; index += 2) assert.equal(order[index]!.replace(' in', ' out'), order[index + 1]);
    assert.equal(order.length, 6);
  });
});
