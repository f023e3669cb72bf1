import type { SchemaObject } from './engine.ts';
import { NAME_MAX, prefixOf } from './plan.ts';

export interface SchemaChange {
  owner: string;
  before: readonly SchemaObject[];
  after: readonly SchemaObject[];
  /** Who owns which table or view. */
  owners: ReadonlyMap<string, string>;
}

/** Tables and views that are new. */
export function newTables({ before, after }: Pick<SchemaChange, 'before' | 'after'>): string[] {
  const known = new Set(before.map(toKey));
  return after.filter((object) => isTable(object) && !known.has(toKey(object))).map(({ name }) => name);
}

/** What a migration did that its owner may not do, for a sentence that begins with its name. */
export function findTrespass({ owner, before, after, owners }: SchemaChange): string | undefined {
  const prefix = prefixOf(owner);
  const old = new Map(before.map((object) => [toKey(object), object]));
  const left = new Set(after.map(toKey));
  const own = new Set([...[...owners].filter(([, by]) => by === owner).map(([table]) => table), ...newTables({ before, after })]);
  const gone = before.find((object) => !left.has(toKey(object)) && !own.has(object.table));
  if (gone !== undefined) return `takes away the ${gone.kind} ${gone.name}, which ${ownerOf(gone.table, owners)}`;
  for (const object of after) {
    const known = old.get(toKey(object));
    if (known !== undefined && isSame(known, object)) continue;
    const { kind, name, table, refersTo } = object;
    if (known !== undefined && !own.has(table)) return `changes the ${kind} ${name}, which ${ownerOf(table, owners)}`;
    if (!name.startsWith(prefix)) return `makes the ${kind} ${name}, whose name does not begin with ${prefix}`;
    if (name.length > NAME_MAX) return `makes the ${kind} ${name}, whose name has more than ${NAME_MAX} characters`;
    if (!own.has(table)) return `makes the ${kind} ${name} on ${table}, which ${ownerOf(table, owners)}`;
    const foreign = refersTo.find((other) => !own.has(other));
    if (foreign !== undefined) return `lets ${name} refer to ${foreign}, which ${ownerOf(foreign, owners)}`;
  }
  return undefined;
}

function ownerOf(table: string, owners: ReadonlyMap<string, string>): string {
  const owner = owners.get(table);
  return owner === undefined ? 'is no table of this plugin' : `belongs to plugin ${owner}`;
}

function isTable({ kind }: SchemaObject): boolean {
  return kind === 'table' || kind === 'view';
}

function isSame(a: SchemaObject, b: SchemaObject): boolean {
  return a.table === b.table && a.definition === b.definition && a.refersTo.join() === b.refersTo.join();
}

function toKey({ kind, name }: SchemaObject): string {
  return `${kind} ${name}`;
}
