import assert from 'node:assert/strict';
import { existsSync, ftruncateSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'mocha';
import { linesFolder, type RequestBooks } from '../../src/books/books.ts';
import { Lines, toText } from '../../src/books/line.ts';
import { describeOwner, type Owner } from '../../src/books/owner.ts';
import type { LiveEvent, RequestRow } from '../../src/books/row.ts';
import { type BooksPlace, createBooksPlace, makeRow } from './place.ts';

/** No process has so high a number. */
const NOBODY = 2 ** 22 + 1;

describe('the books', () => {
  let place: BooksPlace;
  beforeEach(async () => { place = await createBooksPlace(); });
  afterEach(() => place.remove());

  const ids = async (): Promise<string[]> => (await place.database.transaction('read', ({ sql }) => sql<{ id: string }>`SELECT id FROM balancer_requests ORDER BY seq`)).rows.map(({ id }) => id);
  const files = (): string[] => readdirSync(linesFolder(place.data));
  const countOpen = async (): Promise<number> => {
    await place.count(); // So that the database is open before.
    return process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0;
  };
  const writeMany = (books: RequestBooks, from: number, to: number): void => { for (let index = from; index < to; index++) books.write(makeRow(`row-${index}`)); };

  it('have a row in a private file when it is written, and in the database when they are flushed', async () => {
    const books = place.openBooks();

    books.write(makeRow('one'));

    const [file] = files();
    const [folderMode, fileMode] = [statSync(linesFolder(place.data)).mode & 0o777, statSync(join(linesFolder(place.data), file!)).mode & 0o777];
    assert.deepEqual([folderMode, fileMode], [0o700, 0o600]);
    assert.match(readFileSync(join(linesFolder(place.data), file!), 'utf8'), /\n\["one",/);
    assert.equal(await place.count(), 0);
    await books.flush();
    assert.deepEqual(await ids(), ['one']);
  });

  it('fold by themselves, and leave no file behind when they are closed', async () => {
    const books = place.openBooks();
    writeMany(books, 0, 500);

    while (await place.count() < 500) await new Promise(setImmediate);
    await books.close();

    assert.deepEqual(files(), []);
    assert.deepEqual((await ids()).length, new Set(await ids()).size);
  });

  it('leave a file that has become long, and take it away once it is folded', async () => {
    const books = place.openBooks();
    writeMany(books, 0, 18_000);
    const before = files().length;
    writeMany(books, 18_000, 18_100);

    await books.flush();

    assert.equal(before, 2);
    assert.equal(files().length, 1);
    assert.equal(await place.count(), 18_100);
  });

  it('hold each row once where two of one folder fold the same files at the same time', async () => {
    const [first, second, third] = [place.openBooks(), place.openBooks(), place.openBooks()];
    writeMany(first, 0, 700);
    writeMany(second, 700, 1400);

    await Promise.all([first.flush(), third.foldAll(), second.foldAll(), first.foldAll()]);
    await Promise.all([first.close(), second.close()]);

    assert.equal(new Set(await ids()).size, 1400);
    assert.equal(await place.count(), 1400);
    assert.deepEqual(files(), []);
  });

  it('take up what a process has left that ended, drop its torn last line, and say so', async () => {
    const books = place.openBooks();
    const left = writeLeft(place, ['one', 'two'], '["three",17,0,"POST /v');

    books.write(makeRow('four'));
    await books.flush();

    assert.deepEqual((await ids()).sort(), ['four', 'one', 'two']);
    assert.equal(existsSync(left), false);
    assert.deepEqual(place.said.map((text) => /^The last line of \S+ is not whole and is left out/.test(text)), [true]);
  });

  it('leave the file of a process that runs, and fold it where all is asked for', async () => {
    const books = place.openBooks();
    const left = writeLeft(place, ['one'], '', { pid: process.ppid, started: null });
    const before = await countOpen();

    await books.takeUp();
    assert.equal(await place.count(), 0);
    await books.foldAll();
    assert.equal(await countOpen(), before);

    assert.deepEqual(await ids(), ['one']);
    assert.equal(existsSync(left), true);
  });

  it('know a process of the same number for another one, as every run in a container has it', async () => {
    const left = writeLeft(place, ['one'], '', { started: '1' });
    writeLeft(place, ['two'], '', {}, 'own.log');

    await place.openBooks().takeUp();

    assert.deepEqual([await ids(), existsSync(left)], [process.platform === 'linux' ? ['one'] : [], process.platform !== 'linux']);
  });

  it('fold the file of another machine or container, and take it away after a week of silence', async () => {
    const left = writeLeft(place, ['one'], '', { host: 'another', pid: process.pid });
    const old = writeLeft(place, ['two'], '', { space: 'pid:[1]', pid: process.pid }, 'old.log');
    utimesSync(old, 1000, 1000);

    await place.openBooks().takeUp();
    await place.openBooks().takeUp();

    assert.deepEqual([(await ids()).sort(), existsSync(left), existsSync(old)], [['one', 'two'], true, false]);
  });

  it('leave out lines that are no requests, say how many, and keep those around them', async () => {
    const left = writeLeft(place, ['one', 'two'], '');
    const lines = readFileSync(left, 'utf8').split('\n');
    writeFileSync(left, [lines[0], lines[1], 'what is this', '[1,2,3]', '{"books":1}', lines[2], ''].join('\n'));

    await place.openBooks().takeUp();

    assert.deepEqual(await ids(), ['one', 'two']);
    assert.match(place.said.join(), /^2 lines of \S+ are no request and left out\.$/);
  });

  it('leave the file of a newer version alone', async () => {
    const left = writeLeft(place, ['one'], '');
    writeFileSync(left, readFileSync(left, 'utf8').replace('"books":1', '"books":2'));

    await place.openBooks().foldAll();

    assert.equal(await place.count(), 0);
    assert.equal(existsSync(left), true);
  });

  it('fold a file whose name was taken away meanwhile', async () => {
    const books = place.openBooks();
    writeMany(books, 0, 3);
    rmSync(linesFolder(place.data), { recursive: true });

    await books.flush();

    assert.equal(await place.count(), 3);
  });

  it('write nothing on a full disk and say what to do, and after it is free write on without the torn line', async () => {
    let room = Infinity;
    const books = place.openBooks({ disk: {
      cut: ftruncateSync,
      write: (descriptor, bytes, offset, length) => {
        if (room === 0) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
        const part = Math.min(length, room);
        room -= part;
        return writeSync(descriptor, bytes, offset, part);
      },
    } });
    books.write(makeRow('one'));
    room = 40;

    assert.throws(() => books.write(makeRow('two')), { code: 'BOOKS_UNWRITABLE', message: /^A request cannot be written on the books, so its answer does not count as complete: ENOSPC/, hint: /^Make room on the disk of .*\.log/ });
    assert.throws(() => books.write(makeRow('three')), { code: 'BOOKS_UNWRITABLE' });
    room = Infinity;
    books.write(makeRow('four'));
    await books.flush();

    assert.deepEqual(await ids(), ['one', 'four']);
    assert.deepEqual(place.said, []);
  });

  it('leave nothing behind where the disk was full from the first row on', async () => {
    const books = place.openBooks({ disk: { cut: ftruncateSync, write: () => { throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }); } } });
    const before = await countOpen();

    for (let index = 0; index < 5; index++) assert.throws(() => books.write(makeRow('one')), { code: 'BOOKS_UNWRITABLE' });

    assert.deepEqual([files(), await countOpen()], [[], before]);
  });

  it('write several rows at once, of which none counts where the disk is full within them', async () => {
    let isFull = false;
    const writes: number[] = [];
    const books = place.openBooks({ disk: { cut: ftruncateSync, write: (descriptor, bytes, offset, length) => {
      if (isFull && offset > 0) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      writes.push(length);
      return writeSync(descriptor, bytes, offset, isFull ? length - 20 : length);
    } } });
    const many = (prefix: string): RequestRow[] => Array.from({ length: 100 }, (_, index) => makeRow(`${prefix}-${index}`));
    books.write(makeRow('one'));
    isFull = true;

    assert.throws(() => books.write(...many('lost')), { code: 'BOOKS_UNWRITABLE' });
    isFull = false;
    books.write(...many('good'));
    await books.flush();

    assert.equal(writes.length, 4); // The file's first line, a row, what came to nothing, and a hundred rows.
    assert.deepEqual(await ids(), ['one', ...many('good').map(({ id }) => id)]);
  });

  it('mend a torn line before the next one where it could not be mended at once', async () => {
    let isBroken = false;
    const fail = (): never => { throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' }); };
    const books = place.openBooks({ disk: {
      cut: (descriptor, length) => (isBroken ? fail() : ftruncateSync(descriptor, length)),
      write: (descriptor, bytes, offset, length) => (isBroken && offset > 0 ? fail() : writeSync(descriptor, bytes, offset, isBroken ? 30 : length)),
    } });
    books.write(makeRow('one'));
    isBroken = true;
    assert.throws(() => books.write(makeRow('two')), { code: 'BOOKS_UNWRITABLE' });
    assert.throws(() => books.write(makeRow('three')), { code: 'BOOKS_UNWRITABLE' });
    isBroken = false;

    books.write(makeRow('four'));
    await books.flush();

    assert.deepEqual(await ids(), ['one', 'four']);
  });

  it('cannot be written where the folder cannot be made', () => {
    writeFileSync(join(place.data, 'balancer'), 'a file');

    assert.throws(() => place.openBooks().write(makeRow('one')), { code: 'BOOKS_UNWRITABLE' });
  });

  it('keep rows in the file while the database cannot be had, and bring them in later', async () => {
    let isAway = true;
    const database = { ...place.database, transaction: async (...args: Parameters<typeof place.database.transaction>) => { if (isAway) throw new Error('away'); return place.database.transaction(...args); } } as typeof place.database;
    const books = place.openBooks({ database });
    books.write(makeRow('one'));

    await assert.rejects(books.flush(), /away/);
    isAway = false;
    await books.flush();

    assert.deepEqual(await ids(), ['one']);
  });

  it('take away what is old by themselves, once a day, and go on next time where they are closed meanwhile', async () => {
    const [dayMs, nowMs] = [86_400_000, Date.now()];
    const retention = { requestDays: 10, payloadDays: 7, payloadBytes: 0 };
    const clean = async (id: string, atMs: number): Promise<string[]> => {
      const books = place.openBooks({ retention, now: () => atMs });
      books.write(makeRow(id, { atMs: nowMs - 11 * dayMs }));
      await books.flush();
      while (books.isCleaning) await new Promise(setImmediate);
      await books.close();
      return ids();
    };

    assert.deepEqual(await clean('one', nowMs), []);
    assert.deepEqual(await clean('two', nowMs + dayMs / 2), ['two']);
    assert.deepEqual(await clean('three', nowMs + dayMs * 1.1), []);
  });

  it('hold no secret, no NUL, no endless text, and no number that does not fit', async () => {
    const books = place.openBooks({ redact: (text) => text.replaceAll('sk-very-secret', '[secret:key]') });

    books.write(makeRow('o\0ne', { error: `the key sk-very-secret is wrong ${'x'.repeat(300)}sk-very-secret`, askedModel: 'sk-very-secret', durationMs: 1e12, inputTokens: 2 ** 60, outputTokens: -1, costMicroUsd: NaN, status: 1e9 }));
    const text = readFileSync(join(linesFolder(place.data), files()[0]!), 'utf8');
    await books.flush();

    assert.doesNotMatch(text, /very-secret/);
    const { rows: [row] } = await place.database.transaction('read', ({ sql }) => sql`SELECT r.id, e.name AS error, r.duration_ms, r.input_tokens, r.output_tokens, r.cost_micro_usd, r.status FROM balancer_requests r JOIN balancer_names e ON e.id = r.error`);
    assert.deepEqual({ ...row, error: String(row!['error']).length }, { id: 'one', error: 200, duration_ms: 2_147_483_647, input_tokens: null, output_tokens: null, cost_micro_usd: null, status: 32_767 });
  });

  it('tell those who watch of the beginning and the end of each request, and mind nobody who throws', () => {
    const books = place.openBooks();
    const heard: LiveEvent[] = [];
    books.onRow(() => { throw new Error('broken'); });
    const stop = books.onRow((event) => heard.push(event));
    const row: RequestRow = makeRow('one');

    books.started(row);
    books.write(row);
    stop();
    books.write(makeRow('two'));

    assert.deepEqual(heard.map((event) => [event.type, event.type === 'start' ? event.request.id : event.type === 'end' ? event.row.id : event.id]), [['start', 'one'], ['end', 'one']]);
  });

  it('take 150 bytes a row at most in the database, of requests that differ', async () => {
    const before = (await place.database.status()).sizeBytes!;
    const books = place.openBooks();
    for (let index = 0; index < 5000; index++) {
      books.write(makeRow(`0mwr4${String(index).padStart(14, '0')}`, { atMs: makeRow('').atMs + index * 100, inputTokens: 1000 + index * 7, costMicroUsd: index * 311, durationMs: index % 3000, model: `model ${index % 9}`, conversation: `a conversation ${index % 500}`, agent: `agent ${index % 20}`, requestBytes: 20_000 + index }));
    }

    await books.close();
    await place.database.close();

    assert.ok((statSync(place.file).size - before) / 5000 <= 150, `${(statSync(place.file).size - before) / 5000} bytes a row`);
  });
});

/** What a process leaves that was killed. */
function writeLeft(place: BooksPlace, rows: readonly string[], torn: string, owner: Partial<Owner> = { pid: NOBODY }, name = 'left.log'): string {
  const folder = linesFolder(place.data);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, name);
  const lines = new Lines((text) => text);
  writeFileSync(file, [`${JSON.stringify({ ...describeOwner(), ...owner })}\n`, ...rows.map((id) => toText(lines.of(makeRow(id)))), torn].join(''));
  return file;
}
