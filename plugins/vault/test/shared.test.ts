import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Vault } from '@pith/kernel';
import { createTestKernel, type TestKernel } from '@pith/kernel/testing';
import { after, afterEach, before, beforeEach } from 'mocha';
import { PASSWORD, type PostgresServer, startPostgres } from '../../../test/support/postgres.ts';
import databasePlugin from '../../database/src/index.ts';
import vaultPlugin from '../src/index.ts';

const PASSPHRASE = { PITH_VAULT_PASSPHRASE: 'correct horse battery staple' };
/** As it is copied to every machine. */
const KEY = '0123456789abcdef'.repeat(4);
const TOKEN = { access: 'at-0123456789-nobody-may-see', refresh: 'rt-0123456789-nobody-may-see', expiresAtMs: 5 };

describe('a vault that several machines share', function () {
  this.timeout(60_000);
  let server: PostgresServer;
  let url: string;
  let users = 0;
  const machines: TestKernel[] = [];
  before(async () => { server = await startPostgres(); });
  after(() => server.stop());
  beforeEach(async () => { url = await server.createUser(`machines${users++}`); });
  afterEach(async () => { for (const machine of machines.splice(0)) await machine.close(); });

  async function startMachine(env: Record<string, string> = {}, { plugins = [databasePlugin, vaultPlugin], at = url as string | undefined, hasKey = true } = {}): Promise<TestKernel & { vault: Vault; keyFile: string }> {
    const machine = await createTestKernel({ plugins, options: at === undefined ? {} : { database: { url: at } }, env: { PITH_VAULT_KEYRING: 'off', PITH_DATABASE_PASSWORD: PASSWORD, ...env } });
    machines.push(machine);
    const keyFile = join(machine.kernel.paths.config, 'vault', 'shared-key');
    mkdirSync(dirname(keyFile), { recursive: true, mode: 0o700 });
    if (hasKey) writeFileSync(keyFile, `${KEY}\n`, { mode: 0o600 });
    return { ...machine, vault: await machine.kernel.service('vault'), keyFile };
  }
  const kept = async (): Promise<string> => JSON.stringify(await server.administer(`SELECT * FROM ${schema()}.vault_shared, ${schema()}.vault_shared_key`));
  const schema = (): string => new URL(url).username;

  it('has the values of accounts in common, sealed, and nothing else', async () => {
    const [one, other] = [await startMachine(), await startMachine()];
    assert.deepEqual([await one.vault.list(), (await (await one.kernel.service('database')).status()).owners], [[], []], 'nothing is made by asking');
    await one.vault.set('anthropic/work', TOKEN);
    await one.vault.set('anthropic/second', 'a key that nobody may see');
    await one.vault.set('anthropic', 'a key of this machine');

    assert.deepEqual([await other.vault.get('anthropic/work'), await other.vault.get('anthropic/second'), await other.vault.get('anthropic')], [TOKEN, 'a key that nobody may see', undefined]);
    assert.deepEqual((await other.vault.list()).map(({ name, version }) => [name, version]), [['anthropic/second', 2], ['anthropic/work', 1]]);
    assert.deepEqual((await one.vault.list()).map(({ name }) => name), ['anthropic', 'anthropic/second', 'anthropic/work']);
    const text = await kept();
    for (const part of ['nobody', 'at-0', Buffer.from('nobody may see').toString('base64').slice(2, 14), KEY]) assert.ok(!text.includes(part), part);
    assert.equal(other.kernel.secrets.redact(`it is ${TOKEN.refresh}`), 'it is [secret:anthropic/work]');
    assert.deepEqual([await other.vault.remove('anthropic/work'), await one.vault.remove('anthropic/work'), await one.vault.get('anthropic/work')], [true, false, undefined]);
  });

  for (const [order, plugins] of [['the database first', [databasePlugin, vaultPlugin]], ['the vault first', [vaultPlugin, databasePlugin]]] as const) {
    it(`asks the vault for the password of the database that it is in, ${order}`, async () => {
      const { kernel, vault } = await startMachine({ PITH_DATABASE_PASSWORD: '' }, { plugins: [...plugins] });
      assert.deepEqual(kernel.plugins.map(({ state }) => state), ['active', 'active']);
      await vault.set('database', PASSWORD);

      await vault.set('anthropic/work', TOKEN);

      assert.deepEqual(await vault.get('anthropic/work'), TOKEN);
    });
  }

  it('stays on its machine where the database is a file, and where there is none', async () => {
    for (const plugins of [[databasePlugin, vaultPlugin], [vaultPlugin]]) {
      const { vault, kernel } = await startMachine({}, { plugins, at: undefined });
      await vault.set('anthropic/work', TOKEN);

      assert.deepEqual([await vault.get('anthropic/work'), (await vault.list()).map(({ name }) => name)], [TOKEN, ['anthropic/work']]);
      assert.equal(existsSync(join(kernel.paths.data, 'pith.db')), false);
    }
  });

  it('is opened without a passphrase by a file that is copied, and says so where it is not there', async () => {
    const [one, other] = [await startMachine({}, { hasKey: false }), await startMachine({}, { hasKey: false })];
    await one.vault.set('anthropic/work', TOKEN);

    await assert.rejects(other.vault.get('anthropic/work'), (error: Error & { code: string; hint: string }) => {
      assert.deepEqual([error.code, error.hint.includes(other.keyFile)], ['VAULT_LOCKED', true]);
      assert.match(`${error.message}. ${error.hint}`, /^The keys of accounts are sealed in 127\.0\.0\.1:\d+\/postgres, and what opens them is not on this machine\. Copy it from \S+, where it is vault\/shared-key/);
      return true;
    });
    assert.equal((await other.vault.status()).trouble!.code, 'VAULT_LOCKED');
    assert.equal(statSync(one.keyFile).mode & 0o777, 0o600);
    cpSync(one.keyFile, other.keyFile);

    assert.deepEqual(await other.vault.get('anthropic/work'), TOKEN);
    assert.equal((await other.vault.status()).trouble, undefined);
  });

  it('says that a passphrase is needed, and that one is wrong', async () => {
    await (await startMachine(PASSPHRASE)).vault.set('anthropic/work', TOKEN);
    const [without, wrong] = [await startMachine({}, { hasKey: false }), await startMachine({ PITH_VAULT_PASSPHRASE: 'another horse' })];

    await assert.rejects(without.vault.get('anthropic/work'), { code: 'VAULT_LOCKED', message: /with a passphrase$/, hint: 'Set PITH_VAULT_PASSPHRASE to it, the same on every machine.' });
    await assert.rejects(wrong.vault.set('anthropic/work', 'x'), { code: 'VAULT_LOCKED', message: /^PITH_VAULT_PASSPHRASE does not open the vault/ });
    assert.deepEqual(await (await startMachine(PASSPHRASE)).vault.get('anthropic/work'), TOKEN);
  });

  it('makes one key where two machines begin at the same time', async () => {
    const all = await Promise.all(Array.from({ length: 2 }, () => startMachine(PASSPHRASE)));

    await Promise.all(all.map(({ vault }, index) => vault.set(`anthropic/${index}`, `value ${index}`)));

    assert.deepEqual(await Promise.all(all.map(({ vault }, index) => vault.get(`anthropic/${(index + 1) % 2}`))), ['value 1', 'value 0']);
  });

  it('refreshes a token once for all machines, and each sees what the one before stored', async () => {
    const all = [await startMachine(), await startMachine(), await startMachine()];
    await all[0]!.vault.set('anthropic/work', { ...TOKEN, count: 0 });
    let asked = 0;
    const refresh = (held: unknown): Record<string, unknown> | undefined => {
      const { expiresAtMs } = held as typeof TOKEN;
      if (expiresAtMs > 5) return undefined;
      asked++;
      return { ...held as typeof TOKEN, access: `at-new-${asked}`, expiresAtMs: 100 };
    };

    const values = await Promise.all(Array.from({ length: 12 }, (_, index) => all[index % 3]!.vault.update('anthropic/work', async (held) => refresh(held))));

    assert.equal(asked, 1);
    assert.deepEqual(new Set(values.map((value) => (value as typeof TOKEN).access)), new Set(['at-new-1']));
    await Promise.all(Array.from({ length: 12 }, (_, index) => all[index % 3]!.vault.update('anthropic/work', (held) => ({ ...held as object, count: (held as { count: number }).count + 1 }))));
    assert.equal((await all[0]!.vault.get('anthropic/work') as { count: number }).count, 12);
  });

  it('never puts what came of an older value in the place of one that was set meanwhile', async () => {
    const [one, other] = [await startMachine(), await startMachine()];
    await one.vault.set('anthropic/work', 'first');
    const seen: unknown[] = [];

    const stored = await one.vault.update('anthropic/work', async (held) => {
      if (seen.push(held) === 1) {
        await other.vault.remove('anthropic/work');
        await other.vault.set('anthropic/work', 'signed in anew');
      }
      return `${held as string}, refreshed`;
    });

    assert.deepEqual([seen, stored, await other.vault.get('anthropic/work')], [['first', 'signed in anew'], 'signed in anew, refreshed', 'signed in anew, refreshed']);
  });

  it('does not open a value under another name, nor an older one in the place of a newer', async () => {
    const { vault } = await startMachine();
    await vault.set('anthropic/a', 'the first of a');
    await vault.set('anthropic/b', 'the value of b');
    const table = `${schema()}.vault_shared`;
    await server.administer(`CREATE TABLE ${schema()}.old AS SELECT * FROM ${table}`);
    await vault.set('anthropic/a', 'the second of a');

    for (const [from, name] of [['anthropic/a', 'anthropic/a'], ['anthropic/b', 'anthropic/a']]) {
      await server.administer(`UPDATE ${table} SET iv = old.iv, tag = old.tag, data = old.data FROM ${schema()}.old WHERE ${table}.name = '${name}' AND old.name = '${from}'`);
      await assert.rejects(vault.get(name!), { code: 'VAULT_DAMAGED' });
    }
  });

  it('loses no token that the issuer has given while the database was away', async () => {
    const [one, other] = [await startMachine(), await startMachine()];
    await one.vault.set('anthropic/work', TOKEN);

    const stored = await one.vault.update('anthropic/work', async (held) => {
      await server.crash();
      return { ...held as typeof TOKEN, refresh: 'rt-given-while-it-was-away' };
    });
    await assert.rejects(one.vault.get('anthropic/work'), { code: 'DATABASE_UNREACHABLE' });
    await server.start();
    await one.vault.get('anthropic/work');

    assert.equal((stored as typeof TOKEN).refresh, 'rt-given-while-it-was-away');
    assert.deepEqual(await other.vault.get('anthropic/work'), stored);
    assert.deepEqual((await one.vault.list()).map(({ name }) => name), ['anthropic/work']);
  });
});
