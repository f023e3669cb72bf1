import { definePlugin, STAGE } from '@pith/kernel';
import { homeOf } from './home.ts';
import { rememberRequest } from './last-request.ts';
import { partLongText } from './long-text.ts';

/** What nobody sees may stand in front. */
const BEGINS = /^[\p{Cc}\p{Cf}]*[/!\\]/u;
/** Files may have to be looked at first. */
const UNDO_MS = 130_000;
/** Behind every other tap: they see the whole text, and the request is what the model gets. */
const LAST = 1000;

/** What a person types: commands behind `/` and `!`, mentions behind `@`. Each is loaded when it is typed. */
export default definePlugin({
  name: 'input',
  slashCommands: [
    { name: 'clear', summary: 'Forget what was said', run: async (argument, turn) => (await import('./slash/clear.ts')).clear(argument, turn) },
    { name: 'context', summary: 'What is in the prompt', run: async (argument, turn) => (await import('./slash/context.ts')).context(argument, turn) },
    { name: 'cost', summary: 'What this session has cost', run: async (argument, turn) => (await import('./slash/cost.ts')).cost(argument, turn) },
    { name: 'fork', summary: 'Keep a copy of this session to come back to', run: async (argument, turn) => (await import('./slash/fork.ts')).fork(argument, turn) },
    { name: 'help', summary: 'List the commands', run: async (argument, turn) => (await import('./slash/help.ts')).help(argument, turn) },
    { name: 'model', summary: 'Show or choose the model', run: async (argument, turn) => (await import('./slash/model.ts')).model(argument, turn) },
    { name: 'redo', summary: 'Bring back what /undo took', timeoutMs: UNDO_MS, run: async (argument, turn) => (await import('./slash/undo.ts')).redo(argument, turn) },
    { name: 'resume', summary: 'Go on with another session', run: async (argument, turn) => (await import('./slash/resume.ts')).resume(argument, turn) },
    { name: 'undo', summary: 'Take back the last step, files too', timeoutMs: UNDO_MS, run: async (argument, turn) => (await import('./slash/undo.ts')).undo(argument, turn) },
  ],
  setup({ hooks, env }) {
    const home = homeOf(env);
    hooks.input.tap({ name: 'commands', stage: STAGE.early }, async (input, turn) => (BEGINS.test(input.text) ? (await import('./dispatch.ts')).dispatch(input, turn) : undefined));
    hooks.input.tap({ name: 'mentions', stage: STAGE.early }, async (input, turn) => {
      if (input.attachments === undefined && !(input.typed ?? input.text).includes('@')) return undefined;
      return (await import('./mentions/expand-mentions.ts')).expandMentions(input, turn, home);
    });
    hooks.input.tap({ name: 'long-text', stage: LAST }, partLongText);
    hooks.context.tap({ name: 'request', stage: LAST }, rememberRequest);
  },
});
