import { join } from 'node:path';
import { PithError, type StoredSecret } from '@pith/kernel';
import { readPrivate } from './read-private.ts';
import { isName } from './secret.ts';

/** Where the secret lies that opens the vault. */
export type KeyPlace = { in: 'keyring' } | { in: 'key file' } | { in: 'passphrase'; salt: string; cost: number };

/** The file as it is written. All but `data` is in clear, and sealed along with it. */
export interface VaultFile {
  v: 1;
  id: string;
  key: KeyPlace;
  /** Tells whether a key is the right one. */
  check: string;
  /** How often it was written. */
  writes: number;
  names: readonly StoredSecret[];
  iv: string;
  tag: string;
  data: string;
}

export type Header = Omit<VaultFile, 'iv' | 'tag' | 'data'>;

/** Everything of the vault, below pith's config folder. */
export function vaultPaths(configFolder: string): { folder: string; file: string; keyFile: string; locks: string } {
  const folder = join(configFolder, 'vault');
  return { folder, file: join(folder, 'vault.json'), keyFile: join(folder, 'key'), locks: join(folder, 'locks') };
}

/**
 * @returns nothing where the file is not there
 * @throws PithError VAULT_UNSAFE, VAULT_UNREADABLE, VAULT_DAMAGED where it is not of this form
 */
export function readVaultFile(file: string): VaultFile | undefined {
  const text = readPrivate(file);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged(file, 'it is not JSON', error);
  }
  if (isVaultFile(value)) return value;
  throw damaged(file, 'it is not of the form that this pith writes');
}

export function damaged(file: string, why: string, cause?: unknown): PithError {
  return new PithError(`The vault ${file} is damaged: ${why}`, {
    code: 'VAULT_DAMAGED', hint: `Nothing was changed. Bring it back from a copy, or move it away (mv '${file}' '${file}.damaged') and store the keys anew: pith auth set NAME`, ...(cause === undefined ? {} : { cause }),
  });
}

/** What is sealed along in clear: the same text when it is written and when it is read. */
export function toBeside({ v, id, key, check, writes, names }: Header): string {
  const place = key.in === 'passphrase' ? [key.in, key.salt, key.cost] : [key.in];
  return JSON.stringify([v, id, place, check, writes, names.map(({ name, setMs, version }) => [name, setMs, version])]);
}

function isVaultFile(value: unknown): value is VaultFile {
  if (!isRecord(value) || value['v'] !== 1) return false;
  const { key, names } = value;
  return ['id', 'check', 'iv', 'tag', 'data'].every((field) => typeof value[field] === 'string') && Number.isSafeInteger(value['writes'])
    && isRecord(key) && (key['in'] === 'keyring' || key['in'] === 'key file' || (key['in'] === 'passphrase' && typeof key['salt'] === 'string' && typeof key['cost'] === 'number'))
    && Array.isArray(names) && names.every((entry) => isRecord(entry) && isName(entry['name']) && Number.isSafeInteger(entry['setMs']) && Number.isSafeInteger(entry['version']));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
