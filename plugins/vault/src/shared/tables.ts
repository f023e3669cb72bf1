import type { Migration, Queries } from '@pith/kernel';

/** Names and times in clear, values sealed. The one row of `vault_shared_key` tells what opens them, and counts the writes. */
export const SHARED_TABLES: readonly Migration[] = [{
  name: '0001-shared',
  up: async ({ sql }) => {
    await sql`CREATE TABLE vault_shared_key (one bigint PRIMARY KEY CHECK (one = 1), id text NOT NULL, place text NOT NULL, checked text NOT NULL, writes bigint NOT NULL)`;
    await sql`CREATE TABLE vault_shared (name text PRIMARY KEY, version bigint NOT NULL, set_ms bigint NOT NULL, iv text NOT NULL, tag text NOT NULL, data text NOT NULL)`;
  },
}];

export interface KeyRow { id: string; place: string; checked: string }
export interface SecretRow { name: string; version: number | bigint; set_ms: number | bigint; iv: string; tag: string; data: string }

export async function readKeyRow({ sql }: Queries): Promise<KeyRow | undefined> {
  return (await sql<KeyRow>`SELECT id, place, checked FROM vault_shared_key`).rows[0];
}

export async function readSecretRow({ sql }: Queries, name: string): Promise<SecretRow | undefined> {
  return (await sql<SecretRow>`SELECT name, version, set_ms, iv, tag, data FROM vault_shared WHERE name = ${name}`).rows[0];
}

/** Grows with every write, and is never given twice: a name that was removed and set again has another one. */
export async function nextVersion({ sql }: Queries): Promise<number> {
  return Number((await sql<{ writes: number | bigint }>`UPDATE vault_shared_key SET writes = writes + 1 RETURNING writes`).rows[0]!.writes);
}
