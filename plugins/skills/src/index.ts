import { definePlugin, type PluginDefinition, STAGE } from '@pith/kernel';
import { MANAGED_FOLDER } from './managed-folder.ts';
import { type SkillOptions, optionsSchema } from './options.ts';
import type { Skills } from './skills.ts';

declare module '@pith/kernel' {
  interface Services { skills: Skills }
}

/** Behind what the plugin context says: who the model is, and the instructions of the project. */
const BEHIND_CONTEXT = STAGE.early + 10;

/** Skills for the model, commands for people, both from files. @param managedFolder tests give another one */
export function skills(managedFolder = MANAGED_FOLDER): PluginDefinition<SkillOptions> {
  return definePlugin({
    name: 'skills',
    options: optionsSchema,
    services: { skills: async (context) => new (await import('./skills.ts')).Skills(context, managedFolder) },
    toolSources: [{ name: 'skills', list: async (_signal, { service }) => [(await service('skills')).tool] }],
    commandSources: [{ name: 'skills', list: async (at, { service }) => (await service('skills')).commands(at) }],
    projectFiles: async ({ project, env }) => (await import('./project-files.ts')).listProjectFiles({ project, env, managedFolder }),
    setup({ hooks, service }) {
      hooks.input.tap({ name: 'changed', stage: STAGE.late }, async (input, turn) => (await service('skills')).tellChanges(input, turn));
      hooks.context.tap({ name: 'list', stage: BEHIND_CONTEXT }, async (request, turn) => (await service('skills')).addList(request, turn));
    },
  });
}

export default skills();
