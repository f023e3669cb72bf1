import type { Dirent } from 'node:fs';
import { lstat, readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';

/** Names that a person must say yes for, wherever they stand: the list of the plugin permissions; a test compares them. */
const NAMES = new Set([
  '.git', '.gitconfig', '.gitmodules', '.husky', '.pith', '.claude', '.agents', 'agents.md', 'claude.md', '.mcp.json', '.vscode', '.idea',
  '.npmrc', '.yarnrc', '.yarnrc.yml', '.yarn', '.pnpmfile.cjs', '.pnpmfile.mjs', 'pnpm-workspace.yaml', '.pnp.cjs', '.pnp.loader.mjs', 'bunfig.toml',
  'pip.conf', 'pip.ini', '.pypirc', 'uv.toml', '.condarc', '.cargo', '.bundle', '.gemrc', '.m2', 'nuget.config',
  '.envrc', '.profile', '.bashrc', '.bash_profile', '.bash_login', '.bash_logout', '.bash_aliases', '.inputrc', '.kshrc', '.mkshrc', '.cshrc', '.tcshrc', '.login',
  '.logout', '.zshrc', '.zshenv', '.zprofile', '.zlogin', '.zlogout', '.xprofile', '.xsessionrc', '.xinitrc', 'config.fish', 'profile.ps1', 'microsoft.powershell_profile.ps1',
]);
const PATTERNS = [/^pith\.config\.[^.]+$/, /^pith-.*\.lock$/, /^git~\d+$/];
const CONFIG = PATTERNS[0]!;
const STRING = /'([^'\n]*)'|"([^"\n]*)"|`([^`\n]*)`/g;
const SCRIPT = /\.[cm]?[jt]s$/;

/** Beyond these a tree is too large to be looked through for each command. */
const FOLDERS_MAX = 20_000;
const PLACES_MAX = 400;

/** Something that is protected, as it was found. */
export interface Place {
  path: string;
  /** Which file it is, whatever its name. */
  id: string;
  /** Where it leads, if it is a link: as it is written, and in the end. */
  link?: { text: string; real: string };
}

/** Why a tree cannot be kept as it is. */
export interface Unkept { reason: string }

export function isProtected(name: string): boolean {
  const folded = fold(name);
  return NAMES.has(folded) || PATTERNS.some((pattern) => pattern.test(folded));
}

/** A name as the most forgiving file system reads it. */
function fold(name: string): string {
  return name.normalize('NFKC').replace(/\p{DI}/gu, '').toLowerCase().replace(/:.*$/s, '').replace(/[. ]+$/, '');
}

/**
 * Everything protected below these folders, links not followed; what lies below a protected folder is not listed. Installed packages
 * (`node_modules`) are passed over: nobody obeys such a name there.
 */
export async function findProtected(roots: readonly string[]): Promise<readonly Place[] | Unkept> {
  const places: Place[] = [];
  const left = [...roots];
  for (let seen = 0; left.length > 0; seen++) {
    if (seen > FOLDERS_MAX) return { reason: `there are more than ${FOLDERS_MAX} folders` };
    const folder = left.pop()!;
    const entries = await list(folder);
    if (entries === undefined) return { reason: `${folder} cannot be looked into` };
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (isProtected(entry.name)) {
        const place = await look(path);
        if (place !== undefined && 'reason' in place) return place;
        if (place !== undefined) places.push(place);
      } else if (entry.isDirectory() && entry.name !== 'node_modules') {
        left.push(path);
      }
    }
  }
  for (const root of roots) places.push(...await findHookFiles(root));
  return places.length > PLACES_MAX ? { reason: `there are more than ${PLACES_MAX} protected files` } : places;
}

/** @returns nothing for a folder that went away; that cannot be read, nothing */
async function list(folder: string): Promise<Dirent[] | undefined> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? [] : undefined;
  }
}

async function look(path: string): Promise<Place | Unkept | undefined> {
  let found: Awaited<ReturnType<typeof lstat>>;
  try {
    found = await lstat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    return { reason: `${path} cannot be looked at` };
  }
  const id = `${found.dev}:${found.ino}`;
  if (found.isSymbolicLink()) {
    try {
      return { path, id, link: { text: await readlink(path), real: await realpath(path) } };
    } catch {
      return { reason: `${path} leads to nothing` };
    }
  }
  // Under its other name it could be written.
  return found.isFile() && found.nlink > 1 ? { reason: `${path} has another name, too` } : { path, id };
}

/** The hook files that `pith.config.*` names: every string in it that ends like a script. It is read, never run. */
async function findHookFiles(root: string): Promise<Place[]> {
  const places: Place[] = [];
  for (const { name } of await list(root) ?? []) {
    if (!CONFIG.test(fold(name))) continue;
    const text = await readFile(join(root, name), 'utf8').catch(() => ''); // A folder of that name: the loader cannot read it, either.
    for (const match of text.matchAll(STRING)) {
      const file = match[1] ?? match[2] ?? match[3] ?? '';
      if (!SCRIPT.test(file)) continue;
      const place = await look(isAbsolute(file) ? file : resolve(root, file));
      if (place !== undefined && !('reason' in place)) places.push(place);
    }
  }
  return places;
}
