import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKernel, type Kernel } from '@pith/kernel';
import database from '../../database/src/index.ts';
import vault from '../../vault/src/index.ts';
import type { AccountEvent } from '../src/account/account.ts';
import balancer from '../src/index.ts';

export interface Home {
  /** What a process of its own opens it with: see pool-child.ts. */
  word: string;
  /** What PITH_HOME would name. */
  folder: string;
  /** Another kernel with the same home, as another process would have it. */
  open(): Promise<Kernel>;
  remove(): Promise<void>;
}

/** An empty home with the plugins that the balancer uses: real tables, a real vault, in a temporary folder. */
export async function createHome({ env = {} as Record<string, string>, databaseUrl = undefined as string | undefined, options = {} } = {}): Promise<Home> {
  const folder = await mkdtemp(join(tmpdir(), 'pith-balancer-'));
  const setting = { folder, databaseUrl, options };
  const opened: Kernel[] = [];
  return {
    word: JSON.stringify(setting), folder,
    open: async () => {
      const kernel = await openHome(setting, env);
      opened.push(kernel);
      return kernel;
    },
    remove: async () => {
      for (const kernel of opened) await kernel.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export function openHome({ folder, databaseUrl, options = {} }: { folder: string; databaseUrl?: string | undefined; options?: object }, env: Readonly<Record<string, string | undefined>> = process.env): Promise<Kernel> {
  return createKernel({
    plugins: [database, vault, balancer], env: { ...env, PITH_VAULT_KEYRING: 'off' }, options: { balancer: options, ...(databaseUrl === undefined ? {} : { database: { url: databaseUrl } }) },
    paths: { config: join(folder, 'config'), data: join(folder, 'data'), cache: join(folder, 'cache') },
  });
}

export const T0 = Date.UTC(2026, 10, 22, 12);

/** An account has come: of Anthropic, paid by key, where nothing else is said. */
export function added(name: string, more: Partial<Extract<AccountEvent, { type: 'added' }>> = {}): Extract<AccountEvent, { type: 'added' }> {
  return {
    type: 'added', accountId: `id-${name}`, atMs: T0, by: 'a test', name, provider: 'anthropic', family: 'anthropic', credential: 'api-key', baseUrl: 'https://api.anthropic.com', priority: 0, tier: 1, models: {}, ...more,
  };
}
