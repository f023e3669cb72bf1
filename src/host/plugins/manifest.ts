import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a plugin's package.json says to npm, to oclif and to pith. Written by strangers: nothing of it is sure before it is looked at. */
export interface Manifest {
  name: string;
  version: string;
  description?: string;
  oclif?: { commands?: unknown; hooks?: Record<string, unknown>; plugins?: readonly string[] };
  pith?: {
    plugin?: string;
    /** Its name in settings and for its folders, where that is not the end of the package's name. */
    name?: string;
    kernel?: string;
    capabilities?: string[];
    /** No turn runs without it, even when it cannot be imported. */
    guards?: boolean;
    /** What it takes the place of on purpose, as `tool:bash`, or `command:sessions:list` for a command of pith. */
    replaces?: string[];
  };
}

export interface OclifManifest { version: string; commands: Record<string, { id: string; aliases?: string[]; hiddenAliases?: string[] }> }

/** @returns undefined where there is no package, or where its package.json is not of that form */
export function readManifest(folder: string): Manifest | undefined {
  const found = readJson(join(folder, 'package.json'));
  if (!isRecord(found) || typeof found['name'] !== 'string' || typeof found['version'] !== 'string') return undefined;
  const { pith, oclif } = found;
  if (pith !== undefined && (!isRecord(pith) || !['capabilities', 'replaces'].every((key) => pith[key] === undefined || isTexts(pith[key])))) return undefined;
  if (oclif !== undefined && !isRecord(oclif)) return undefined;
  return found as unknown as Manifest;
}

export function readOclifManifest(folder: string): OclifManifest | undefined {
  const found = readJson(join(folder, 'oclif.manifest.json'));
  return isRecord(found) && isRecord(found['commands']) && typeof found['version'] === 'string' ? found as unknown as OclifManifest : undefined;
}

/** What is granted: what the manifest declares, and the hooks of oclif, whose code runs at every start. */
export function capabilitiesOf({ pith, oclif }: Manifest): string[] {
  return [...new Set([...(pith?.capabilities ?? []), ...Object.keys(oclif?.hooks ?? {}).map((hook) => `oclif-hook:${hook}`)])].sort();
}

export function guards({ pith }: Manifest): boolean {
  return pith?.guards === true || pith?.capabilities?.includes('hook:permission') === true;
}

/** What a person calls a package: `@pith/plugin-balancer` is `balancer`. */
export function nounOf(packageName: string): string {
  return packageName.replace(/^@pith\/plugin-|^@[^/]+\/(?:pith-)?(?:plugin-)?|^pith-plugin-/, '');
}

/**
 * oclif reads the commands of a package from its manifest; where that is missing or of another version it imports them
 * all at every start, which is code that nobody has granted.
 */
export function missesOclifManifest(folder: string, manifest: Manifest): boolean {
  if (manifest.oclif?.commands === undefined) return false;
  return readOclifManifest(folder)?.version !== manifest.version || existsSync(join(folder, '.oclif.manifest.json'));
}

export function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined; // Whoever asked says what is missing.
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): boolean {
  // Shown to people line by line: a control character in it would be a line of its own.
  return Array.isArray(value) && value.every((item) => typeof item === 'string' && !/\p{C}/u.test(item));
}
