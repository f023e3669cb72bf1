import type { Migration } from '@pith/kernel';

/** What the API was told, where several machines share it: a value as JSON. On one machine it stands in a file, and the table is empty. */
export const SETTING_TABLES: Migration = {
  name: '0004-settings',
  up: async ({ sql }) => void await sql`CREATE TABLE balancer_settings (name text PRIMARY KEY, value text NOT NULL)`,
};
