import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Vault } from '@pith/kernel';
import { startServer } from '@pith/kernel/testing';
import { afterEach, beforeEach } from 'mocha';
import { createVault } from '../src/vault.ts';

const script = fileURLToPath(new URL('vault-child.ts', import.meta.url));
const NODE = ['--conditions=pith-source', '--disable-warning=ExperimentalWarning', script];

interface Ended { code: number | null; stdout: string }

describe('a vault that many processes use', () => {
  let config: string;
  let vault: Vault;
  const children = new Set<ChildProcess>();
  beforeEach(async () => {
    config = join(await mkdtemp(join(tmpdir(), 'pith-vault-')), 'config');
    vault = createVault({ config, env: { PITH_VAULT_KEYRING: 'off' } });
  });
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    await rm(join(config, '..'), { recursive: true, force: true });
  });

  function start(command: string, args: readonly string[]): { child: ChildProcess; ended: Promise<Ended>; said: (count: number) => Promise<string> } {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 2] });
    children.add(child);
    let stdout = '';
    child.stdout!.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
    const ended = once(child, 'close').then(([code]) => {
      children.delete(child);
      return { code: code as number | null, stdout };
    });
    const said = async (count: number): Promise<string> => {
      while (stdout.split('\n').length <= count) await once(child.stdout!, 'data');
      return stdout;
    };
    return { child, ended, said };
  }
  const startChild = (...words: string[]) => start(process.execPath, [...NODE, config, ...words]);

  it('loses none of the names that eight write at the same time, from the very first on', async () => {
    const ended = await Promise.all(Array.from({ length: 8 }, (_, index) => startChild('set', `p${index}`, '6').ended));

    assert.deepEqual(ended, Array.from({ length: 8 }, () => ({ code: 0, stdout: '' })));
    const values = await vault.values();
    assert.equal(values.size, 48);
    for (const [name, value] of values) assert.equal(value, `value of ${name}`);
  });

  it('counts every update of four', async () => {
    await Promise.all(Array.from({ length: 4 }, () => startChild('count', '10').ended));

    assert.equal(await vault.get('counter'), '40');
  });

  it('refreshes an expired token once: four meet it, the issuer sees one request', async () => {
    let requests = 0;
    const issuer = await startServer((_, response) => { requests++; response.setHeader('content-type', 'application/json').end(JSON.stringify({ access: 'new', expired: false })); });
    await vault.set('token', { access: 'old', expired: true });

    const ended = await Promise.all(Array.from({ length: 4 }, () => startChild('refresh', issuer.url).ended));

    await issuer.close();
    assert.deepEqual(ended.map(({ code }) => code), [0, 0, 0, 0]);
    assert.equal(requests, 1);
    assert.deepEqual(await vault.get('token'), { access: 'new', expired: false });
  });

  it('never puts a token of before in the place of one that was set meanwhile', async () => {
    await vault.set('token', 'old');
    const seen: unknown[] = [];

    const kept = await vault.update('token', async (held) => {
      seen.push(held);
      if (held !== 'old') return undefined;
      await createVault({ config, env: { PITH_VAULT_KEYRING: 'off' } }).set('token', 'set by a person');
      return 'late';
    });

    assert.deepEqual([kept, await vault.get('token'), seen], ['set by a person', 'set by a person', ['old', 'set by a person']]);
  });

  it('does not bring back a token that was removed meanwhile, also where the same was set again', async () => {
    await vault.set('token', 'old');
    let rounds = 0;
    await vault.update('token', async () => {
      if (++rounds > 1) return undefined;
      await vault.remove('token');
      await vault.set('token', 'old');
      return 'late';
    });

    assert.deepEqual([rounds, await vault.get('token')], [2, 'old']);
  });

  it('gives up an update whose value is set again in every round', async () => {
    await assert.rejects(vault.update('token', async () => {
      await vault.set('token', String(Math.random()));
      return 'mine';
    }), { code: 'VAULT_BUSY', message: /again and again/ });
  });

  it('lets others read, write and remove while a token is refreshed', async () => {
    const { said, child, ended } = startChild('hold');
    await said(1);

    await vault.set('other', 'x');
    await vault.set('token', 'by hand');
    assert.deepEqual([await vault.get('other'), await vault.get('token')], ['x', 'by hand']);
    const waiting = new AbortController();
    const update = vault.update('token', () => 'mine', { signal: waiting.signal });
    waiting.abort(new Error('enough'));
    await assert.rejects(update, (error: Error) => error.name === 'AbortError' || error.message === 'enough');

    child.kill('SIGKILL');
    await ended;
    assert.equal(await vault.update('token', () => 'after the dead one'), 'after the dead one');
  });

  it('holds the old value or the new one, and all others, whenever a writer is killed', async function () {
    this.timeout(60_000);
    await vault.set('other', 'stays');
    for (let round = 0; round < 12; round++) {
      const { said, child, ended } = startChild('forever');
      await said(1 + (round % 4));
      child.kill('SIGKILL');
      const { stdout } = await ended;
      const last = Number(stdout.trim().split('\n').at(-1));

      const held = await vault.get('a');
      assert.ok(held === `a${last}` || held === `a${last + 1}`, `${String(held)} after ${last}`);
      assert.equal(await vault.get('other'), 'stays');
    }
    await vault.set('a', 'end');
    assert.deepEqual(readdirSync(join(config, 'vault')).sort(), ['key', 'locks', 'vault.json']);
  });

  it('says that there is no room, and keeps what was there', async () => {
    await vault.set('a', 'before');
    const before = readFileSync(join(config, 'vault', 'vault.json'));

    const { code, stdout } = await start('bash', ['-c', 'trap "" XFSZ; ulimit -f 0; exec "$@" > >(cat)', 'bash', process.execPath, ...NODE, config, 'set', 'b', '1']).ended;

    assert.equal(code, 1);
    assert.match(stdout, /^VAULT_UNWRITABLE: .*vault\.json cannot be written: EFBIG/);
    assert.deepEqual(readFileSync(join(config, 'vault', 'vault.json')), before);
    assert.deepEqual(readdirSync(join(config, 'vault')).sort(), ['key', 'locks', 'vault.json']);
  });
});
