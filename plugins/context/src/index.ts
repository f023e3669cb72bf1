import { definePlugin, STAGE } from '@pith/kernel';
import { addIdentity } from './identity.ts';

/** What a model is told before it is asked: who it is, and where it works. */
export default definePlugin({
  name: 'context',
  setup({ hooks }) {
    hooks.context.tap({ name: 'identity', stage: STAGE.early }, (request, turn) => addIdentity(request, turn.cwd));
  },
});
