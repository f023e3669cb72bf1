import type { Migration } from '@pith/kernel';

/**
 * What machines with one database know of each other. `settings`: what the API was told, as JSON; on one machine that stands in a file, and the table is empty.
 * `done`: when something that one of them does for all was done last.
 */
export const MACHINE_TABLES: Migration = {
  name: '0004-machines',
  up: async ({ sql }) => {
    await sql`CREATE TABLE balancer_settings (name text PRIMARY KEY, value text NOT NULL)`;
    await sql`CREATE TABLE balancer_done (name text PRIMARY KEY, at_ms bigint NOT NULL)`;
  },
};
