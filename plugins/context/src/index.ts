import { definePlugin, STAGE } from '@pith/kernel';
import { finishRequest } from './cache/tail.ts';
import { addIdentity } from './identity.ts';

/** Behind what everybody else makes of a request. */
const LAST = 400;

/** What a model is told before it is asked: who it is, and where it works. */
export default definePlugin({
  name: 'context',
  setup({ hooks }) {
    hooks.context.tap({ name: 'identity', stage: STAGE.early }, (request, turn) => addIdentity(request, turn.cwd));
    hooks.context.tap({ name: 'tail', stage: LAST }, finishRequest);
  },
});
