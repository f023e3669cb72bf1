import { definePlugin } from '@pith/kernel';
import { optionsSchema, SECONDS_MAX } from './options.ts';

export type { Voice } from './voice.ts';
export type { VoiceOptions } from './options.ts';

/** Speech as input. Nothing of it is loaded, and nothing listens, before a person asks for it. */
export default definePlugin({
  name: 'voice',
  options: optionsSchema,
  services: { voice: async (context) => new (await import('./voice.ts')).Voice(context) },
  slashCommands: [{
    name: 'voice', summary: 'Say something, and get the text to look at',
    // As long as a recording may be, and then its transcription.
    timeoutMs: (SECONDS_MAX + 660) * 1000,
    run: async (_argument, turn, context) => (await import('./slash-command.ts')).runVoice(turn, context),
  }],
  examine: async (context) => (await import('./examine.ts')).examine(context),
});
