import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createTestKernel } from '@pith/kernel/testing';
import database from '../../database/src/index.ts';
import { CODES } from '../src/errors.ts';
import AccountsList from '../src/commands/accounts/list.ts';
import balancer from '../src/index.ts';
import { runCommand } from './run-command.ts';
import { added, createHome, T0 } from './start-balancer.ts';

const entry = fileURLToPath(new URL('../src/index.ts', import.meta.url));

describe('the plugin balancer', () => {
  it('loads alone, with only the kernel beside it, and makes nothing before it is used', async () => {
    const { kernel, folder, close } = await createTestKernel({ plugins: [balancer] });

    assert.deepEqual(kernel.plugins.map(({ name, state, absent }) => ({ name, state, absent })), [{ name: 'balancer', state: 'active', absent: [] }]);
    await kernel.service('balancer');
    assert.equal(existsSync(join(folder, '.pith-home', 'data')), false);
    await close();
  });

  it('says what it needs where there is no database', async () => {
    const { kernel, close } = await createTestKernel({ plugins: [balancer], knownPlugins: ['database'] });

    await assert.rejects((await kernel.service('balancer')).pool(), { code: 'SERVICE_MISSING', hint: 'Install the plugin that does: pith plugins install database' });
    await close();
  });

  it('tries a part again that could not be made', async () => {
    const { kernel, close } = await createTestKernel({ plugins: [balancer] });
    const service = await kernel.service('balancer');
    await assert.rejects(service.pool(), { code: 'SERVICE_MISSING' });

    await kernel.load([balancer, database]);

    assert.deepEqual((await service.pool()).accounts, []);
    assert.equal(await service.pool(), await service.pool());
    await close();
  });

  it('tells how its accounts are, and makes nothing for that', async () => {
    const home = await createHome();
    const kernel = await home.open();
    const context = kernel.contributionContext('balancer');
    const texts = async (): Promise<string[]> => (await balancer.examine!(context)).map(({ level, text, hint }) => [level, text.replace(/since .*?: /, 'since …: '), ...(hint === undefined ? [] : [hint])].join(' | '));

    assert.deepEqual(await texts(), ['ok | no account yet; add one with: pith accounts add NAME']);
    assert.deepEqual((await (await kernel.service('database')).status()).owners, []);
    const pool = await (await kernel.service('balancer')).pool();
    assert.deepEqual(await texts(), ['ok | no account yet; add one with: pith accounts add NAME']);
    await pool.append(added('home'));
    await pool.append(added('my work'));
    await pool.append({ type: 'refresh-failed', accountId: 'id-my work', atMs: T0, by: 'a test', reason: 'invalid_grant', isFinal: true, retryAtMs: T0 });
    assert.deepEqual(await texts(), ['ok | 2 accounts, of which 1 takes requests', 'warning | my work: needs sign-in since …: invalid_grant | pith accounts reauth "my work"']);
    await pool.append({ type: 'paused', accountId: 'id-home', atMs: T0, by: 'a test', reason: 'the bill' });
    assert.deepEqual((await texts()).slice(0, 2), ['warning | 2 accounts, of which 0 take requests', 'ok | home: paused since …: the bill']);
    await home.remove();
  });

  it('loads nothing but its options at start', async () => {
    const script = `
      import { registerHooks } from 'node:module';
      const loaded = [];
      registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
      await import(${JSON.stringify(entry)});
      console.log(JSON.stringify(loaded));
    `;
    const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=pith-source', '--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script]);

    const own = (JSON.parse(stdout) as string[]).filter((url) => url.includes('/plugins/balancer/') || /\/(?:zod|undici|openid-client|lowdb)\//.test(url)).map((url) => url.split('/').at(-1));
    assert.deepEqual([own.includes('index.ts'), own.filter((name) => !/^(?:index|names|limits|routes|(?:[a-z]+-)?options)\.ts$/.test(name ?? ''))], [true, []]);
  });

  it('refuses options that it does not know, and a command says so', async () => {
    const { kernel, close } = await createTestKernel({ plugins: [balancer], options: { balancer: { nonsense: 1 } } });

    const { error } = await runCommand(AccountsList, [], async () => kernel);

    assert.equal(kernel.plugins[0]!.state, 'failed');
    assert.equal(error!.code, 'BALANCER_ALONE');
    assert.match(error!.message, /^The plugin balancer did not load: .*nonsense/);
    await close();
  });

  it('explains each of its error codes in the README', async () => {
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');

    const rows = [...readme.matchAll(/^\| `([A-Z_]+)` \| (.+) \|$/gm)].map(([, code, text]) => [code, text]);
    assert.deepEqual(Object.fromEntries(rows), Object.fromEntries(Object.entries(CODES).map(([code, [, text]]) => [code, text])));
  });
});
