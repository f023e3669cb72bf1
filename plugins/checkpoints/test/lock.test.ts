import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive, nobody, self, withLock } from '../src/lock.ts';

describe('who holds the store', () => {
  let folder = '';
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'pith-held-')); });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** A process that runs, and is another one. */
  const other = { ...self(), instance: 'other', pid: process.ppid };

  it('is told from a later process of the same number, from before the power failed, and from who has ended', function () {
    if (process.platform !== 'linux') this.skip();
    assert.equal(isAlive(self()), true);
    assert.equal(isAlive({ pid: process.ppid, instance: 'other' }), true);
    assert.equal(isAlive({ ...other, started: '1' }), false);
    assert.equal(isAlive({ ...other, boot: 'an earlier one', started: null }), false);
    assert.equal(isAlive({ ...self(), instance: 'other' }), false);
    assert.equal(isAlive({ ...nobody(), pid: process.ppid }), false);
  });

  it('is not known for dead on another machine, or in another space of process numbers', function () {
    if (process.platform !== 'linux') this.skip();
    assert.equal(isAlive({ ...other, host: 'elsewhere', boot: 'its own', started: '1' }), true);
    assert.equal(isAlive({ ...other, space: 'pid:[1]', pid: 2 ** 22 }), true);
  });

  for (const [what, text] of [['from before the power failed', JSON.stringify({ ...other, boot: 'an earlier one' })], ['that a loss of power has cut', '']] as const) {
    it(`gives way ${what}`, async () => {
      const file = join(folder, 'lock');
      writeFileSync(file, text);

      assert.equal(await withLock(file, AbortSignal.timeout(10_000), async () => 'done'), 'done');
      assert.deepEqual(readdirSync(folder), []);
    });
  }
});
