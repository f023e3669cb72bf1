import { defineOptions, isWhole } from '@pith/kernel';
import { isIssuers, type IssuerOptions } from './token/issuer-options.ts';

/** Under `plugins.balancer` of the settings. */
export interface BalancerOptions {
  /** Where accounts can sign in, by names of one's own. */
  issuers: Readonly<Record<string, IssuerOptions>>;
  /** So long before its end a token is refreshed, but never in more than the last third of its life. */
  refreshWindowMinutes: number;
}

export const optionsSchema = defineOptions<BalancerOptions>(
  { issuers: isIssuers, refreshWindowMinutes: isWhole(1, 1440) },
  { defaults: { issuers: {}, refreshWindowMinutes: 30 } },
);
