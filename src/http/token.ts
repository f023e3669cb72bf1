import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Whether a text is the token. Asked for each request, so that another one counts at once. */
export type TokenCheck = (token: string) => boolean | Promise<boolean>;

/** Shorter ones can be guessed. */
export const TOKEN_LENGTH_MIN = 24;

/** 32 random bytes, readable as what they are. */
export function createToken(prefix: string): string {
  return `${prefix}${randomBytes(32).toString('base64url')}`;
}

/** Of a random token of this length a fast hash says as little as a slow one. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('hex');
}

/** Takes as long for any wrong token. */
export function fitsHash(token: string, hash: string): boolean {
  const [given, wanted] = [Buffer.from(hashToken(token), 'hex'), Buffer.from(hash, 'hex')];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

/** What stands behind `Bearer` in an Authorization header; nothing where it is none. */
export function readBearer(authorization: string | null | undefined): string | undefined {
  return /^bearer +([\x21-\x7e]+) *$/i.exec(authorization ?? '')?.[1];
}
