import { isOneOf, isWhole, type OptionCheck } from '@pith/kernel';
import { DEFAULT_STRATEGY, STRATEGY_NAMES, type StrategyName } from '../strategy/names.ts';

/** How accounts are chosen; what a person may say of it under `plugins.balancer` of the settings. */
export interface EngineOptions {
  strategy: StrategyName;
  /** How long a conversation stays with its account, in milliseconds. */
  sessionMs: number;
}

const MINUTE_MS = 60_000, HOUR_MS = 3_600_000, WEEK_MS = 168 * HOUR_MS;

export const engineChecks: Readonly<Record<keyof EngineOptions, OptionCheck>> = { strategy: isOneOf(...STRATEGY_NAMES), sessionMs: isWhole(MINUTE_MS, WEEK_MS) };

export const engineDefaults: EngineOptions = { strategy: DEFAULT_STRATEGY, sessionMs: 5 * HOUR_MS };
