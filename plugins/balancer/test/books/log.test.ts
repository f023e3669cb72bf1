import assert from 'node:assert/strict';
import { appendFileSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'mocha';
import type { Account, AccountEvent } from '../../src/account/account.ts';
import { logEvents } from '../../src/books/log-events.ts';
import { createLog, logFolder, type LogLine } from '../../src/books/log.ts';
import { followLog, readLog } from '../../src/books/read-log.ts';

describe('the log of the balancer', () => {
  let data: string;
  beforeEach(async () => { data = await mkdtemp(join(tmpdir(), 'pith-log-')); });
  afterEach(() => rm(data, { recursive: true, force: true }));

  const redact = (text: string): string => text.replaceAll('sk-very-secret', '[secret:key]');
  const open = (options: Partial<Parameters<typeof createLog>[0]> = {}): ReturnType<typeof createLog> => createLog({ data, redact, now: () => 1000, ...options });
  const texts = (lines: readonly LogLine[]): string[] => lines.map(({ text }) => text);

  it('keeps lines with their level and facts in a private file, without secrets', () => {
    const log = open();
    log.warn('the key sk-very-secret was refused', { account: 'main', header: 'sk-very-secret', status: 401 });

    const [line] = readLog(data);
    assert.deepEqual(line, { atMs: 1000, level: 'warn', pid: process.pid, text: 'the key [secret:key] was refused', facts: { account: 'main', header: '[secret:key]', status: 401 } });
    const [folder, file] = [logFolder(data), join(logFolder(data), 'balancer.log')];
    assert.deepEqual([statSync(folder).mode & 0o777, statSync(file).mode & 0o777], [0o700, 0o600]);
    assert.doesNotMatch(readFileSync(file, 'utf8'), /very-secret/);
  });

  it('keeps no line below its level, and tells those who listen of the others', () => {
    const log = open({ level: 'warn' });
    const heard: LogLine[] = [];
    log.onLine(() => { throw new Error('broken'); });
    const stop = log.onLine((line) => heard.push(line));

    log.debug('a');
    log.info('b');
    log.warn('c');
    stop();
    log.error('d');

    assert.deepEqual([texts(readLog(data)), texts(heard)], [['c', 'd'], ['c']]);
  });

  it('gives the newest so many, of a level and since a time, and passes over what is no line', () => {
    let nowMs = 0;
    const log = open({ now: () => nowMs += 100 });
    for (let index = 1; index <= 6; index++) (index % 2 === 0 ? log.error : log.info)(`${index}`);
    appendFileSync(join(logFolder(data), 'balancer.log'), 'not a line\n{"atMs":1}\n{"torn');

    assert.deepEqual(texts(readLog(data, { limit: 2 })), ['5', '6']);
    assert.deepEqual(texts(readLog(data, { level: 'warn' })), ['2', '4', '6']);
    assert.deepEqual(texts(readLog(data, { sinceMs: 500 })), ['5', '6']);
    assert.deepEqual(readLog(data, { limit: 0 }), []);
  });

  it('puts a file aside that is long, keeps a few of those, and reads on through all of them', () => {
    const log = open({ maxBytes: 500, keep: 2 });
    for (let index = 0; index < 60; index++) log.info(`line ${index}`);

    const files = readdirSync(logFolder(data));
    const kept = texts(readLog(data, { limit: 1000 }));
    assert.equal(files.length, 3);
    assert.deepEqual(kept, Array.from({ length: kept.length }, (_, index) => `line ${60 - kept.length + index}`));
    assert.ok(kept.length >= 10 && kept.length < 30, String(kept.length));
  });

  it('loses no line of two writers where one of them puts the file aside', () => {
    const [first, second] = [open({ maxBytes: 400, keep: 100 }), open({ maxBytes: 400, keep: 100 })];
    for (let index = 0; index < 40; index++) (index % 2 === 0 ? first : second).info(`line ${index}`);

    assert.deepEqual(texts(readLog(data, { limit: 1000 })).sort(), Array.from({ length: 40 }, (_, index) => `line ${index}`).sort());
  });

  it('shows lines as they come, also those that came before the file was put aside, twice', async () => {
    const log = open({ maxBytes: 400, keep: 100 });
    log.info('before');
    const stop = new AbortController();
    const seen: string[] = [];
    const following = (async () => {
      for await (const { text } of followLog(data, { signal: stop.signal, lookMs: 2 })) {
        seen.push(text);
        if (seen.length === 40) stop.abort();
      }
    })();
    await new Promise(setImmediate);

    for (let index = 0; index < 40; index++) log.info(`line ${index}`);
    await following;

    assert.deepEqual(seen, Array.from({ length: 40 }, (_, index) => `line ${index}`));
  });

  it('says what happens to accounts in this process: limits, tokens and what people do, and nothing of what every answer says', () => {
    const listeners: ((event: AccountEvent, account: Account) => void)[] = [];
    logEvents({ onChange: (heard) => {
      listeners.push(heard);
      return () => undefined;
    } }, open(), { by: 'me 1', now: () => Date.UTC(2026, 10, 22) });
    const tell = (event: { type: AccountEvent['type'] } & Record<string, unknown>): void => { for (const heard of listeners) heard({ accountId: 'id', atMs: 0, by: 'me 1', ...event } as AccountEvent, { name: 'work' } as Account); };

    tell({ type: 'limited', untilMs: Date.UTC(2026, 10, 22), reason: 'upstream_429_with_reset', status: 429 });
    tell({ type: 'limited', untilMs: 0, reason: 'of another process', status: 429, by: 'you 2' });
    tell({ type: 'windows', windows: {} });
    tell({ type: 'paused', reason: 'the bill' });

    const lines = readLog(data);
    assert.deepEqual(lines.map(({ level }) => level), ['warn', 'info']);
    assert.match(lines[0]!.text, /^Account work: limited until .* \(429\): its limit is reached$/);
    assert.deepEqual(lines[0]!.facts, { account: 'work', event: 'limited', reason: 'upstream_429_with_reset', status: 429 });
    assert.match(lines[1]!.text, /^Account work: paused.*the bill$/);
  });

  it('goes on where its folder was taken away, and stays silent where it cannot be written', () => {
    const log = open();
    log.info('one');
    rmSync(logFolder(data), { recursive: true });
    log.info('two');
    assert.deepEqual(texts(readLog(data)), ['two']);

    rmSync(join(data, 'balancer'), { recursive: true });
    writeFileSync(join(data, 'balancer'), 'a file');
    log.info('three');
    log.close();
  });
});
