import { definePlugin, type Layer, STAGE } from '@pith/kernel';
import type { Classifier } from './classifier.ts';
import { type ClassifierOptions, optionsSchema } from './options.ts';

/** Whose word can let calls pass. A project may have been written by anybody. */
const TRUSTED: readonly (Layer | undefined)[] = ['managed', 'command line', 'user'];

/** Has a model judge what a person would be asked about. It does nothing before `enabled` is set. */
export default definePlugin({
  name: 'classifier',
  capabilities: ['permission:allow'],
  options: optionsSchema,
  setup({ hooks, options, layerOf }) {
    const bound = whyBound(options, layerOf);
    let classifier: Promise<Classifier> | undefined;
    const load = (): Promise<Classifier> => classifier ??= import('./classifier.ts').then(({ Classifier }) => new Classifier(options, bound));

    // First of all, so that it sees what was typed, and not what others make of it.
    hooks.input.tap({ name: 'task', stage: STAGE.early - 100 }, async (input, turn) => {
      if (options.enabled) (await load()).onInput(input, turn);
    });
    hooks.permission.tap({ name: 'judge', beforeAsking: true }, async (call, turn) => (options.enabled ? (await load()).judge(call, turn) : undefined));
    hooks.output.tap({ name: 'costs', durable: true }, async (event) => {
      if (options.enabled && (event.type === 'model-end' || event.type === 'session-end')) (await load()).onEvent(event);
    });
  },
});

/** Why its yes does not count; nothing where it does. What steers it must not be the project's, either. */
function whyBound({ mayApprove, model }: ClassifierOptions, layerOf: (option: string) => Layer | undefined): string | undefined {
  if (!mayApprove) return 'mayApprove is not set';
  if (!TRUSTED.includes(layerOf('mayApprove'))) return 'mayApprove counts only in the user’s or the managed settings';
  if (model === undefined) return 'no model is named for it, and that of the session may be the project’s choice';
  const foreign = ['policy', 'provider', 'model'].find((option) => layerOf(option) !== undefined && !TRUSTED.includes(layerOf(option)));
  return foreign === undefined ? undefined : `${foreign} comes from the project`;
}
