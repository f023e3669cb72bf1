import { join } from 'node:path';
import { type ContributionContext, type Database, isPithError } from '@pith/kernel';
import { createDatabase } from './database.ts';
import type { Engine } from './engine.ts';
import type { DatabaseOptions } from './options.ts';
import type { FileHome } from './sqlite/set-aside.ts';

/** The service, for the options at hand. Only what is needed for the engine is loaded. */
export async function openDatabase(context: ContributionContext): Promise<Database & { close(): Promise<void> }> {
  return createDatabase(await createEngine(context));
}

/** @throws PithError DATABASE_URL_INVALID */
export async function createEngine(context: Pick<ContributionContext, 'options' | 'paths' | 'env' | 'secrets' | 'service'>): Promise<Engine> {
  const { url, backups } = context.options as DatabaseOptions;
  if (url === undefined) {
    const { SqliteEngine } = await import('./sqlite/engine.ts');
    return new SqliteEngine(databaseFile(context.paths.data), { backups: { folder: backupFolder(context.paths.data), most: backups } });
  }
  const [{ PostgresEngine }, { parseServer }] = await Promise.all([import('./postgres/engine.ts'), import('./postgres/server.ts')]);
  return new PostgresEngine(parseServer(url), () => readPassword(url, context));
}

export function fileHome(data: string): FileHome {
  return { file: databaseFile(data), folder: join(data, 'database'), backups: backupFolder(data) };
}

export function databaseFile(data: string): string {
  return join(data, 'pith.db');
}

export function backupFolder(data: string): string {
  return join(data, 'database', 'backups');
}

/** Nothing where none is set: a server may let its own machine in without. */
async function readPassword(url: string, { env, secrets, service }: Pick<ContributionContext, 'env' | 'secrets' | 'service'>): Promise<string | undefined> {
  for (const [name, given] of [['PITH_DATABASE_PASSWORD', env['PITH_DATABASE_PASSWORD']], ['PITH_DATABASE_URL', passwordIn(env['PITH_DATABASE_URL'], url)]] as const) {
    if (given === undefined || given === '') continue;
    secrets.add(given, name);
    return given;
  }
  try {
    const kept = await (await service('vault')).get('database');
    if (typeof kept === 'string') return kept;
  } catch (error) {
    if (!isPithError(error) || error.code !== 'SERVICE_MISSING') throw error;
  }
  return env['PGPASSWORD'];
}

/** The settings have the address of the environment without its password, which is for that server alone. */
function passwordIn(address: string | undefined, url: string): string | undefined {
  const [given, used] = [URL.parse(address ?? ''), URL.parse(url)];
  if (given === null || used === null || `${given.protocol}${given.username}@${given.host}${given.pathname}` !== `${used.protocol}${used.username}@${used.host}${used.pathname}`) return undefined;
  return decodePassword(given.password);
}

function decodePassword(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // It was meant as it stands.
  }
}
