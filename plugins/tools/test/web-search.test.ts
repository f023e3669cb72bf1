import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { startServer } from '@pith/kernel/testing';
import { afterEach } from 'mocha';
import { toCommand } from '../src/command-search.ts';
import { awaitProcesses, findProcesses } from './processes.ts';
import { type Called, startTools } from './start-tools.ts';

/** A program that writes its arguments, one in brackets after the other. */
const SHOW = ['node', '-e', 'process.stdout.write(process.argv.slice(1).map((word) => `[${word}]`).join(""))', '--'];

async function search(webSearch: unknown, query: string, { env = {}, signal, plugins }: { env?: Record<string, string>; signal?: AbortSignal; plugins?: [] } = {}): Promise<{ called: Called; names: string[]; target: unknown }> {
  const tools = await startTools({ options: { tools: { webSearch } }, env: { PATH: process.env['PATH'], ...env }, ...(plugins === undefined ? {} : { plugins }) });
  const called = await tools.call('web-search', { query }, signal);
  const names = await readdir(tools.folder);
  const target = tools.events.flatMap((event) => (event.type === 'tool-start' ? event.targets : []))[0];
  await tools.close();
  return { called, names, target };
}

describe('web-search', () => {
  it('is there only where the options name something to ask', async () => {
    const { called } = await search(undefined, 'x');

    assert.equal(called.code, 'TOOL_UNKNOWN');
  });

  it('runs the command with the query as one argument, whatever it holds', async () => {
    for (const query of ['pith agent', 'it\'s "quoted" $(touch pwned) `touch pwned` $HOME ; touch pwned', 'a\\b *', '{query}', 'größe 世界', '$& $1 $$']) {
      const { called, names } = await search([...SHOW, '{query}'], query);

      assert.equal(called.text, `[${query}]`);
      assert.deepEqual(names, []);
    }
  });

  it('puts the query into the middle of an argument, and into several', async () => {
    assert.equal((await search([...SHOW, '--q={query}&x', 'plain', '{query}'], 'a b')).called.text, '[--q=a b&x][plain][a b]');
  });

  it('is an effect on the network, of which rules know the query', async () => {
    const { target } = await search([...SHOW, '{query}'], 'a b');
    const { called } = await search([...SHOW, '{query}'], 'a b', { plugins: [] });

    assert.deepEqual(target, { family: 'WebSearch', name: 'a b' });
    assert.equal(called.status, 'refused');
  });

  it('says how a command failed, with what it wrote', async () => {
    const failed = await search(['node', '-e', 'console.error("no network"); process.exit(3)', '{query}'], 'x');
    const missing = await search(['no-such-program', '{query}'], 'x');

    assert.equal(failed.called.status, 'error');
    assert.equal(failed.called.text, 'no network\n[exit code 3]');
    assert.match(missing.called.text, /no-such-program.*not found[^]*\[exit code 127\]$/);
  });

  it('gives the command no secret of the environment', async () => {
    const { called } = await search(['node', '-e', 'console.log(JSON.stringify([process.env.MY_API_KEY, process.env.LANG]))', '{query}'], 'x', { env: { MY_API_KEY: 'sk-1234567890abcdefghijkl', LANG: 'C.UTF-8' } });

    assert.equal(called.text, '[null,"C.UTF-8"]\n');
  });

  it('keeps a long output within bounds', async () => {
    const { called } = await search(['node', '-e', 'process.stdout.write("x".repeat(1e6))', '{query}'], 'x');

    assert.match(called.text, /^x{10000}\n… 970000 bytes left out …\nx{20000}$/);
  });

  if (process.platform === 'linux') {
    it('ends the command with the call, and what it started', async () => {
      const token = `pith-search-${process.pid}`;
      const controller = new AbortController();
      const tools = await startTools({ options: { tools: { webSearch: ['sh', '-c', `sh -c "sleep 1000; : ${token}" & wait`, '{query}'] } } });
      const call = tools.call('web-search', { query: 'x' }, controller.signal);
      await awaitProcesses(token, 2);
      controller.abort(new Error('enough'));

      assert.equal((await call).status, 'interrupted');
      assert.deepEqual(findProcesses(token), []);
      await tools.close();
    });
  }

  it('refuses queries that a program could take for something else', async () => {
    for (const query of ['--output=/etc/passwd', '-x', '', '   ', 'a\0b', 'a\nb', 'x'.repeat(501)]) {
      assert.equal((await search([...SHOW, '{query}'], query)).called.code, 'TOOL_INPUT_INVALID', JSON.stringify(query));
    }
  });

  for (const [webSearch, problem] of [
    [['ddgr'], 'found a program alone'], [[], 'found an empty list'], [{ command: 'x' }, 'has no "command"; there are url, allowLoopback'], [7, 'must be a command as a list'], ['search.example/?q={query}', 'begins with https://'],
    ['http://search.example/?q={query}', 'unless allowHttp or allowLoopback'], ['ftp://search.example/?q={query}', 'begins with https://'], ['https://me:pw@search.example/?q={query}', 'no name and no password'],
    ['https://search.example/', 'behind its question mark'], ['https://{query}.example/?q={query}', 'behind its question mark'], ['https://search.example/{query}?a=b', 'behind its question mark'], ['https://search.example/?a=b#{query}', 'behind its question mark'],
    [{ url: 7 }, 'must have an address as url; found 7'], [{ url: 'https://search.example/?q={query}', allowHttp: 'yes' }, 'true or false'], [{ url: 'https://search.example/?q={query}', allowHosts: 'a' }, 'a list of host names'],
    [['ddgr', '--json'], 'must hold {query} in one of its arguments'], [['{query}', 'x'], 'must not take its program from {query}'], [['ddgr', '{query}', ''], 'none of them empty'], [['ddgr', 7, '{query}'], 'found 7'],
  ] as const) {
    it(`refuses the option ${JSON.stringify(webSearch)}`, async () => {
      const tools = await startTools({ options: { tools: { webSearch } } });

      const [status] = tools.kernel.plugins.filter(({ name }) => name === 'tools');

      assert.equal(status?.error?.code, 'CONFIG_INVALID');
      assert.ok(status.error.message.includes(problem), status.error.message);
      assert.ok(!status.error.message.includes('me:pw'));
      await tools.close();
    });
  }

  it('refuses options that it does not know', async () => {
    const tools = await startTools({ options: { tools: { websearch: ['x', '{query}'] } } });

    assert.match(tools.kernel.plugins.find(({ name }) => name === 'tools')?.error?.message ?? '', /websearch: is not known; there is webSearch/);
    await tools.close();
  });

  it('quotes every argument for the shell', () => {
    assert.equal(toCommand(['a b', "it's", '{query}'], "x'y"), "exec 'a b' 'it'\\''s' 'x'\\''y'");
  });
});

describe('web-search by an address', () => {
  const opened: { close(): Promise<void> }[] = [];
  afterEach(async () => { for (const thing of opened.splice(0).reverse()) await thing.close(); });

  /** A search server that answers so, and what the model reads of it. */
  async function ask(body: string, { query = 'pith', status = 200, type = 'application/json', headers = {}, path = '/search?format=json&q={query}' }: { query?: string; status?: number; type?: string; headers?: Record<string, string>; path?: string } = {}) {
    const server = await startServer((_, response) => void response.writeHead(status, { ...(type === '' ? {} : { 'content-type': type }), ...headers }).end(body));
    opened.push(server);
    const tools = await startTools({ options: { tools: { webSearch: { url: `${server.url}${path}`, allowLoopback: true } } } });
    opened.push(tools);
    return { server, tools, called: await tools.call('web-search', { query }) };
  }

  for (const query of ['pith agent', 'a&q=b#c?d=/../%2e', 'größe 世界 😀', '$& $1 {query}']) {
    it(`sends ${JSON.stringify(query)} as one value and nothing else`, async () => {
      const { server } = await ask('[]', { query, path: '/search?q={query}&format=json' });

      const url = new URL(server.requests[0]!.path, server.url);
      assert.deepEqual([server.requests.length, server.requests[0]!.method, url.pathname, [...url.searchParams]], [1, 'GET', '/search', [['q', query], ['format', 'json']]]);
    });
  }

  const RESULTS = [{ title: 'Pith', url: 'https://pith.example/', content: 'The <strong>inner</strong>\n part.' }, { name: 'Other', link: 'https://other.example/', snippet: 'x'.repeat(600) }, { note: 'no address' }, { href: 'https://bare.example/' }];
  const SHOWN = `1. Pith\n   https://pith.example/\n   The inner part.\n2. Other\n   https://other.example/\n   ${'x'.repeat(500)}…\n3. https://bare.example/`;

  for (const [where, body] of [['at the top', RESULTS], ['under results', { query: 'pith', answers: [], results: RESULTS }], ['under web.results', { mixed: { main: [{ type: 'web' }] }, web: { results: RESULTS } }]] as const) {
    it(`shows results that lie ${where} as title, address and text`, async () => {
      assert.equal((await ask(JSON.stringify(body))).called.text, SHOWN);
    });
  }

  it('shows no more than twenty results, and says how many there are', async () => {
    const { called } = await ask(JSON.stringify(Array.from({ length: 23 }, (_, index) => ({ title: `t${index}`, url: 'https://a.example/' }))));

    assert.match(called.text, /\n20\. t19\n {3}https:\/\/a\.example\/\n\[3 more\]$/);
  });

  it('hands on other JSON and text as they are', async () => {
    assert.equal((await ask('{"answer":42}')).called.text, '{"answer":42}');
    assert.equal((await ask('one\ntwo', { type: 'text/plain; charset=utf-8' })).called.text, 'one\ntwo');
    assert.equal((await ask('[]', { type: '' })).called.text, '[]');
    assert.equal((await ask('', { type: 'text/plain' })).called.text, '[no results]');
  });

  it('keeps a long answer within bounds', async () => {
    const { called } = await ask('x'.repeat(2_000_000), { type: 'text/plain' });

    assert.ok(called.text.length < 31_000 && called.text.startsWith('[only the first 1 MiB]\nxxx'), called.text.slice(0, 80));
  });

  it('says which status a server answered with that does not search', async () => {
    const { called } = await ask('{"message":"too many"}', { status: 429 });

    assert.deepEqual([called.status, called.text], ['error', '[status 429]\n{"message":"too many"}']);
  });

  it('takes a web page for a mistake', async () => {
    for (const type of ['text/html', 'application/xhtml+xml', 'image/png']) {
      const { called } = await ask('<h1>Search</h1>', { type });
      assert.deepEqual([called.status, called.code], ['error', 'SEARCH_REPLY_INVALID']);
      assert.ok(called.text.includes(type));
    }
  });

  it('follows no redirect', async () => {
    const { called, server } = await ask('', { status: 302, headers: { location: '/elsewhere' } });

    assert.deepEqual([called.code, server.requests.length], ['NET_REDIRECTED', 1]);
  });

  it('goes nowhere that a person did not open, and shows no key of the address', async () => {
    const server = await startServer((_, response) => void response.end('[]'));
    opened.push(server);
    for (const webSearch of [`https://127.0.0.1:${new URL(server.url).port}/?key=s3cret-key&q={query}`, 'https://10.1.2.3/?key=s3cret-key&q={query}', { url: `${server.url}/?key=s3cret-key&q={query}`, allowHttp: true }, { url: 'http://192.168.1.9/?key=s3cret-key&q={query}', allowLoopback: true }]) {
      const tools = await startTools({ options: { tools: { webSearch } } });
      opened.push(tools);
      const called = await tools.call('web-search', { query: 'x' });

      assert.equal(called.code, 'NET_REFUSED', JSON.stringify(webSearch));
      assert.ok(!JSON.stringify(tools.events).includes('s3cret-key'));
    }
    assert.equal(server.requests.length, 0);
  });

  it('is the same effect on the network as by a command, and asks', async () => {
    const tools = await startTools({ options: { tools: { webSearch: 'https://search.example/?q={query}' } }, plugins: [] });
    opened.push(tools);

    assert.equal((await tools.call('web-search', { query: 'x' })).status, 'refused');
  });

  it('ends the request with the call', async () => {
    const asked = Promise.withResolvers<void>();
    const server = await startServer(() => asked.resolve());
    opened.push(server);
    const tools = await startTools({ options: { tools: { webSearch: { url: `${server.url}/?q={query}`, allowLoopback: true } } } });
    opened.push(tools);
    const controller = new AbortController();
    const call = tools.call('web-search', { query: 'x' }, controller.signal);
    await asked.promise;
    controller.abort(new Error('enough'));

    assert.equal((await call).status, 'interrupted');
  });
});
