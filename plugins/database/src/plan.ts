import { describe, type Migration } from '@pith/kernel';
import { databaseError } from './errors.ts';

/** As for plugins. */
const OWNER = /^(@[a-z0-9-]+\/)?[a-z0-9][a-z0-9-]*$/;
const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;
/** PostgreSQL cuts longer names, without a word. */
export const NAME_MAX = 63;
/** What the service itself keeps. */
export const SERVICE = 'pith';

/** How the names of an owner's tables begin. */
export function prefixOf(owner: string): string {
  return `${owner.replace(/^@/, '').replaceAll(/[-/]/g, '_')}_`;
}

/** @throws PithError DATABASE_MIGRATION_INVALID */
export function checkOwner(owner: string): void {
  if (!OWNER.test(owner) || prefixOf(owner).length > NAME_MAX / 2) throw invalid(`${describe(owner)} cannot own tables`, `An owner is named as its plugin: lower-case letters, digits and -, at most ${Math.floor(NAME_MAX / 2) - 1} of them.`);
  if (owner === SERVICE) throw invalid(`${SERVICE} cannot own tables: the database service itself does`, 'Name the plugin.');
}

/** @throws PithError DATABASE_MIGRATION_INVALID */
export function checkMigrations(owner: string, migrations: readonly Migration[]): void {
  const names = new Set<string>();
  for (const { name, up } of migrations) {
    if (typeof name !== 'string' || !NAME.test(name)) throw invalid(`A migration of plugin ${owner} is named ${describe(name)}`, 'Allowed are at most 64 lower-case letters, digits and -, as 0001-accounts.');
    if (typeof up !== 'function') throw invalid(`The migration ${name} of plugin ${owner} has no function up; found ${describe(up)}`, 'Give it one that takes queries.');
    if (names.has(name)) throw invalid(`Plugin ${owner} has two migrations ${name}`, 'Give each a name of its own.');
    names.add(name);
  }
}

/**
 * What is still to run.
 * @param ran names, in the order in which they ran
 * @throws PithError DATABASE_NEWER where one has run that is not known here, DATABASE_MIGRATION_INVALID where one was put in between
 */
export function planMigrations({ owner, ran, migrations, place }: { owner: string; ran: readonly string[]; migrations: readonly Migration[]; place: string }): readonly Migration[] {
  const unknown = ran.find((name) => !migrations.some((migration) => migration.name === name));
  if (unknown !== undefined) {
    throw databaseError('DATABASE_NEWER', `${place} was used by a newer version of ${owner === SERVICE ? 'pith' : `plugin ${owner}`}: the migration ${unknown} has run, and is not known here. Nothing was changed`, {
      hint: owner === SERVICE ? 'Update pith, or set PITH_HOME to another folder.' : `Update pith or ${owner}, or put a copy from before back: pith database restore`,
    });
  }
  const misplaced = migrations.findIndex(({ name }, index) => index < ran.length && name !== ran[index]);
  if (misplaced !== -1) throw invalid(`The migration ${migrations[misplaced]!.name} of plugin ${owner} stands where ${ran[misplaced]!} has run`, 'A migration that was released keeps its place; new ones go to the end.');
  return migrations.slice(ran.length);
}

function invalid(message: string, hint: string): Error {
  return databaseError('DATABASE_MIGRATION_INVALID', message, { hint });
}
