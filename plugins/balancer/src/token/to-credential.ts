import type { Account } from '../account/account.ts';
import type { Credential } from './credentials.ts';
import type { TokenHeader } from './oauth-secret.ts';

/** The header in which the servers of a family look for a key or a token. */
export function toCredential({ family, credential }: Pick<Account, 'family' | 'credential'>, secret: { text: string; version: number; header?: TokenHeader }): Credential {
  const header = secret.header ?? (credential === 'api-key' && family === 'anthropic' ? 'x-api-key' : 'bearer');
  const headers: Record<string, string> = header === 'bearer' ? { authorization: `Bearer ${secret.text}` } : { 'x-api-key': secret.text };
  return Object.freeze({ headers: Object.freeze(headers), tokenVersion: secret.version });
}
