import type { DatabaseStatus, Migration, Queries } from '@pith/kernel';
import type { Transactions } from './database.ts';
import type { Engine, Open, SchemaObject } from './engine.ts';
import { checkOwner, SERVICE } from './plan.ts';

/** Those that every engine has. */
export const OWN_TABLES: readonly string[] = ['pith_migrations', 'pith_tables'];
const NO_PLUGINS = new Set([...OWN_TABLES, 'pith_notes']);

/** What the service needs itself: which migrations have run, and who owns which table. */
export const OWN_MIGRATIONS: readonly Migration[] = [{
  name: '0001-owners',
  up: async ({ sql }) => {
    await sql`CREATE TABLE pith_migrations (owner text NOT NULL, name text NOT NULL, position bigint NOT NULL, applied_ms bigint NOT NULL, PRIMARY KEY (owner, name))`;
    await sql`CREATE TABLE pith_tables (name text NOT NULL PRIMARY KEY, owner text NOT NULL)`;
  },
}];

/** Tables, views, indexes and triggers of plugins. */
export async function readSchema(engine: Engine, open: Open): Promise<{ hasOwn: boolean; objects: SchemaObject[] }> {
  const all = await engine.readSchema(open);
  const objects = all.filter(({ table }) => !NO_PLUGINS.has(table));
  return { hasOwn: all.some(({ name }) => name === 'pith_migrations'), objects };
}

/** The migrations that have run, by owner, in their order; nothing where there are no tables yet. */
export async function readRan({ sql }: Queries): Promise<Map<string, string[]>> {
  const { rows } = await sql<{ owner: string; name: string }>`SELECT owner, name FROM pith_migrations ORDER BY owner, position`;
  const ran = new Map<string, string[]>();
  for (const { owner, name } of rows) ran.set(owner, [...ran.get(owner) ?? [], name]);
  return ran;
}

export async function readTables({ sql }: Queries): Promise<Map<string, string>> {
  const { rows } = await sql<{ name: string; owner: string }>`SELECT name, owner FROM pith_tables ORDER BY name`;
  return new Map(rows.map(({ name, owner }) => [name, owner]));
}

export async function readOwners(transactions: Transactions): Promise<DatabaseStatus['owners']> {
  return transactions.run('read', async (queries, open) => {
    if (!(await readSchema(transactions.engine, open)).hasOwn) return [];
    const tables = await readTables(queries);
    return [...await readRan(queries)].filter(([owner]) => owner !== SERVICE)
      .map(([owner, migrations]) => ({ owner, migrations, tables: [...tables].filter(([, by]) => by === owner).map(([name]) => name) }));
  });
}

/** @throws PithError DATABASE_MIGRATION_INVALID for what can own nothing */
export async function dropOwner(transactions: Transactions, owner: string): Promise<readonly string[]> {
  checkOwner(owner);
  const { engine } = transactions;
  if (!engine.exists()) return [];
  return transactions.run('migrate', async (queries, open) => {
    const { hasOwn, objects } = await readSchema(engine, open);
    if (!hasOwn) return [];
    const owned = [...await readTables(queries)].filter(([, by]) => by === owner).map(([name]) => name);
    const there = objects.filter(({ kind, name }) => (kind === 'table' || kind === 'view') && owned.includes(name));
    for (const text of engine.toDrops(there)) await queries.run(text, []);
    await queries.sql`DELETE FROM pith_tables WHERE owner = ${owner}`;
    await queries.sql`DELETE FROM pith_migrations WHERE owner = ${owner}`;
    return owned;
  });
}
