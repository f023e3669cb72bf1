import type { Settings, TurnOptions } from '@pith/kernel';

/** What settings and flags say of each turn. */
export function toTurnOptions({ maxSteps, maxCost, timeout }: Settings, signal: AbortSignal): TurnOptions & { signal: AbortSignal } {
  return {
    signal,
    ...(maxSteps === undefined ? {} : { maxSteps }),
    ...(maxCost === undefined ? {} : { maxCostMicroUsd: Math.round(maxCost * 1e6) }),
    ...(timeout === undefined ? {} : { timeoutMs: Math.round(timeout * 1000) }),
  };
}
