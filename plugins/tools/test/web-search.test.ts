import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
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
  it('is there only where the options name a command', async () => {
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
    ['https://search.example/?q={query}', 'addresses are not taken yet'], [['ddgr'], 'must be a command as a list'], [[], 'must be a command as a list'], [{ command: 'x' }, 'found an object'], [7, 'found 7'],
    [['ddgr', '--json'], 'must hold {query} in one of its arguments'], [['{query}', 'x'], 'must not take its program from {query}'], [['ddgr', '{query}', ''], 'none of them empty'], [['ddgr', 7, '{query}'], 'found 7'],
  ] as const) {
    it(`refuses the option ${JSON.stringify(webSearch)}`, async () => {
      const tools = await startTools({ options: { tools: { webSearch } } });

      const [status] = tools.kernel.plugins.filter(({ name }) => name === 'tools');

      assert.equal(status?.error?.code, 'CONFIG_INVALID');
      assert.ok(status.error.message.includes(problem), status.error.message);
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
