import { existsSync, lstatSync, realpathSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { isWithin } from '@pith/files';

/** Whose a file is. The first wins where two have one name: what a person wrote is never replaced by what a clone brings. */
export const LAYERS = ['managed', 'user', 'project'] as const;
export type Layer = (typeof LAYERS)[number];

/** A folder that may hold skills or commands. */
export interface Place {
  layer: Layer;
  folder: string;
  /** The project: what lies in its folders must not lead out of it. Links resolved. */
  project?: string;
}

export interface PlaceRequest {
  kind: 'skills' | 'commands';
  /** Only those of this one. */
  layer?: Layer;
  cwd: string;
  roots: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  /** Of pith. */
  configFolder: string;
  managedFolder: string;
}

/** Folders of a project, by the names that agents have for them. */
const PROJECT_FOLDERS = { skills: ['.pith', '.claude', '.agents'], commands: ['.pith', '.claude'] } as const;

/** Every folder to look into, strongest first, whether it is there or not. */
export function findPlaces({ kind, layer, cwd, roots, env, configFolder, managedFolder }: PlaceRequest): Place[] {
  const home = env['HOME'] || env['USERPROFILE'];
  const claude = env['CLAUDE_CONFIG_DIR'] ? resolve(env['CLAUDE_CONFIG_DIR']) : home ? join(home, '.claude') : undefined;
  const user = [configFolder, ...claude === undefined ? [] : [claude], ...home && kind === 'skills' ? [join(home, '.agents')] : []];
  const places: Place[] = [
    { layer: 'managed', folder: join(managedFolder, kind) },
    ...user.map((folder): Place => ({ layer: 'user', folder: join(folder, kind) })),
  ];
  for (const { folder, project } of projectFolders(cwd, roots)) for (const name of PROJECT_FOLDERS[kind]) places.push({ layer: 'project', folder: join(folder, name, kind), project });
  // Who works in the home folder meets its folders twice.
  return places.filter((place, index) => places.findIndex(({ folder }) => folder === place.folder) === index && (layer === undefined || place.layer === layer));
}

/** The nearest first: from the working folder up to its repository, then other roots. */
function projectFolders(cwd: string, roots: readonly string[]): { folder: string; project: string }[] {
  const own = upToRepository(cwd);
  const project = toReal(own.at(-1)!);
  return [...own.map((folder) => ({ folder, project })), ...roots.filter((root) => !own.includes(root)).map((folder) => ({ folder, project: toReal(folder) }))];
}

/** The folder and those above it up to that of its repository, as far as they are one's own; outside of a repository the folder alone. */
export function upToRepository(folder: string): string[] {
  const folders = [folder];
  for (let at = folder; !existsSync(join(at, '.git')); folders.push(at)) {
    at = dirname(at);
    if (at === dirname(at) || isForeign(at)) return [folder];
  }
  return folders;
}

/** Another person's folder, as /tmp is where the administrator is not oneself: what stands in it may be planted. */
function isForeign(folder: string): boolean {
  const user = process.getuid?.();
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  if (user === undefined || stat === undefined) return false;
  return stat.uid !== user && (stat.uid !== 0 || (stat.mode & 0o022) !== 0);
}

export function toReal(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path); // It is not there; then nothing is read below it, either.
  }
}

/** A path as a person would write it: below the working folder, below the home folder, or whole. */
export function toShown(path: string, { cwd, home }: { cwd: string; home?: string | undefined }): string {
  if (isWithin(path, cwd)) return relative(cwd, path) || '.';
  return home && isWithin(path, home) ? join('~', relative(home, path)) : path;
}
