import { isWhole } from '@pith/kernel';
import { isIssuers, type IssuerOptions } from './issuer-options.ts';

export interface TokenOptions {
  /** Where accounts can sign in, by names of one's own. */
  issuers: Readonly<Record<string, IssuerOptions>>;
  /** So long before its end a token is refreshed, but never in more than the last third of its life. */
  refreshWindowMinutes: number;
}

export const tokenChecks = { issuers: isIssuers, refreshWindowMinutes: isWhole(1, 1440) };

export const tokenDefaults: TokenOptions = { issuers: {}, refreshWindowMinutes: 30 };
