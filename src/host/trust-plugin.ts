import { definePlugin, type Paths, type PluginDefinition, type Restrictions } from '@pith/kernel';

/** Lets plugins ask whether a project's files may take effect, and keep what a person has allowed in it for good. */
export function trustPlugin(paths: Paths, restrictions: Restrictions): PluginDefinition {
  return definePlugin({
    name: 'trust',
    services: {
      trust: () => ({ stateOf: async (project, files) => (await (await import('./trust.ts')).readTrust(paths, project, files)).state }),
      'local-settings': async () => (await import('./local-settings.ts')).createLocalSettings(paths, restrictions),
    },
  });
}
