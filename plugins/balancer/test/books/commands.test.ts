import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Kernel } from '@pith/kernel';
import { after, before } from 'mocha';
import { createHome, type Home } from '../start-balancer.ts';
import type { OpenBooks } from '../../src/books/open.ts';
import { KeyStore } from '../../src/keys/key-store.ts';
import Analyze from '../../src/commands/analyze.ts';
import Requests from '../../src/commands/requests.ts';
import Stats from '../../src/commands/stats.ts';
import { type CommandClass, runCommand, type Said } from '../run-command.ts';
import { makeRow } from './place.ts';

const RUN = fileURLToPath(new URL('run-command.ts', import.meta.url));

describe('commands of the books', function () {
  this.timeout(60_000);
  let home: Home;
  let kernel: Kernel;
  let opened: OpenBooks;
  before(async () => {
    process.env['COLUMNS'] = '100';
    home = await createHome();
    kernel = await home.open();
    const balancer = await kernel.service('balancer');
    await (await balancer.pool()).append({ type: 'added', accountId: 'account-1', atMs: Date.now(), by: 'a test', name: 'work', provider: 'anthropic', family: 'anthropic', credential: 'api-key', baseUrl: 'https://api.anthropic.com', priority: 0, tier: 1, models: {} });
    opened = await balancer.books();
    const { key } = await new KeyStore(await balancer.database()).add('ci', { accounts: null, models: null, budgets: [], expiresMs: null });
    for (let index = 0; index < 30; index++) opened.books.write(makeRow(`row-${index}`, { atMs: Date.now() - index * 60_000, clientKeyId: index < 5 ? key.id : index < 7 ? 'a-key-that-is-gone' : null, ...(index % 3 === 0 ? { status: 500, end: 'error' as const, error: 'api_error', model: 'gpt-5', accountId: 'gone' } : {}) }));
    (await balancer.log()).warn('account work is benched', { account: 'work' });
  });
  after(async () => {
    delete process.env['COLUMNS'];
    await home.remove();
  });

  const start = (words: readonly string[]): ReturnType<typeof spawn> => spawn(process.execPath, ['--conditions=pith-source', '--disable-warning=ExperimentalWarning', RUN, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] ?? '', PITH_HOME: home.folder, PITH_VAULT_KEYRING: 'off', COLUMNS: '100', NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? `${home.folder}/compiled` },
  });
  const run = (command: CommandClass, ...words: string[]): Promise<Said> => runCommand(command, words, () => home.open());

  it('count and list what a process has just written that still runs, by names of accounts', async () => {
    const stats = await run(Stats);
    const requests = await run(Requests, '--limit', '10');
    const failed = await run(Requests, '--account', 'gone', '--status', 'error');
    const unknown = await run(Requests, '--account', 'wrok');

    assert.match(stats.out, /^Requests of the last 24 hours\n\nRequests +30, 66\.7 % went well\n/);
    assert.match(stats.out, /^work +20 +100 % /m);
    assert.match(stats.out, /^CLIENT KEY .*\nci +5 .*\na-key-that-is-gone +2 /m);
    const { requests: listed, next } = requests.result as { requests: { id: string; accountId: string }[]; next: string };
    assert.deepEqual([listed.map(({ id }) => id), typeof next], [Array.from({ length: 10 }, (_, index) => `row-${index}`), 'string']);
    assert.match(requests.err, /^Older ones: pith requests --limit 50$/m);
    assert.equal(failed.out.trim().split('\n').length, 11);
    assert.match(failed.out, /500 error +gone .* gpt-5 +api_error$/m);
    assert.deepEqual([unknown.error?.code, unknown.error?.hint], ['ACCOUNT_NOT_FOUND', 'Did you mean work?']);
  });

  it('show one request, findings, and what to do where there is nothing', async () => {
    const one = await run(Requests, 'row-1');
    const none = await run(Requests, 'row-99');
    const findings = await run(Analyze);
    const odd = await run(Requests, '--since', 'yesterday');
    const empty = await run(Stats, '--model', 'nobody');

    assert.match(one.out, /^Request +row-1\n[^]*^Account +work, where its conversation is at home\n[^]*^Client key +ci$/m);
    assert.deepEqual([none.error?.code, none.error?.exitCode, none.error?.message], ['REQUEST_NOT_FOUND', 2, 'There is no request "row-99" on the books']);
    const { findings: found } = findings.result as { findings: { kind: string; text: string }[] };
    assert.deepEqual(found.filter(({ kind }) => kind === 'failing-account').map(({ text }) => text), ['Account gone failed in 100 % of its 10 requests, mostly with: api_error.']);
    assert.equal(odd.error?.code, 'BOOKS_TIME_INVALID');
    assert.equal(empty.out, 'There are no such requests of the last 24 hours. Of all time: pith stats --range all\n');
  });

  it('say what the balancer said of itself', async () => {
    const child = start(['logs']);
    let out = '';
    child.stdout!.setEncoding('utf8').on('data', (text: string) => { out += text; });
    await once(child, 'close');

    assert.match(out, /^\d\d:\d\d:\d\d {2}WARN {3}account work is benched\n$/);
  });

  it('follow requests of another process until they are stopped, as lines of JSON', async () => {
    const child = start(['requests', '--follow', '--json', '--model', 'claude-sonnet-4-5-20250929']);
    const ended = once(child, 'close');
    const lines = createInterface(child.stdout!);
    const seen: string[] = [];
    // It says nothing before the first one, so that rows come until it has seen three.
    const writing = setInterval(() => opened.books.write(makeRow(`new-${Date.now()}`)), 50);

    for await (const line of lines) {
      seen.push((JSON.parse(line) as { id: string }).id);
      if (seen.length === 3) child.kill('SIGINT');
    }
    clearInterval(writing);

    assert.deepEqual((await ended)[0], 130);
    assert.ok(seen.length >= 3 && seen.every((id) => id.startsWith('new-')));
  });
});
