/** The strategies, as people choose them. */
export const STRATEGY_NAMES = ['session', 'priority', 'round-robin', 'least-used', 'weighted', 'drain-soonest'] as const;
export type StrategyName = (typeof STRATEGY_NAMES)[number];
export const DEFAULT_STRATEGY: StrategyName = 'session';
