import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const SECRET_BYTES = 32;

/** A new key: 32 random bytes. Shown once, and kept nowhere. */
export function createSecret(): string {
  return `pith-${randomBytes(SECRET_BYTES).toString('base64url')}`;
}

/**
 * What is kept of a key. One round of SHA-256 is enough: nobody can try 2^256 keys, however fast each try is. Slow hashes are for what people
 * think up, and would cost every request.
 */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret, 'utf8').digest('hex');
}

/** The end of a key, by which people tell theirs apart. */
export const toHint = (secret: string): string => `pith-…${secret.slice(-4)}`;

/** A hash that differs says nothing of where. */
export function isSameHash(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
