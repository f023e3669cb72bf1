import { randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { EXIT, PithError, toMessage } from '@pith/kernel';
import type { FindKeyring } from './keyring.ts';
import { readPrivate } from './read-private.ts';
import { isRightKey, type SealingKey, toSealingKey } from './seal.ts';
import { damaged, type Header, type KeyPlace } from './vault-file.ts';
import { writePrivate } from './write-private.ts';

export interface KeyMeans {
  file: string;
  keyFile: string;
  passphrase: string | undefined;
  findKeyring: FindKeyring;
}

const KEY_BYTES = 32;
const HEX_KEY = /^[0-9a-f]{64}\n$/;
/** Doublings of scrypt’s work: 128 MB, and a third of a second. A file that asks for more or less was not written by us. */
const COST = 17;
const COSTS = { least: 14, most: 20 };

/** What was derived before: of a passphrase it takes a third of a second. */
export type KeyCache = Map<string, SealingKey>;

/**
 * The key that opens this vault.
 * @throws PithError VAULT_LOCKED, VAULT_DAMAGED, VAULT_UNSAFE
 */
export async function findKey({ id, key: place, check }: Header, means: KeyMeans, cache: KeyCache): Promise<SealingKey> {
  const known = cache.get(`${id} ${check}`);
  if (known !== undefined) return known;
  const key = toSealingKey(await readSecret(id, place, means), id);
  if (!isRightKey(key, check)) throw wrongKey(place, means);
  cache.set(`${id} ${check}`, key);
  return key;
}

/** A new key for a vault, kept where this machine and this person keep such things. It is there before anything is sealed with it. */
export async function makeKey(id: string, means: KeyMeans, cache: KeyCache): Promise<{ key: SealingKey; place: KeyPlace }> {
  const made = await placeKey(id, means);
  cache.set(`${id} ${made.key.check}`, made.key);
  return made;
}

async function placeKey(id: string, means: KeyMeans): ReturnType<typeof makeKey> {
  if (means.passphrase !== undefined) {
    const place: KeyPlace = { in: 'passphrase', salt: randomBytes(16).toString('base64'), cost: COST };
    return { place, key: toSealingKey(await readSecret(id, place, means), id) };
  }
  const secret = randomBytes(KEY_BYTES);
  if (await writeToKeyring(id, secret, means.findKeyring)) return { place: { in: 'keyring' }, key: toSealingKey(secret, id) };
  // One that is there may open a copy of a vault that was lost.
  if (readPrivate(means.keyFile) === undefined) await writePrivate(means.keyFile, `${secret.toString('hex')}\n`);
  return { place: { in: 'key file' }, key: toSealingKey(readKeyFile(means), id) };
}

async function readSecret(id: string, place: KeyPlace, means: KeyMeans): Promise<Buffer> {
  switch (place.in) {
    case 'keyring': return readFromKeyring(id, means);
    case 'key file': return readKeyFile(means);
    case 'passphrase': {
      if (means.passphrase === undefined) throw locked(`The vault ${means.file} is sealed with a passphrase`, 'Set it for this command: PITH_VAULT_PASSPHRASE=… (read -rs does so without showing it)');
      if (!Number.isInteger(place.cost) || place.cost < COSTS.least || place.cost > COSTS.most) throw damaged(means.file, `its passphrase would cost 2^${place.cost}, which is not of pith`);
      const N = 2 ** place.cost;
      return promisify<string, Buffer, number, object, Buffer>(scrypt)(means.passphrase.normalize('NFC'), Buffer.from(place.salt, 'base64'), KEY_BYTES, { N, r: 8, p: 1, maxmem: 256 * N * 8 });
    }
  }
}

function readKeyFile({ file, keyFile }: KeyMeans): Buffer {
  const text = readPrivate(keyFile);
  if (text === undefined) throw locked(`The key of the vault is gone: ${keyFile}`, `Bring it back from a copy. Without it, move the vault away (mv '${file}' '${file}.lost') and store the keys anew: pith auth set NAME`);
  if (!HEX_KEY.test(text)) throw damaged(keyFile, 'it holds no key');
  return Buffer.from(text.trim(), 'hex');
}

const accountOf = (id: string): string => `vault ${id}`;

async function readFromKeyring(id: string, { file, findKeyring }: KeyMeans): Promise<Buffer> {
  const found = await findKeyring();
  const hint = 'Unlock the keyring, or sign in to the desktop that has it. Elsewhere give keys by their environment variables.';
  if ('missing' in found) throw locked(`The key of the vault lies in the system’s keyring, which is not there: ${found.missing}`, hint);
  let text: string | undefined;
  try {
    text = await found.keyring.read(accountOf(id));
  } catch (error) {
    throw locked(`The system’s keyring does not hand out the key of the vault: ${toMessage(error)}`, hint, error);
  }
  if (text === undefined || !HEX_KEY.test(`${text}\n`)) throw locked(`The system’s keyring has no key for the vault ${file}`, `It was made by another user or machine, or the key was deleted. Move the vault away (mv '${file}' '${file}.lost') and store the keys anew: pith auth set NAME`);
  return Buffer.from(text, 'hex');
}

/** Believed only when it gives back what it was given. */
async function writeToKeyring(id: string, secret: Buffer, findKeyring: FindKeyring): Promise<boolean> {
  const found = await findKeyring();
  if ('missing' in found) return false;
  const text = secret.toString('hex');
  try {
    await found.keyring.write(accountOf(id), text);
    return await found.keyring.read(accountOf(id)) === text;
  } catch {
    return false; // Locked, refused, or of no use: then a file takes its place, which every command says.
  }
}

function wrongKey(place: KeyPlace, { file, keyFile }: KeyMeans): PithError {
  if (place.in === 'passphrase') return locked(`PITH_VAULT_PASSPHRASE does not open the vault ${file}`, 'Give the passphrase that it was sealed with. Nothing was changed.');
  if (place.in === 'key file') return locked(`${keyFile} is the key of another vault, not of ${file}`, 'Bring the right one back from a copy. Nothing was changed.');
  return locked(`The key in the system’s keyring does not open the vault ${file}`, 'Bring the vault back from a copy. Nothing was changed.');
}

function locked(message: string, hint: string, cause?: unknown): PithError {
  return new PithError(message, { code: 'VAULT_LOCKED', exitCode: EXIT.usage, hint, ...(cause === undefined ? {} : { cause }) });
}
