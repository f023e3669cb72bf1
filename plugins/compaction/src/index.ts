import { definePlugin } from '@pith/kernel';
import { type CompactionOptions, optionsSchema } from './options.ts';
import { runState } from './state.ts';
import { watch } from './watch.ts';

/** Makes room when the model's window fills up, without forgetting what it was told. */
export default definePlugin({
  name: 'compaction',
  options: optionsSchema,
  slashCommands: [{ name: 'compact', summary: 'Make room now: /compact [what to keep before all]', run: async (argument, turn, { options }) => (await import('./compact-command.ts')).compact(argument, turn, options as CompactionOptions) }],
  services: { compaction: ({ options, service }) => ({ limitsOf: async (model) => (await import('./limits.ts')).limitsOf(model, { options: options as CompactionOptions, findPricing: () => service('pricing') }) }) },
  setup({ hooks, options }) {
    // Before everybody else: it sees what was said, and not what others add to a request.
    hooks.context.tap({ name: 'room', stage: -300 }, (request, turn) => watch(request, turn, options));
    hooks.context.tap({ name: 'remember', stage: 300 }, ({ system, tools }, turn) => { Object.assign(runState(turn), { system, tools }); });
  },
});
