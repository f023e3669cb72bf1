import type { ContributionContext, Vault } from '@pith/kernel';
import type { Pool } from '../account/pool.ts';
import type { BalancerOptions } from '../options.ts';
import { VaultCredentials } from './vault-credentials.ts';

/** The secrets of a pool's accounts. What refreshes tokens is loaded with the first one that ends. */
export function openCredentials({ env, secrets }: ContributionContext, { vault, pool, options }: { vault: Vault; pool: Pool; options: BalancerOptions }): VaultCredentials {
  return new VaultCredentials({
    vault, pool, windowMs: options.refreshWindowMinutes * 60_000, redact: (text) => secrets.redact(text),
    ask: async (secret) => (await import('./issuer-client.ts')).askForTokens(secret, { env }),
  });
}
