import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createKernel, resolvePaths } from '@pith/kernel';
import database from '../../database/src/index.ts';
import vault from '../../vault/src/index.ts';
import balancer from '../src/index.ts';
import { added } from './start-balancer.ts';

/** Has the plugin loaded by a pith of its own that is started with that home, as `pith plugins link` would. */
export async function linkBalancer(home: string): Promise<void> {
  await mkdir(join(home, 'data'), { recursive: true });
  await writeFile(join(home, 'data', 'package.json'), JSON.stringify({ private: true, name: 'pith', oclif: { schema: 1, plugins: [{ type: 'link', name: '@pith/plugin-balancer', root: fileURLToPath(new URL('..', import.meta.url)) }] } }));
}

/** Puts accounts into the home that a pith of its own is started with. Each has a key that no vendor takes. */
export async function addAccounts(home: string, names: readonly string[], more: Parameters<typeof added>[1] = {}): Promise<void> {
  const env = { PITH_HOME: home, PITH_VAULT_KEYRING: 'off' };
  const kernel = await createKernel({ plugins: [database, vault, balancer], env, paths: resolvePaths(env) });
  try {
    const pool = await (await kernel.service('balancer')).pool();
    for (const name of names) {
      const { id } = await pool.append(added(name, { atMs: Date.now(), ...more }));
      await (await kernel.service('vault')).set(`anthropic/${id}`, `sk-ant-of-${name}-in-a-test`);
    }
  } finally {
    await kernel.close();
  }
}

/** Client keys of the proxy, and an agent that it recognises, in such a home. */
export async function addClients(home: string, { keys, agent }: { keys: readonly string[]; agent: string }): Promise<void> {
  const env = { PITH_HOME: home, PITH_VAULT_KEYRING: 'off' };
  const paths = resolvePaths(env);
  await mkdir(join(paths.config, 'agents'), { recursive: true });
  await writeFile(join(paths.config, 'agents', `${agent}.md`), `---\nname: ${agent}\ndescription: Looks at changes\n---\nYou look at each change and say in one sentence what is wrong with it.\n`);
  const kernel = await createKernel({ plugins: [database, vault, balancer], env, paths });
  try {
    const { store } = await (await kernel.service('balancer')).keys();
    for (const name of keys) await store.add(name, { accounts: null, models: null, budgets: [], expiresMs: null });
  } finally {
    await kernel.close();
  }
}
