import { type ContributionContext, type Database, isPithError, type Vault } from '@pith/kernel';
import { toTrouble } from '../vault.ts';
import type { SharedVault } from './shared-vault.ts';

/** Names below another one, as `anthropic/work`, are those of accounts, which machines with one database have in common. */
export function isSharedName(name: string): boolean {
  return typeof name === 'string' && name.includes('/');
}

/**
 * The vault of this machine, and for names of accounts the one in the database where that is a server. The database asks the vault for its own
 * password, so it is asked for only when such a name is.
 */
export function withShared(local: Vault, context: Pick<ContributionContext, 'service' | 'paths' | 'env' | 'secrets'>): Vault {
  let shared: Promise<SharedVault | undefined> | undefined;
  const find = (): Promise<SharedVault | undefined> => {
    shared ??= open(local, context);
    shared.catch(() => { shared = undefined; }); // The next one tries again.
    return shared;
  };
  const of = async (name: string): Promise<Pick<Vault, 'get' | 'set' | 'remove' | 'update'>> => (isSharedName(name) ? await find() : undefined) ?? local;
  return {
    ...local,
    get: async (name) => (await of(name)).get(name),
    set: async (name, value) => (await of(name)).set(name, value),
    remove: async (name) => (await of(name)).remove(name),
    update: async (name, change, options) => (await of(name)).update(name, change, options),
    list: async () => [...await local.list(), ...await (await find())?.list() ?? []].sort((a, b) => (a.name < b.name ? -1 : 1)),
    status: async () => {
      const status = await local.status();
      if (status.trouble !== undefined) return status;
      try {
        await (await find())?.check();
      } catch (error) {
        if (isPithError(error) && error.code.startsWith('VAULT_')) return { ...status, trouble: toTrouble(error) };
        // What is wrong with the database is said by those who look after it.
      }
      return status;
    },
  };
}

async function open(local: Vault, context: Pick<ContributionContext, 'service' | 'paths' | 'env' | 'secrets'>): Promise<SharedVault | undefined> {
  const database = await findDatabase(context);
  if (database?.engine !== 'postgres') return undefined;
  const { SharedVault } = await import('./shared-vault.ts');
  return new SharedVault({ database, local, config: context.paths.config, env: context.env, secrets: context.secrets });
}

/** @returns nothing where no plugin brings one */
async function findDatabase({ service }: Pick<ContributionContext, 'service'>): Promise<Database | undefined> {
  try {
    return await service('database');
  } catch (error) {
    if (isPithError(error) && error.code === 'SERVICE_MISSING') return undefined;
    throw error;
  }
}
