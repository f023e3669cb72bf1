import { definePlugin } from '@pith/kernel';
import { optionsSchema, type TerminalOptions } from './options.ts';

/** The chat. Ink and React are loaded when one is opened. */
export default definePlugin({
  name: 'terminal',
  options: optionsSchema,
  services: { terminal: ({ options }) => ({ chat: async (setup) => (await import('./chat.ts')).chat(setup, options as TerminalOptions) }) },
});
