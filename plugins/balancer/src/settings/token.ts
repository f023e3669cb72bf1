import { createToken, fitsHash, hashToken, TOKEN_LENGTH_MIN, type TokenCheck } from '@pith/http';
import { balancerError } from '../errors.ts';
import type { HotSettings } from './settings.ts';

/** Gives the token of the management API, where it is not to be kept. */
export const TOKEN_VARIABLE = 'PITH_PROXY_TOKEN';

type Env = Readonly<Record<string, string | undefined>>;

/** The token of the environment. @throws PithError PROXY_TOKEN_WEAK */
export function tokenOf(env: Env): string | undefined {
  const token = env[TOKEN_VARIABLE];
  if (token === undefined || token === '') return undefined;
  if (token.length >= TOKEN_LENGTH_MIN && /^[\x21-\x7e]+$/.test(token)) return token;
  throw balancerError('PROXY_TOKEN_WEAK', `${TOKEN_VARIABLE} can be guessed: it has ${token.length} characters, and a token has at least ${TOKEN_LENGTH_MIN}, without blanks`, { hint: 'Unset it, and make one with: pith proxy token' });
}

/** @throws PithError PROXY_TOKEN_WEAK */
export function toTokenCheck(settings: HotSettings, env: Env): TokenCheck {
  const given = tokenOf(env);
  const hash = given === undefined ? undefined : hashToken(given);
  return (token) => {
    const wanted = hash ?? settings.token?.hash;
    return wanted !== undefined && fitsHash(token, wanted);
  };
}

/** Whether anybody can be let in at all. @throws PithError PROXY_TOKEN_WEAK */
export function hasToken(settings: HotSettings, env: Env): boolean {
  return tokenOf(env) !== undefined || settings.token !== undefined;
}

/** A new token, of which the hash is kept. @returns nothing where there is one already, and it is not to be replaced */
export async function makeToken(settings: HotSettings, { replace, nowMs }: { replace: boolean; nowMs: number }): Promise<string | undefined> {
  const token = createToken('pith-api-');
  const isKept = await settings.setToken({ hash: hashToken(token), createdMs: nowMs }, { unlessThere: !replace });
  return isKept ? token : undefined;
}
