import { isDeepStrictEqual } from 'node:util';
import { type Database, isPithError, type Queries, type Secrets, type SecretValue, type StoredSecret, type Vault } from '@pith/kernel';
import { hide } from '../hide.ts';
import { seal, unseal } from '../seal.ts';
import { checkName, checkValue, full, MAX_SECRETS } from '../secret.ts';
import { setAgain, UPDATE_ROUNDS, UPDATE_WAIT_MS } from '../update-limits.ts';
import type { KeyCache } from '../vault-key.ts';
import { openSharedKey, type SharedKey } from './shared-key.ts';
import { nextVersion, readSecretRow, type SecretRow, SHARED_TABLES } from './tables.ts';
import { Unsent } from './unsent.ts';

export interface SharedSetup {
  database: Database;
  /** The vault of this machine. */
  local: Vault;
  config: string;
  env: Readonly<Record<string, string | undefined>>;
  secrets?: Pick<Secrets, 'add'> | undefined;
  now?: () => number;
}

interface Held { value: SecretValue; version: number }

/** Values that several machines have in common, sealed in their database. Each is sealed by itself, with its name and version. */
export class SharedVault implements Pick<Vault, 'get' | 'set' | 'remove' | 'update' | 'list'> {
  readonly #setup: SharedSetup;
  readonly #cache: KeyCache = new Map();
  readonly #unsent: Unsent;
  #place = '';
  #key: Promise<SharedKey> | undefined;

  constructor(setup: SharedSetup) {
    this.#setup = setup;
    this.#unsent = new Unsent(setup.local);
  }

  async get(name: string): Promise<SecretValue | undefined> {
    checkName(name);
    const key = await this.#open();
    await this.#sendUnsent(name, key);
    return (await this.#read(name, key))?.value;
  }

  async set(name: string, value: SecretValue): Promise<void> {
    checkName(name);
    checkValue(value);
    await this.#write(name, value, await this.#open());
  }

  async remove(name: string): Promise<boolean> {
    checkName(name);
    await this.#open();
    await this.#unsent.forget(name);
    return this.#setup.database.transaction('durable', async ({ sql }) => (await sql`DELETE FROM vault_shared WHERE name = ${name}`).changes > 0);
  }

  /** @see Vault.update */
  async update(name: string, change: Parameters<Vault['update']>[1], { signal }: { signal?: AbortSignal } = {}): Promise<SecretValue | undefined> {
    checkName(name);
    const key = await this.#open();
    const options = { waitMs: UPDATE_WAIT_MS, ...(signal === undefined ? {} : { signal }) };
    // Where the right to it is lost meanwhile, what came of the change is no less to be kept, unless somebody has set another one.
    return this.#setup.database.exclusive(`vault ${name}`, async () => {
      for (let round = 0; round < UPDATE_ROUNDS; round++) {
        signal?.throwIfAborted();
        await this.#sendUnsent(name, key);
        const before = await this.#read(name, key);
        const next = await change(structuredClone(before?.value));
        if (next === undefined || isDeepStrictEqual(next, before?.value)) return before?.value;
        checkValue(next);
        if (await this.#keep(name, next, { key, after: before?.version ?? null })) return next;
      }
      throw setAgain(name);
    }, options);
  }

  /** Nothing is made where nothing is: also who only looks, as pith doctor, asks for it. */
  async list(): Promise<readonly StoredSecret[]> {
    if (!await this.#isThere()) return [];
    const { rows } = await this.#setup.database.transaction('read', ({ sql }) => sql<SecretRow>`SELECT name, version, set_ms FROM vault_shared ORDER BY name`);
    return rows.map(({ name, version, set_ms: setMs }) => ({ name, setMs: Number(setMs), version: Number(version) }));
  }

  /** Whether this machine opens what is there. Nothing is made where nothing is. @throws PithError VAULT_LOCKED */
  async check(): Promise<void> {
    if (await this.#isThere()) await this.#open();
  }

  async #isThere(): Promise<boolean> {
    const { owners } = await this.#setup.database.status();
    return owners.some(({ owner }) => owner === 'vault');
  }

  /** A token that the issuer has changed is kept on this machine where the database is away just then. @returns whether nobody came before */
  async #keep(name: string, value: SecretValue, { key, after }: { key: SharedKey; after: number | null }): Promise<boolean> {
    try {
      return await this.#write(name, value, key, after);
    } catch (error) {
      if (!isPithError(error) || error.code !== 'DATABASE_UNREACHABLE') throw error;
      hide(this.#setup.secrets, name, value);
      await this.#unsent.keep(name, { value, after });
      return true;
    }
  }

  async #sendUnsent(name: string, key: SharedKey): Promise<void> {
    await this.#unsent.send(name, async ({ value, after }) => void await this.#write(name, value, key, after));
  }

  #open(): Promise<SharedKey> {
    this.#key ??= this.#migrate().then(() => {
      const { config, env, database } = this.#setup;
      return openSharedKey({ config, passphrase: env['PITH_VAULT_PASSPHRASE'] || undefined, database, place: this.#place, cache: this.#cache });
    });
    this.#key.catch(() => { this.#key = undefined; }); // The next one tries again.
    return this.#key;
  }

  async #migrate(): Promise<void> {
    await this.#setup.database.migrate('vault', SHARED_TABLES);
    this.#place ||= (await this.#setup.database.status()).place;
  }

  async #read(name: string, key: SharedKey): Promise<Held | undefined> {
    const row = await this.#setup.database.transaction('read', (queries) => readSecretRow(queries, name));
    if (row === undefined) return undefined;
    const version = Number(row.version);
    const value = JSON.parse(unseal(row, { key, beside: toBeside(key, name, version), file: this.#place })) as SecretValue;
    hide(this.#setup.secrets, name, value);
    return { value, version };
  }

  /** @param after the version that is to be there, `null` for none; nothing: whatever is there @returns whether it was */
  async #write(name: string, value: SecretValue, key: SharedKey, after?: number | null): Promise<boolean> {
    hide(this.#setup.secrets, name, value);
    return this.#setup.database.transaction('durable', async (queries) => {
      const there = await readSecretRow(queries, name);
      if (after !== undefined && (there === undefined ? null : Number(there.version)) !== after) return false;
      if (there === undefined) await checkRoom(queries);
      const version = await nextVersion(queries);
      const { iv, tag, data } = seal(JSON.stringify(value), { key, beside: toBeside(key, name, version) });
      const setMs = (this.#setup.now ?? Date.now)();
      await queries.sql`INSERT INTO vault_shared (name, version, set_ms, iv, tag, data) VALUES (${name}, ${version}, ${setMs}, ${iv}, ${tag}, ${data})
        ON CONFLICT (name) DO UPDATE SET version = ${version}, set_ms = ${setMs}, iv = ${iv}, tag = ${tag}, data = ${data}`;
      return true;
    });
  }
}

async function checkRoom({ sql }: Queries): Promise<void> {
  const { rows: [row] } = await sql<{ held: number | bigint }>`SELECT count(*) AS held FROM vault_shared`;
  if (Number(row!.held) >= MAX_SECRETS) throw full(`${MAX_SECRETS} secrets`);
}

/** Sealed along: a value under another name, or an older one in the place of a newer, does not open. */
function toBeside({ id }: SharedKey, name: string, version: number): string {
  return JSON.stringify([id, name, version]);
}
