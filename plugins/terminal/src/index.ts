import { definePlugin } from '@pith/kernel';

/** The chat. Ink and React are loaded when one is opened. */
export default definePlugin({
  name: 'terminal',
  services: { terminal: () => ({ chat: async (setup) => (await import('./chat.ts')).chat(setup) }) },
});
