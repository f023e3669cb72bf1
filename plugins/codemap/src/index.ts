import { definePlugin } from '@pith/kernel';
import { optionsSchema } from './options.ts';
import { createSection } from './section.ts';

/** Looking through a large folder for the first time takes a while. */
const timeoutMs = 120_000;

/** A map of the code. Nothing of it is loaded before it is asked for. */
export default definePlugin({
  name: 'codemap',
  options: optionsSchema,
  services: { codemap: async ({ paths }) => new (await import('./codemaps.ts')).Codemaps(paths) },
  tools: [{
    name: 'map', effect: 'read', timeoutMs,
    description: 'Map the code: files with what they define (name:line), most used first. focus: names or words, found first and with their callers.',
    inputSchema: {
      type: 'object', additionalProperties: false,
      properties: { path: { type: 'string', description: 'folder' }, focus: { type: 'string' }, budgetTokens: { type: 'integer', minimum: 100, maximum: 100_000, description: 'default 4000' } },
    },
    load: async () => (await import('./map-tool.ts')).default,
  }],
  setup({ hooks, options }) {
    hooks.context.tap({ name: 'section', timeoutMs }, createSection(options));
  },
});
