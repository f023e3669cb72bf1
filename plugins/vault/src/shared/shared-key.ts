import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type Database, EXIT, PithError } from '@pith/kernel';
import { readPrivate } from '../read-private.ts';
import type { SealingKey } from '../seal.ts';
import { findKey, type KeyCache, type KeyMeans, makeKey } from '../vault-key.ts';
import { damaged, type KeyPlace, vaultPaths } from '../vault-file.ts';
import { makePrivateFolder } from '../write-private.ts';
import { type KeyRow, readKeyRow } from './tables.ts';

/** What opens the shared values: a passphrase that every machine is given, or a file that was copied to each. */
export type SharedKey = SealingKey & { id: string };

/** A key file says which machine made it, for who looks for it on another one. */
type SharedPlace = KeyPlace & { host?: string };

export interface SharedKeyMeans { config: string; passphrase: string | undefined; database: Database; /** The server, for people. */ place: string; cache: KeyCache }

export function sharedKeyFile(config: string): string {
  return join(vaultPaths(config).folder, 'shared-key');
}

/**
 * The key that opens the shared values; a new one where there are none yet.
 * @throws PithError VAULT_LOCKED saying what this machine lacks, VAULT_DAMAGED, VAULT_UNSAFE
 */
export async function openSharedKey(means: SharedKeyMeans): Promise<SharedKey> {
  const { database } = means;
  const held = await database.transaction('read', readKeyRow);
  if (held !== undefined) return find(held, means);
  return database.exclusive('vault key', async () => {
    const meanwhile = await database.transaction('read', readKeyRow);
    return meanwhile === undefined ? make(means) : find(meanwhile, means);
  });
}

/** It is there before anything is sealed with it. */
async function make(means: SharedKeyMeans): Promise<SharedKey> {
  const id = randomUUID();
  await makePrivateFolder(vaultPaths(means.config).folder);
  const { key, place } = await makeKey(id, toKeyMeans(means), means.cache);
  const kept: SharedPlace = place.in === 'key file' ? { ...place, host: hostname() } : place;
  await means.database.transaction('durable', async ({ sql }) => void await sql`INSERT INTO vault_shared_key (one, id, place, checked, writes) VALUES (1, ${id}, ${JSON.stringify(kept)}, ${key.check}, 0)`);
  return { ...key, id };
}

async function find({ id, place, checked }: KeyRow, means: SharedKeyMeans): Promise<SharedKey> {
  const key = readPlace(place, means);
  const file = sharedKeyFile(means.config);
  if (key.in === 'key file' && readPrivate(file) === undefined) {
    throw locked(`The keys of accounts are sealed in ${means.place}, and what opens them is not on this machine`, `Copy it from ${key.host ?? 'the machine that made it'}, where it is vault/shared-key below pith’s configuration folder, to ${file} (mode 0600).`);
  }
  if (key.in === 'passphrase' && means.passphrase === undefined) {
    throw locked(`The keys of accounts are sealed in ${means.place} with a passphrase`, 'Set PITH_VAULT_PASSPHRASE to it, the same on every machine.');
  }
  return { ...await findKey({ v: 1, id, key, check: checked, writes: 1, names: [] }, toKeyMeans(means), means.cache), id };
}

function readPlace(text: string, { place }: SharedKeyMeans): SharedPlace {
  try {
    const found = JSON.parse(text) as SharedPlace;
    if (found.in === 'key file' || (found.in === 'passphrase' && typeof found.salt === 'string')) return found;
  } catch {
    // It is as damaged as one of another form.
  }
  throw damaged(place, 'what opens it is not of the form that this pith writes');
}

/** The keyring of one machine is of no use to another. */
function toKeyMeans({ config, passphrase, place }: SharedKeyMeans): KeyMeans {
  return { file: place, keyFile: sharedKeyFile(config), passphrase, findKeyring: async () => ({ missing: 'it is of this machine alone' }) };
}

function locked(message: string, hint: string): PithError {
  return new PithError(message, { code: 'VAULT_LOCKED', exitCode: EXIT.usage, hint });
}
