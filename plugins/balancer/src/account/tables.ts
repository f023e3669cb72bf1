import type { Migration } from '@pith/kernel';

/**
 * `events`: what happened to accounts, appended and never changed. `snapshots`: what the events up to `seq` have made of an account, so
 * that they need not be read again; those of requests that are old are gone (`forgotten_ms`: how far back). `counter`: the number that
 * was given last. Whoever adds an event changes its row first, so that numbers are confirmed in their order.
 */
export const ACCOUNT_TABLES: Migration = {
  name: '0001-accounts',
  up: async ({ sql }) => {
    await sql`CREATE TABLE balancer_events (seq bigint PRIMARY KEY, account_id text NOT NULL, at_ms bigint NOT NULL, made_by text NOT NULL, type text NOT NULL, body text NOT NULL)`;
    await sql`CREATE INDEX balancer_events_account ON balancer_events (account_id, seq)`;
    await sql`CREATE TABLE balancer_snapshots (account_id text PRIMARY KEY, seq bigint NOT NULL, forgotten_ms bigint, body text)`;
    await sql`CREATE TABLE balancer_counter (name text PRIMARY KEY, seq bigint NOT NULL, forgotten_seq bigint NOT NULL)`;
    await sql`INSERT INTO balancer_counter (name, seq, forgotten_seq) VALUES (${'events'}, ${0}, ${0})`;
  },
};
