import { definePlugin } from '@pith/kernel';
import { readVaultFile, vaultPaths } from './vault-file.ts';

/** Keys at rest: the service `vault`, and the commands `pith auth`. */
export default definePlugin({
  name: 'vault',
  services: {
    vault: async (context) => {
      const [{ createVault }, { withShared }] = await Promise.all([import('./vault.ts'), import('./shared/with-shared.ts')]);
      const { paths, env, secrets } = context;
      return withShared(createVault({ config: paths.config, env, secrets }), context);
    },
  },
  storedSecrets: ({ paths }) => readVaultFile(vaultPaths(paths.config).file)?.names ?? [],
});
