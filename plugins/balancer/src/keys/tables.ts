import type { Migration } from '@pith/kernel';

/**
 * `keys`: one row a client key, by the hash of its secret; of one that was removed the row stays without hash and name, since rows of
 * requests name it. `spending`: what a key has spent in a day, a month or ever. `slices`: what a process has taken of a budget and not
 * yet spent, so that requests need not ask the database; `seen_ms` tells whether that process is alive.
 */
export const KEY_TABLES: Migration = {
  name: '0003-keys',
  up: async ({ sql }) => {
    await sql`CREATE TABLE balancer_keys (id text PRIMARY KEY, name text NOT NULL, name_key text UNIQUE, hash text UNIQUE, body text NOT NULL, created_ms bigint NOT NULL, removed_ms bigint)`;
    await sql`CREATE TABLE balancer_key_spending (key_id text NOT NULL, period text NOT NULL, spent bigint NOT NULL, PRIMARY KEY (key_id, period))`;
    await sql`CREATE TABLE balancer_key_slices (key_id text NOT NULL, period text NOT NULL, holder text NOT NULL, amount bigint NOT NULL, seen_ms bigint NOT NULL, PRIMARY KEY (key_id, period, holder))`;
  },
};
