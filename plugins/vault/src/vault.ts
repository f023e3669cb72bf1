import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Secrets, type SecretValue, type StoredSecret, toErrorReport, type Vault } from '@pith/kernel';
import { hide } from './hide.ts';
import { type FindKeyring, findSystemKeyring } from './keyring.ts';
import { withLock } from './lock.ts';
import { makePrivateFolder, writePrivate } from './write-private.ts';
import { seal, unseal } from './seal.ts';
import { checkName, checkValue, full, MAX_SECRETS, MAX_VAULT_BYTES } from './secret.ts';
import { setAgain, UPDATE_ROUNDS, UPDATE_WAIT_MS } from './update-limits.ts';
import { findKey, type KeyCache, type KeyMeans, makeKey } from './vault-key.ts';
import { type Header, readVaultFile, toBeside, type VaultFile, vaultPaths } from './vault-file.ts';

export interface VaultSetup {
  /** pith's config folder. */
  config: string;
  env: Readonly<Record<string, string | undefined>>;
  now?: () => number;
  /** Where every value that is read or stored is made known, to be hidden. */
  secrets?: Pick<Secrets, 'add'>;
  /** Tests give others. */
  findKeyring?: FindKeyring;
  limits?: { secrets: number; bytes: number };
}

/** A write takes milliseconds, and a third of a second with a passphrase. */
const WRITE_WAIT_MS = 20_000;


interface Opened { header: Header; values: Map<string, SecretValue> }

/** Secrets in one sealed file. Every change reads it, and writes it whole, under a lock that all processes share. */
export function createVault({ config, env, now = Date.now, secrets, findKeyring = () => findSystemKeyring(env), limits = { secrets: MAX_SECRETS, bytes: MAX_VAULT_BYTES } }: VaultSetup): Vault {
  const { folder, file, keyFile, locks } = vaultPaths(config);
  const means: KeyMeans = { file, keyFile, passphrase: env['PITH_VAULT_PASSPHRASE'] || undefined, findKeyring };
  const keys: KeyCache = new Map();

  const read = (): VaultFile | undefined => readVaultFile(file);

  async function open(found = read()): Promise<Opened | undefined> {
    if (found === undefined) return undefined;
    const text = unseal(found, { key: await findKey(found, means, keys), beside: toBeside(found), file });
    const values = new Map(Object.entries(JSON.parse(text) as Record<string, SecretValue>));
    for (const [name, value] of values) hide(secrets, name, value);
    return { header: found, values };
  }

  /** Writes what `change` makes of the vault, alone; nothing where it makes nothing of it. */
  async function write(change: (held: Opened) => boolean): Promise<void> {
    await makePrivateFolder(folder);
    await makePrivateFolder(locks);
    await withLock(join(locks, 'write'), { waitMs: WRITE_WAIT_MS }, async () => {
      const held = await open() ?? { header: newHeader(), values: new Map<string, SecretValue>() };
      if (!change(held)) return;
      const { key, place } = await keyFor(held.header);
      const header: Header = { ...held.header, key: place, check: key.check, writes: held.header.writes + 1 };
      const text = JSON.stringify(Object.fromEntries(held.values));
      if (Buffer.byteLength(text) > limits.bytes) throw full(`${limits.bytes / 1024 / 1024} MB`);
      const sealed = seal(text, { key, beside: toBeside(header) });
      await writePrivate(file, `${JSON.stringify({ ...header, ...sealed }, null, 1)}\n`);
    });
  }

  /** The one it has; a new one for a new vault, and where a passphrase was set since. */
  async function keyFor(header: Header): ReturnType<typeof makeKey> {
    const isSealed = header.writes > 0 && (means.passphrase === undefined || header.key.in === 'passphrase');
    return isSealed ? { key: await findKey(header, means, keys), place: header.key } : makeKey(header.id, means, keys);
  }

  function put({ header, values }: Opened, name: string, value: SecretValue): void {
    if (!values.has(name) && values.size >= limits.secrets) throw full(`${limits.secrets} secrets`);
    hide(secrets, name, value);
    values.set(name, value);
    const entry: StoredSecret = { name, setMs: now(), version: header.writes + 1 };
    header.names = [...header.names.filter((other) => other.name !== name), entry].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  const vault: Vault = {
    async get(name) {
      checkName(name);
      const found = read();
      if (!found?.names.some((entry) => entry.name === name)) return undefined;
      return (await open(found))!.values.get(name);
    },

    values: async () => (await open())?.values ?? new Map(),

    async set(name, value) {
      checkName(name);
      checkValue(value);
      await write((held) => {
        put(held, name, value);
        return true;
      });
    },

    async remove(name) {
      checkName(name);
      if (read()?.names.some((entry) => entry.name === name) !== true) return false;
      let isThere = false;
      await write(({ header, values }) => {
        header.names = header.names.filter((entry) => entry.name !== name);
        return isThere = values.delete(name);
      });
      return isThere;
    },

    async update(name, change, { signal } = {}) {
      checkName(name);
      await makePrivateFolder(folder);
      await makePrivateFolder(locks);
      // A lock a name: while a token is refreshed, all other secrets can be read and written.
      const lock = join(locks, createHash('sha256').update(name).digest('hex').slice(0, 32));
      return withLock(lock, { waitMs: UPDATE_WAIT_MS, signal }, async () => {
        for (let round = 0; round < UPDATE_ROUNDS; round++) {
          signal?.throwIfAborted();
          const held = await open();
          const before = held?.values.get(name);
          const next = await change(structuredClone(before));
          if (next === undefined || isDeepStrictEqual(next, before)) return before;
          checkValue(next);
          let isWritten = false;
          await write((current) => {
            if (versionOf(current.header, name) !== (held === undefined ? undefined : versionOf(held.header, name))) return false;
            put(current, name, next);
            return isWritten = true;
          });
          if (isWritten) return next;
        }
        throw setAgain(name);
      });
    },

    list: async () => read()?.names ?? [],

    async status() {
      try {
        const found = read();
        const key = found?.key.in ?? null;
        try {
          await open(found);
          return { file, key };
        } catch (error) {
          return { file, key, trouble: toTrouble(error) };
        }
      } catch (error) {
        return { file, key: null, trouble: toTrouble(error) };
      }
    },
  };
  return vault;
}

function newHeader(): Header {
  return { v: 1, id: randomUUID(), key: { in: 'key file' }, check: '', writes: 0, names: [] };
}

const versionOf = ({ names }: Header, name: string): number | undefined => names.find((entry) => entry.name === name)?.version;

export function toTrouble(error: unknown): { code: string; message: string; hint?: string } {
  const { code, message, hint } = toErrorReport(error);
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}
