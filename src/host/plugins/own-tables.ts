import type { Interfaces } from '@oclif/core';
import { type Database, PithError } from '@pith/kernel';
import { openKernel, readConfig, toSources } from '../host.ts';

const DATABASE = '@pith/plugin-database';

/** Plugins by their names, whose packages have just been taken away. */
interface Gone { own: ReadonlySet<string>; removed: readonly string[] }

/** The tables that these plugins own. Nothing is made where there is no database; what cannot be looked at is left to `pith doctor`. */
export async function findTables(config: Interfaces.Config, gone: Gone): Promise<string[]> {
  try {
    return await withDatabase(config, gone, async (database) => (await database.status()).owners.filter(({ owner }) => gone.own.has(owner)).flatMap(({ tables }) => tables));
  } catch {
    return []; // Taking a plugin away does not wait for a database to be mended.
  }
}

/** @throws PithError where the database cannot be opened or changed */
export async function dropTables(config: Interfaces.Config, gone: Gone): Promise<void> {
  await withDatabase(config, gone, async (database) => {
    for (const name of gone.own) await database.drop(name);
    return [];
  });
}

/** With nothing else loaded: what was taken away is still in the list of this process. */
async function withDatabase(config: Interfaces.Config, { removed }: Gone, work: (database: Database) => Promise<string[]>): Promise<string[]> {
  const sources = toSources(config).filter(({ name }) => (name === DATABASE || name === '@pith/plugin-vault') && !removed.includes(name));
  const kernel = await openKernel(config, await readConfig(config, process.cwd()), { sessions: { record: false } }, sources);
  try {
    const failure = kernel.plugins.find(({ state }) => state === 'failed')?.error;
    if (failure !== undefined) throw new PithError(failure.message, failure);
    const database = await kernel.optionalService('database');
    return database === undefined ? [] : await work(database);
  } finally {
    await kernel.close();
  }
}
