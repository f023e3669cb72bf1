import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Kernel } from '@pith/kernel';
import { after, before } from 'mocha';
import { createHome, type Home } from '../start-balancer.ts';
import type { OpenBooks } from '../../src/books/open.ts';
import { makeRow } from './place.ts';

const RUN = fileURLToPath(new URL('run-command.ts', import.meta.url));

interface Ran { code: number | null; stdout: string; stderr: string }

describe('commands of the books', function () {
  this.timeout(60_000);
  let home: Home;
  let kernel: Kernel;
  let opened: OpenBooks;
  before(async () => {
    home = await createHome();
    kernel = await home.open();
    const balancer = await kernel.service('balancer');
    await (await balancer.pool()).append({ type: 'added', accountId: 'account-1', atMs: Date.now(), by: 'a test', name: 'work', provider: 'anthropic', family: 'anthropic', credential: 'api-key', baseUrl: 'https://api.anthropic.com', priority: 0, tier: 1, models: {} });
    opened = await balancer.books();
    for (let index = 0; index < 30; index++) opened.books.write(makeRow(`row-${index}`, { atMs: Date.now() - index * 60_000, ...(index % 3 === 0 ? { status: 500, end: 'error' as const, error: 'api_error', model: 'gpt-5', accountId: 'gone' } : {}) }));
    opened.log.warn('account work is benched', { account: 'work' });
  });
  after(() => home.remove());

  const start = (words: readonly string[]): ReturnType<typeof spawn> => spawn(process.execPath, ['--conditions=pith-source', '--disable-warning=ExperimentalWarning', RUN, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] ?? '', PITH_HOME: home.folder, PITH_VAULT_KEYRING: 'off', COLUMNS: '100', NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? `${home.folder}/compiled` },
  });
  const run = async (...words: string[]): Promise<Ran> => {
    const child = start(words);
    let [stdout, stderr] = ['', ''];
    child.stdout!.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
    child.stderr!.setEncoding('utf8').on('data', (text: string) => { stderr += text; });
    const [code] = await once(child, 'close') as [number | null];
    return { code, stdout, stderr };
  };

  it('count and list what a process has just written that still runs, by names of accounts', async () => {
    const [stats, requests, failed, unknown] = await Promise.all([run('stats'), run('requests', '--json', '--limit', '10'), run('requests', '--account', 'gone', '--status', 'error'), run('requests', '--account', 'wrok')]);

    assert.match(stats.stdout, /^Requests of the last 24 hours\n\nRequests +30, 66\.7 % went well\n/);
    assert.match(stats.stdout, /^work +20 +100 % /m);
    const { requests: listed, next } = JSON.parse(requests.stdout) as { requests: { id: string; accountId: string }[]; next: string };
    assert.deepEqual([listed.map(({ id }) => id), typeof next], [Array.from({ length: 10 }, (_, index) => `row-${index}`), 'string']);
    assert.equal(failed.stdout.trim().split('\n').length, 11);
    assert.match(failed.stdout, /500 error +gone .* gpt-5 +api_error$/m);
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /Did you mean work\?/);
  });

  it('show one request, findings, and the log', async () => {
    const [one, none, findings, logs] = await Promise.all([run('requests', 'row-1'), run('requests', 'row-99'), run('analyze', '--json'), run('logs')]);

    assert.match(one.stdout, /^Request +row-1\n[^]*^Account +work, sticky$/m);
    assert.equal(none.code, 2);
    assert.match(none.stderr, /There is no request "row-99" on the books/);
    const { findings: found } = JSON.parse(findings.stdout) as { findings: { kind: string; text: string }[] };
    assert.deepEqual(found.filter(({ kind }) => kind === 'failing-account').map(({ text }) => text), ['Account gone failed in 100 % of its 10 requests, mostly with: api_error.']);
    assert.match(logs.stdout, /WARN {3}account work is benched account=work\n$/);
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
