import { createId, type Database, isPithError, type Queries } from '@pith/kernel';
import { toKey } from '../account/check.ts';
import { balancerError } from '../errors.ts';
import { checkKeyName, findKey, type KeyLimits, type KeyRecord } from './key.ts';
import { createSecret, hashSecret, toHint } from './secret.ts';

/** Where others hear that keys have changed. */
export const KEY_CHANNEL = 'balancer-keys';

/** A key with the hash that it is found by. */
export type StoredKey = KeyRecord & { hash: string };

/** Shown once, when it is made. */
export interface NewKey { key: KeyRecord; secret: string }

interface KeyRow { id: string; name: string; hash: string; body: string; created_ms: number | bigint }
type KeyBody = Omit<KeyRecord, 'id' | 'name' | 'createdMs'>;

/** Client keys in the database: what is changed counts at once, in all processes. */
export class KeyStore {
  readonly #database: Database;
  readonly #now: () => number;

  /** @param database with `KEY_TABLES` */
  constructor(database: Database, now: () => number = Date.now) {
    this.#database = database;
    this.#now = now;
  }

  /** In the order in which they were made. */
  async list(): Promise<StoredKey[]> {
    return this.#database.transaction('read', readKeys);
  }

  /** @throws PithError PROXY_KEY_NAME_INVALID, PROXY_KEY_NAME_TAKEN */
  async add(name: string, limits: KeyLimits): Promise<NewKey> {
    checkKeyName(name);
    const secret = createSecret();
    const key: KeyRecord = { id: createId(), name, hint: toHint(secret), createdMs: this.#now(), pausedMs: null, rotatedMs: null, ...limits };
    try {
      await this.#database.transaction('durable', async ({ sql, notify }) => {
        await sql`INSERT INTO balancer_keys (id, name, name_key, hash, body, created_ms) VALUES (${key.id}, ${name}, ${toKey(name)}, ${hashSecret(secret)}, ${toBody(key)}, ${key.createdMs})`;
        await notify(KEY_CHANNEL, key.id);
      });
    } catch (error) {
      if (!isPithError(error) || error.code !== 'DATABASE_CONFLICT') throw error;
      throw balancerError('PROXY_KEY_NAME_TAKEN', `There is a client key ${JSON.stringify(name)} already`, { hint: `Take another name, or give that one a new secret: pith proxy keys rotate ${JSON.stringify(name)}`, cause: error });
    }
    return { key, secret };
  }

  /** No request from now on; those under way go on. @throws PithError PROXY_KEY_NOT_FOUND */
  async pause(nameOrId: string): Promise<KeyRecord> {
    return this.#change(nameOrId, (key) => ({ ...key, pausedMs: key.pausedMs ?? this.#now() }));
  }

  /** @throws PithError PROXY_KEY_NOT_FOUND */
  async resume(nameOrId: string): Promise<KeyRecord> {
    return this.#change(nameOrId, (key) => ({ ...key, pausedMs: null }));
  }

  /** Another secret for the same key; the old one counts no more. @throws PithError PROXY_KEY_NOT_FOUND */
  async rotate(nameOrId: string): Promise<NewKey> {
    const secret = createSecret();
    const key = await this.#change(nameOrId, (old) => ({ ...old, hint: toHint(secret), hash: hashSecret(secret), rotatedMs: this.#now() }));
    return { key, secret };
  }

  /** Its spending goes with it; its requests stay on the books. @throws PithError PROXY_KEY_NOT_FOUND */
  async remove(id: string): Promise<void> {
    await this.#database.transaction('durable', async ({ sql, notify }) => {
      await sql`UPDATE balancer_keys SET hash = ${null}, name_key = ${null}, removed_ms = ${this.#now()} WHERE id = ${id}`;
      await sql`DELETE FROM balancer_key_spending WHERE key_id = ${id}`;
      await sql`DELETE FROM balancer_key_slices WHERE key_id = ${id}`;
      await notify(KEY_CHANNEL, id);
    });
  }

  /** What keys have spent, by the names of periods; what processes hold for requests under way is not in it. */
  async spending(keyId: string): Promise<ReadonlyMap<string, number>> {
    return this.#database.transaction('read', async ({ sql }) => {
      const { rows } = await sql<{ period: string; spent: number | bigint }>`SELECT period, spent FROM balancer_key_spending WHERE key_id = ${keyId}`;
      return new Map(rows.map(({ period, spent }) => [period, Number(spent)]));
    });
  }

  async #change(nameOrId: string, change: (key: StoredKey) => StoredKey): Promise<KeyRecord> {
    return this.#database.transaction('durable', async (queries) => {
      const keys = await readKeys(queries);
      const found = findKey(keys, nameOrId);
      const { hash, ...key } = change(keys.find(({ id }) => id === found.id)!);
      await queries.sql`UPDATE balancer_keys SET hash = ${hash}, body = ${toBody(key)} WHERE id = ${key.id}`;
      await queries.notify(KEY_CHANNEL, key.id);
      return key;
    });
  }
}

async function readKeys({ sql }: Queries): Promise<StoredKey[]> {
  const { rows } = await sql<KeyRow>`SELECT id, name, hash, body, created_ms FROM balancer_keys WHERE removed_ms IS NULL ORDER BY created_ms, id`;
  return rows.map(({ id, name, hash, body, created_ms: createdMs }) => ({ ...JSON.parse(body) as KeyBody, id, name, hash, createdMs: Number(createdMs) }));
}

function toBody({ hint, accounts, models, budgets, expiresMs, pausedMs, rotatedMs }: KeyBody): string {
  return JSON.stringify({ hint, accounts, models, budgets, expiresMs, pausedMs, rotatedMs } satisfies KeyBody);
}
