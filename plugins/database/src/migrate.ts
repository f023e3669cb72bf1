import { isPithError, type Migration, toMessage } from '@pith/kernel';
import type { Transactions } from './database.ts';
import { databaseError } from './errors.ts';
import { OWN_MIGRATIONS, readRan, readSchema, readTables } from './owners.ts';
import { checkMigrations, checkOwner, planMigrations, SERVICE } from './plan.ts';
import { findTrespass, newTables } from './schema-rules.ts';

interface Owned { owner: string; migrations: readonly Migration[] }

/**
 * Brings an owner's tables to where its code is, one transaction a migration.
 * @returns names of the migrations that ran
 * @throws PithError as `Database.migrate` says
 */
export async function migrate(transactions: Transactions, { owner, migrations }: Owned): Promise<readonly string[]> {
  checkOwner(owner);
  checkMigrations(owner, migrations);
  // Most often all has run, and then nobody waits for anybody.
  const pending = await transactions.run('read', async (queries, open) => (
    (await readSchema(transactions.engine, open)).hasOwn ? pendingOf(await readRan(queries), { owner, migrations }, transactions) : migrations
  ));
  if (pending.length === 0) return [];
  const done: string[] = [];
  for (;;) {
    const name = await runNext(transactions, { owner, migrations });
    if (name === undefined) return done;
    done.push(name);
  }
}

/** Also the service's own are compared: a newer pith may keep what owners have in another way. */
function pendingOf(ran: ReadonlyMap<string, readonly string[]>, { owner, migrations }: Owned, { engine: { place } }: Transactions): readonly Migration[] {
  planMigrations({ owner: SERVICE, ran: ran.get(SERVICE) ?? [], migrations: OWN_MIGRATIONS, place });
  return planMigrations({ owner, ran: ran.get(owner) ?? [], migrations, place });
}

/** The next one that nobody has run meanwhile, while all others are kept out. @returns its name; nothing where all have run */
async function runNext(transactions: Transactions, owned: Owned): Promise<string | undefined> {
  const { owner } = owned;
  const { engine } = transactions;
  return transactions.run('migrate', async (queries, open) => {
    const { hasOwn, objects: before } = await readSchema(engine, open);
    const ran = hasOwn ? await readRan(queries) : new Map<string, string[]>();
    const [next] = pendingOf(ran, owned, transactions);
    if (next === undefined) return undefined;
    if (before.length > 0) await engine.backUp?.(`${prefixFree(owner)}-${next.name}`);
    const note = async (by: string, name: string): Promise<unknown> => queries.sql`INSERT INTO pith_migrations (owner, name, position, applied_ms) VALUES (${by}, ${name}, ${ran.get(by)?.length ?? 0}, ${Date.now()})`;
    if (!hasOwn) {
      for (const { name, up } of OWN_MIGRATIONS) {
        await up(queries);
        await note(SERVICE, name);
      }
    }
    try {
      await next.up(queries);
      // What it caught itself is no less a failure.
      if (queries.failure !== undefined) throw queries.failure;
    } catch (error) {
      throw failed(error, next.name, owned);
    }
    await keepTables(transactions, { owner, name: next.name, before, queries, open });
    await note(owner, next.name);
    return next.name;
  }, { limitMs: Infinity });
}

type Work = Parameters<Parameters<Transactions['run']>[1]>;

async function keepTables({ engine }: Transactions, { owner, name, before, queries, open }: { owner: string; name: string; before: Awaited<ReturnType<typeof readSchema>>['objects']; queries: Work[0]; open: Work[1] }): Promise<void> {
  const { objects: after } = await readSchema(engine, open);
  const owners = await readTables(queries);
  const trespass = findTrespass({ owner, before, after, owners });
  if (trespass !== undefined) {
    throw databaseError('DATABASE_MIGRATION_INVALID', `The migration ${name} of plugin ${owner} ${trespass}, so nothing of it was kept`, { hint: 'A plugin makes and changes tables of its own name only; whoever wrote it mends the migration.' });
  }
  const names = new Set(after.map((object) => object.name));
  for (const [table] of owners) if (!names.has(table)) await queries.sql`DELETE FROM pith_tables WHERE name = ${table}`;
  for (const table of newTables({ before, after })) await queries.sql`INSERT INTO pith_tables (name, owner) VALUES (${table}, ${owner})`;
}

function failed(error: unknown, name: string, { owner }: Owned): unknown {
  // A full disk, or a server that went away, is no fault of the migration.
  if (isPithError(error) && error.plugin === 'database' && !['DATABASE_QUERY_FAILED', 'DATABASE_CONFLICT', 'DATABASE_CONSTRAINT', 'DATABASE_VALUE_INVALID', 'DATABASE_ENDED'].includes(error.code)) return error;
  return databaseError('DATABASE_MIGRATION_FAILED', `The migration ${name} of plugin ${owner} failed, and the database is as it was before it: ${toMessage(error)}`, { cause: error, hint: `Update ${owner}, or tell its author. Its tables are those of the version before.` });
}

/** An owner as a part of a file name. */
function prefixFree(owner: string): string {
  return owner.replaceAll(/[@/]/g, '_');
}
