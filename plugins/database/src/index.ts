import { definePlugin } from '@pith/kernel';
import { type DatabaseOptions, optionsSchema } from './options.ts';
import { checkLayer } from './url-layer.ts';

/** One database for all plugins: the service `database`. Nothing is opened before somebody asks for it. */
export default definePlugin<DatabaseOptions>({
  name: 'database',
  options: optionsSchema,
  services: { database: async (context) => (await import('./open.ts')).openDatabase(context) },
  examine: async (context) => (await import('./examine.ts')).examine(context),
  setup: ({ layerOf }) => checkLayer(layerOf('url')),
});
