import { definePlugin } from '@pith/kernel';
import { readVaultFile, vaultPaths } from './vault-file.ts';

/** Keys at rest: the service `vault`, and the commands `pith auth`. */
export default definePlugin({
  name: 'vault',
  services: { vault: async ({ paths, env, secrets }) => (await import('./vault.ts')).createVault({ config: paths.config, env, secrets }) },
  storedSecrets: ({ paths }) => readVaultFile(vaultPaths(paths.config).file)?.names ?? [],
});
