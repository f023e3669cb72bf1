import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { damaged } from './vault-file.ts';

const CIPHER = 'aes-256-gcm';

/** What stands beside the sealed text, in clear; no byte of it can be changed unnoticed, either. */
export interface Sealed { iv: string; tag: string; data: string }

/** What the key of a vault is used for: one key for sealing, another to tell whether it is the right one. */
export interface SealingKey { seal: Buffer; check: string }

/** @param id of the vault, so that one key in two of them is not the same */
export function toSealingKey(secret: Buffer, id: string): SealingKey {
  const derive = (use: string): Buffer => Buffer.from(hkdfSync('sha256', secret, id, `pith vault ${use}`, 32));
  return { seal: derive('seal'), check: createHmac('sha256', derive('check')).update(id).digest('base64') };
}

export function isRightKey(key: SealingKey, check: string): boolean {
  const [own, given] = [Buffer.from(key.check), Buffer.from(check)];
  return own.length === given.length && timingSafeEqual(own, given);
}

export function seal(text: string, { key, beside }: { key: SealingKey; beside: string }): Sealed {
  const iv = randomBytes(12);
  const cipher = createCipheriv(CIPHER, key.seal, iv).setAAD(Buffer.from(beside));
  const data = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]).toString('base64');
  return { iv: iv.toString('base64'), tag: cipher.getAuthTag().toString('base64'), data };
}

/** @throws PithError VAULT_DAMAGED where one bit is not as it was sealed */
export function unseal({ iv, tag, data }: Sealed, { key, beside, file }: { key: SealingKey; beside: string; file: string }): string {
  try {
    const cipher = createDecipheriv(CIPHER, key.seal, Buffer.from(iv, 'base64'), { authTagLength: 16 }).setAAD(Buffer.from(beside)).setAuthTag(Buffer.from(tag, 'base64'));
    return Buffer.concat([cipher.update(Buffer.from(data, 'base64')), cipher.final()]).toString('utf8');
  } catch (error) {
    throw damaged(file, 'it was changed after it was sealed', error);
  }
}
