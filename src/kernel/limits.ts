import { PithError } from './errors.ts';
import type { Run } from './run.ts';

/** Why the turn may make no further model call; nothing where it may. */
export function reachedLimit(run: Run): PithError | undefined {
  const { maxSteps } = run.setup.limits;
  if (run.step >= maxSteps) {
    return new PithError(`The turn stopped after ${maxSteps} model call${maxSteps === 1 ? '' : 's'}, with work left`, {
      code: 'LIMIT_STEPS', hint: 'Allow more with --max-steps, or go on with: pith run --continue "go on"',
    });
  }
  return reachedCostLimit(run);
}

/** What is left of the money, and nothing where nobody knows what was spent. */
export function leftMicroUsd({ root, setup: { limits: { maxCostMicroUsd } } }: Run): number {
  if (maxCostMicroUsd === Infinity) return Infinity;
  return root.costMicroUsd === null ? 0 : Math.max(0, maxCostMicroUsd - root.spentMicroUsd);
}

/** The money is that of the whole turn: sub-turns and plugins spend of the same. */
export function reachedCostLimit({ root, setup: { limits: { maxCostMicroUsd } } }: Run): PithError | undefined {
  if (root.spentMicroUsd >= maxCostMicroUsd) {
    return new PithError(`The turn stopped at a cost of $${(root.spentMicroUsd / 1e6).toFixed(6)}, with work left`, {
      code: 'LIMIT_COST', hint: 'Allow more with --max-cost, or go on with: pith run --continue "go on"',
    });
  }
  if (maxCostMicroUsd === Infinity || root.costMicroUsd !== null) return undefined;
  return new PithError('The cost of this model is not known, so --max-cost cannot hold', { code: 'LIMIT_COST', hint: 'Leave --max-cost away, or choose a model with a known price: pith models' });
}
