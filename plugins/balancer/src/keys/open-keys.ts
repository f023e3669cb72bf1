import type { Database, Pricing } from '@pith/kernel';
import type { Pool } from '../account/pool.ts';
import { SharedKeys } from './shared-keys.ts';

/** Client keys whose budgets know the prices of the pool's accounts. */
export function openKeys({ database, pool, pricing }: { database: Database; pool: Pick<Pool, 'accounts'>; pricing: Pricing | undefined }): Promise<SharedKeys> {
  return SharedKeys.open({
    database, pricing,
    providerOf: ({ accountId, family }) => pool.accounts.find(({ id }) => id === accountId)?.provider ?? family,
    providersOf: (family) => {
      const providers = new Set(pool.accounts.filter((account) => account.family === family).map(({ provider }) => provider));
      return providers.size === 0 ? [family] : [...providers];
    },
  });
}
