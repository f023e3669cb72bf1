import assert from 'node:assert/strict';
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SecretValue, Vault } from '@pith/kernel';
import { afterEach, beforeEach } from 'mocha';
import type { FoundKeyring } from '../src/keyring.ts';
import { createVault } from '../src/vault.ts';

const KEY = 'sk-ant-api03-a-key-that-nobody-may-see';
const PASSPHRASE = { PITH_VAULT_PASSPHRASE: 'correct horse battery staple' };

/** The system's keyring, as a table. */
function fakeKeyring(): { held: Map<string, string>; find: () => Promise<FoundKeyring> } {
  const held = new Map<string, string>();
  return { held, find: async () => ({ keyring: { read: async (account) => held.get(account), write: async (account, text) => { held.set(account, text); } } }) };
}

const noKeyring = async (): Promise<FoundKeyring> => ({ missing: 'there is none in this test' });

describe('the vault', () => {
  let config: string;
  let file: string;
  let keyFile: string;
  const open = (env: Record<string, string> = {}, findKeyring = noKeyring): Vault => createVault({ config, env, findKeyring });
  const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);
  beforeEach(async () => {
    config = join(await mkdtemp(join(tmpdir(), 'pith-vault-')), 'config');
    file = join(config, 'vault', 'vault.json');
    keyFile = join(config, 'vault', 'key');
  });
  afterEach(() => rm(join(config, '..'), { recursive: true, force: true }));

  it('gives back texts and objects, by another opener, too, and writes no value in clear', async () => {
    const token = { access: 'at-1', refresh: 'rt-1', expiresMs: 5 };
    await open().set('anthropic', KEY);
    await open().set('balancer:account-1', token);

    const other = open();

    assert.equal(await other.get('anthropic'), KEY);
    assert.deepEqual(await other.get('balancer:account-1'), token);
    assert.deepEqual([...(await other.values()).keys()], ['anthropic', 'balancer:account-1']);
    const text = readFileSync(file, 'utf8');
    for (const part of [KEY, Buffer.from(KEY).toString('base64').slice(0, 20), 'at-1']) assert.ok(!text.includes(part), part);
  });

  it('lists names with the time they were set, and removes', async () => {
    const vault = createVault({ config, env: {}, findKeyring: noKeyring, now: () => 1000 });
    await vault.set('b', 'x');
    await vault.set('a', 'y');

    assert.deepEqual(await vault.list(), [{ name: 'a', setMs: 1000, version: 2 }, { name: 'b', setMs: 1000, version: 1 }]);
    assert.deepEqual([await vault.remove('a'), await vault.remove('a')], [true, false]);
    assert.deepEqual((await vault.list()).map(({ name }) => name), ['b']);
    assert.equal(await vault.get('a'), undefined);
  });

  it('is nothing before something is stored: no file, no folder, no key', async () => {
    const vault = open();

    assert.deepEqual([await vault.get('anthropic'), await vault.list(), await vault.remove('anthropic'), (await vault.values()).size], [undefined, [], false, 0]);
    assert.deepEqual(await vault.status(), { file, key: null });
    assert.equal(existsSync(config), false);
  });

  for (const umask of [0, 0o777]) {
    it(`makes files for the user alone under the umask ${umask.toString(8)}`, async () => {
      mkdirSync(config);
      const before = process.umask(umask);
      try {
        await open().set('anthropic', KEY);
        await open().update('anthropic', () => 'another');
      } finally {
        process.umask(before);
      }

      const locks = join(config, 'vault', 'locks');
      assert.deepEqual([join(config, 'vault'), locks].map(modeOf), ['700', '700']);
      assert.deepEqual([file, keyFile, ...readdirSync(locks).map((name) => join(locks, name))].map(modeOf), ['600', '600', '600', '600']);
    });
  }

  for (const [name, wrong] of Object.entries({ 'an empty name': '', 'a value taken for a name': `anthropic=${KEY}`, 'a path': '../anthropic', 'a space': 'my key', 'too long a name': 'x'.repeat(129), 'a control character': 'a\n', 'a prototype': '__proto__' })) {
    it(`refuses ${name}, and does not repeat it`, async () => {
      const vault = open();

      for (const use of [vault.get(wrong), vault.set(wrong, 'x'), vault.remove(wrong), vault.update(wrong, () => 'x')]) {
        await assert.rejects(use, (error: Error & { code: string }) => error.code === 'SECRET_NAME_INVALID' && !error.message.includes(KEY));
      }
    });
  }

  it('keeps names that objects have by themselves', async () => {
    await open().set('constructor', 'x');

    assert.deepEqual([await open().get('constructor'), await open().get('toString')], ['x', undefined]);
  });

  const loop: Record<string, unknown> = {};
  loop['loop'] = loop;
  for (const [name, wrong] of Object.entries({ 'an empty text': '', 'half a character': '\ud800', 'a number': 5, 'a list': ['x'], 'what JSON cannot carry': loop, 'more than 64 KB': 'x'.repeat(64 * 1024 + 1) })) {
    it(`refuses ${name} as a value`, async () => {
      await assert.rejects(open().set('a', wrong as SecretValue), { code: 'SECRET_VALUE_INVALID' });
    });
  }

  it('takes 64 KB as a value', async () => {
    await open().set('large', 'x'.repeat(64 * 1024));

    assert.equal((await open().get('large') as string).length, 64 * 1024);
  });

  it('takes so many bytes in all, as JSON writes them, that it can read what it has taken', async () => {
    const vault = createVault({ config, env: {}, findKeyring: noKeyring, limits: { secrets: 10, bytes: 0.5 * 1024 * 1024 } });
    await vault.set('a', '\u0001'.repeat(60_000)); // Six bytes each.

    await assert.rejects(vault.set('b', '\u0001'.repeat(60_000)), { code: 'SECRET_VALUE_INVALID', message: /takes 0.5 MB at most/ });
    assert.deepEqual([...(await open().values()).keys()], ['a']);
  });

  it('says that it takes no more secrets when it is full; those that are there can still be set', async () => {
    const vault = createVault({ config, env: {}, findKeyring: noKeyring, limits: { secrets: 3, bytes: 1024 } });
    for (const name of ['a', 'b', 'c']) await vault.set(name, 'x');

    await assert.rejects(vault.set('another', 'x'), { code: 'SECRET_VALUE_INVALID', message: /takes 3 secrets at most/, hint: /pith auth remove/ });
    await vault.set('b', 'y');
    assert.equal(await vault.get('b'), 'y');
  });

  describe('its key', () => {
    it('lies in the system’s keyring where that works, and in no file', async () => {
      const keyring = fakeKeyring();
      await open({}, keyring.find).set('anthropic', KEY);

      assert.equal(await open({}, keyring.find).get('anthropic'), KEY);
      assert.deepEqual(await open({}, keyring.find).status(), { file, key: 'keyring' });
      assert.deepEqual([keyring.held.size, existsSync(keyFile)], [1, false]);
    });

    it('lies in a file beside it where the keyring forgets, fails or is not there', async () => {
      const forgetful = async (): Promise<FoundKeyring> => ({ keyring: { read: async () => undefined, write: async () => undefined } });
      const failing = async (): Promise<FoundKeyring> => ({ keyring: { read: async () => undefined, write: () => Promise.reject(new Error('locked')) } });
      for (const find of [forgetful, failing, noKeyring]) {
        rmSync(config, { recursive: true, force: true });
        await open({}, find).set('anthropic', KEY);

        assert.equal((await open({}, find).status()).key, 'key file');
      }
    });

    it('is asked for by name where the keyring has lost it or is gone, and nothing is changed', async () => {
      const keyring = fakeKeyring();
      await open({}, keyring.find).set('anthropic', KEY);
      const before = readFileSync(file);

      await assert.rejects(open({}, fakeKeyring().find).set('anthropic', 'other'), { code: 'VAULT_LOCKED', message: /has no key for the vault/ });
      await assert.rejects(open().get('anthropic'), { code: 'VAULT_LOCKED', message: /keyring, which is not there: there is none in this test/ });
      assert.deepEqual(readFileSync(file), before);
      assert.equal(await open().get('another'), undefined);
    });

    it('comes of a passphrase where one is set; a wrong one and none open nothing and change nothing', async () => {
      await open(PASSPHRASE).set('anthropic', KEY);
      const before = readFileSync(file);

      assert.equal(await open(PASSPHRASE).get('anthropic'), KEY);
      assert.equal(existsSync(keyFile), false);
      await assert.rejects(open({ PITH_VAULT_PASSPHRASE: 'wrong' }).get('anthropic'), { code: 'VAULT_LOCKED', message: /PITH_VAULT_PASSPHRASE does not open/ });
      await assert.rejects(open({ PITH_VAULT_PASSPHRASE: 'wrong' }).set('anthropic', 'x'), { code: 'VAULT_LOCKED' });
      await assert.rejects(open().set('other', 'x'), { code: 'VAULT_LOCKED', message: /sealed with a passphrase/ });
      assert.deepEqual(readFileSync(file), before);
    });

    it('changes to the passphrase with the next write once one is set', async () => {
      await open().set('anthropic', KEY);

      assert.equal(await open(PASSPHRASE).get('anthropic'), KEY);
      assert.equal((await open(PASSPHRASE).status()).key, 'key file');
      await open(PASSPHRASE).set('openai', 'sk-2');

      assert.deepEqual([(await open(PASSPHRASE).status()).key, await open(PASSPHRASE).get('anthropic')], ['passphrase', KEY]);
      await assert.rejects(open().get('anthropic'), { code: 'VAULT_LOCKED' });
    });

    it('is never made anew while a vault is there: without its file the vault waits for it', async () => {
      await open().set('anthropic', KEY);
      renameSync(keyFile, `${keyFile}.away`);

      await assert.rejects(open().set('openai', 'x'), { code: 'VAULT_LOCKED', message: /The key of the vault is gone/ });
      renameSync(`${keyFile}.away`, keyFile);
      assert.equal(await open().get('anthropic'), KEY);
    });

    it('is told apart from that of another vault', async () => {
      await open().set('anthropic', KEY);
      writeFileSync(keyFile, `${'ab'.repeat(32)}\n`);

      await assert.rejects(open().get('anthropic'), { code: 'VAULT_LOCKED', message: /is the key of another vault/ });
      writeFileSync(keyFile, 'no key');
      await assert.rejects(open().get('anthropic'), { code: 'VAULT_DAMAGED', message: /holds no key/ });
    });
  });

  describe('what somebody changed', () => {
    it('is found wherever it is, said, and not written over', async () => {
      await open().set('anthropic', KEY);
      await open().set('openai', 'sk-2');
      const whole = JSON.parse(readFileSync(file, 'utf8'));
      const flip = (text: string): string => `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`;
      const changes: ((vault: typeof whole) => void)[] = [
        (vault) => { vault.data = flip(vault.data); }, (vault) => { vault.tag = flip(vault.tag); }, (vault) => { vault.iv = flip(vault.iv); }, (vault) => { vault.tag = vault.tag.slice(0, 8); },
        (vault) => { vault.names[0].version = 99; }, (vault) => { vault.names.push({ name: 'new', setMs: 1, version: 1 }); }, (vault) => { vault.writes = 1; }, (vault) => { vault.data = ''; },
      ];
      for (const change of changes) {
        const changed = structuredClone(whole);
        change(changed);
        const text = JSON.stringify(changed);
        writeFileSync(file, text);

        await assert.rejects(open().get('anthropic'), { code: 'VAULT_DAMAGED', message: /changed after it was sealed/ }, change.toString());
        await assert.rejects(open().set('x', 'y'), { code: 'VAULT_DAMAGED' });
        await assert.rejects(open().remove('openai'), { code: 'VAULT_DAMAGED' });
        assert.equal(readFileSync(file, 'utf8'), text);
      }
    });

    for (const text of ['', '{', '[]', '{"v":2}', 'null', '{"v":1,"id":"x"}', '\0'.repeat(100)]) {
      it(`is found where the file is ${JSON.stringify(text).slice(0, 20)}`, async () => {
        await open().set('anthropic', KEY);
        writeFileSync(file, text);

        await assert.rejects(open().get('anthropic'), { code: 'VAULT_DAMAGED', hint: /Nothing was changed/ });
        await assert.rejects(open().set('anthropic', 'x'), { code: 'VAULT_DAMAGED' });
        assert.equal(readFileSync(file, 'utf8'), text);
        assert.equal((await open().status()).trouble?.code, 'VAULT_DAMAGED');
      });
    }

    it('is found where a name could do something to a terminal that shows it', async () => {
      await open().set('anthropic', KEY);
      writeFileSync(file, readFileSync(file, 'utf8').replace('"name": "anthropic"', String.raw`"name": "\u001b[2Janthropic"`));

      await assert.rejects(open().list(), { code: 'VAULT_DAMAGED', message: /not of the form/ });
    });

    it('is found where a passphrase is to cost more than the machine has', async () => {
      await open(PASSPHRASE).set('anthropic', KEY);
      writeFileSync(file, readFileSync(file, 'utf8').replace('"cost": 17', '"cost": 40'));

      await assert.rejects(open(PASSPHRASE).get('anthropic'), { code: 'VAULT_DAMAGED' });
    });
  });

  describe('a place that is not safe', () => {
    beforeEach(() => open().set('anthropic', KEY));

    for (const [name, path, mode] of [['the vault', () => file, 0o644], ['the key', () => keyFile, 0o640], ['the folder', () => join(config, 'vault'), 0o755]] as const) {
      it(`is refused where others may look into ${name}, with the way to mend it`, async () => {
        chmodSync(path(), mode);

        await assert.rejects(open().get('anthropic'), { code: 'VAULT_UNSAFE', message: /open to other users/, hint: /^Close it: chmod [67]00/ });
        await assert.rejects(open().set('anthropic', 'x'), { code: 'VAULT_UNSAFE' });
        assert.equal((await open().status()).trouble?.code, 'VAULT_UNSAFE');
      });
    }

    for (const [name, path] of [['the vault', () => file], ['the key', () => keyFile], ['the folder', () => join(config, 'vault')]] as const) {
      it(`is refused where ${name} is a link, and what it leads to stays`, async () => {
        renameSync(path(), `${path()}.real`);
        symlinkSync(`${path()}.real`, path());

        await assert.rejects(open().get('anthropic'), { code: 'VAULT_UNSAFE', message: /is a link/ });
        await assert.rejects(open().set('anthropic', 'x'), { code: 'VAULT_UNSAFE' });
        assert.ok(lstatSync(path()).isSymbolicLink());
      });
    }

    it('is refused where a folder stands in the place of the vault', async () => {
      rmSync(file);
      mkdirSync(file);

      await assert.rejects(open().get('anthropic'), { code: 'VAULT_UNSAFE', message: /is no file/ });
    });
  });

  it('is refused where its locks cannot be made, and stays as it was', async () => {
    await open().set('anthropic', KEY);
    const before = readFileSync(file);
    const locks = join(config, 'vault', 'locks');
    rmSync(locks, { recursive: true });
    writeFileSync(locks, '', { mode: 0o600 });

    await assert.rejects(open().set('anthropic', 'x'), { code: 'VAULT_UNSAFE', message: /is no folder/ });
    assert.deepEqual(readFileSync(file), before);
  });

  it('says that the system does not let it be read', async () => {
    symlinkSync('config', config); // A link that leads to itself.

    for (const use of [open().get('anthropic'), open().set('anthropic', 'x'), open().list()]) await assert.rejects(use, { code: 'VAULT_UNREADABLE', message: /ELOOP/, hint: /Mend its permissions/ });
  });

  it('clears away what a writer that died had written aside', async () => {
    await open().set('anthropic', KEY);
    writeFileSync(`${file}.1-x.tmp`, 'half');
    await open().set('openai', 'x');

    assert.deepEqual(readdirSync(join(config, 'vault')).sort(), ['key', 'locks', 'vault.json']);
  });
});
