import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach } from 'mocha';
import { linesFolder } from '../../src/books/books.ts';
import { type BooksPlace, createBooksPlace } from './place.ts';

const CHILD = fileURLToPath(new URL('books-child.ts', import.meta.url));
const soak = process.env['PITH_SOAK'] !== undefined;
const KILLS = soak ? 200 : 4;
const LANES = 4;
/** More than a process comes to before it is killed. */
const ENDLESS = 10_000_000;

describe('the books of processes that are killed', () => {
  let place: BooksPlace;
  const running = new Set<ChildProcess>();
  beforeEach(async () => { place = await createBooksPlace(); });
  afterEach(async () => {
    for (const child of running) child.kill('SIGKILL');
    await place.remove();
  });

  /** @returns ids whose rows were written before it ended */
  async function runChild(name: string, count: number, killAfter = Infinity): Promise<string[]> {
    const child = spawn(process.execPath, ['--conditions=pith-source', '--disable-warning=ExperimentalWarning', CHILD, place.data, name, String(count)], { stdio: ['ignore', 'pipe', 'inherit'], env: { PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? join(place.data, 'compiled') } });
    running.add(child);
    const told: string[] = [];
    const lines = createInterface(child.stdout!);
    lines.on('line', (line) => {
      told.push(line);
      if (told.length === killAfter) child.kill('SIGKILL');
    });
    await Promise.all([once(child, 'exit'), once(lines, 'close')]);
    running.delete(child);
    return told;
  }

  const missingOf = async (told: readonly string[]): Promise<{ missing: string[]; twice: number }> => {
    const { rows } = await place.database.transaction('read', ({ sql }) => sql<{ id: string; times: number }>`SELECT id, count(*) AS times FROM balancer_requests GROUP BY id`);
    const kept = new Set(rows.map(({ id }) => id));
    return { missing: told.filter((id) => !kept.has(id)), twice: rows.filter(({ times }) => times > 1).length };
  };

  it(`miss none of the rows that were written, and have none twice, after ${KILLS} kills under load`, async function () {
    this.timeout(soak ? 900_000 : 60_000);
    const lanes = await Promise.all(Array.from({ length: LANES }, async (_, lane) => {
      const told: string[] = [];
      // Any moment of a life: some are killed while they write, some while they fold.
      for (let kill = 0; kill < KILLS / LANES; kill++) told.push(...await runChild(`${lane}-${kill}`, ENDLESS, 1 + Math.floor(Math.random() * 2000)));
      return told;
    }));
    await place.openBooks().takeUp();

    assert.deepEqual(await missingOf(lanes.flat()), { missing: [], twice: 0 });
    assert.deepEqual(readdirSync(linesFolder(place.data)), []);
  });

  it('have everything of two processes that write at once and end by themselves', async function () {
    this.timeout(60_000);
    const told = await Promise.all([runChild('a', 800), runChild('b', 800)]);

    assert.deepEqual(await missingOf(told.flat()), { missing: [], twice: 0 });
    assert.equal(await place.count(), 1600);
    assert.deepEqual(readdirSync(linesFolder(place.data)), []);
  });
});
