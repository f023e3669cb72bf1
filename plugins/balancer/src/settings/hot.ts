import type { OptionCheck } from '@pith/kernel';
import { bookChecks, bookDefaults, PAYLOAD_DEFAULTS } from '../books/options.ts';

import { engineChecks, engineDefaults } from '../engine/options.ts';
import type { BalancerOptions } from '../options.ts';
import type { StrategyName } from '../strategy/names.ts';
import { apiChecks, apiDefaults } from './options.ts';

/** What can be changed while it runs, by the names that the API has for it. */
export interface HotValues {
  strategy: StrategyName;
  sessionDurationMs: number;
  defaultAgentModel: string | null;
  requestDays: number;
  payloadDays: number;
  keepPayloads: boolean;
  payloadMaxBytes: number;
  payloadTotalBytes: number;
  openMetrics: boolean;
}
export type HotName = keyof HotValues;

export interface HotSetting {
  /** The option of `plugins.balancer` that it is, or is in. */
  option: keyof BalancerOptions;
  /** What it is called in there, where it is one of several. */
  part?: string;
  variable: string;
  check: OptionCheck;
  kind: 'text' | 'number' | 'flag';
  byDefault: HotValues[HotName];
}

const payload = (part: keyof typeof PAYLOAD_DEFAULTS, variable: string, kind: HotSetting['kind']): HotSetting => ({
  option: 'payloads', part, variable, kind, byDefault: PAYLOAD_DEFAULTS[part], check: (given, path) => bookChecks.payloads({ [part]: given }, path.slice(0, -1)).map((issue) => ({ ...issue, path })),
});

export const HOT: Readonly<Record<HotName, HotSetting>> = {
  strategy: { option: 'strategy', variable: 'PITH_BALANCER_STRATEGY', kind: 'text', check: engineChecks.strategy, byDefault: engineDefaults.strategy },
  sessionDurationMs: { option: 'sessionMs', variable: 'PITH_BALANCER_SESSION_DURATION_MS', kind: 'number', check: engineChecks.sessionMs, byDefault: engineDefaults.sessionMs },
  defaultAgentModel: { option: 'defaultAgentModel', variable: 'PITH_BALANCER_DEFAULT_AGENT_MODEL', kind: 'text', check: apiChecks.defaultAgentModel, byDefault: apiDefaults.defaultAgentModel },
  requestDays: { option: 'requestDays', variable: 'PITH_BALANCER_REQUEST_RETENTION_DAYS', kind: 'number', check: bookChecks.requestDays, byDefault: bookDefaults.requestDays },
  payloadDays: payload('days', 'PITH_BALANCER_PAYLOAD_RETENTION_DAYS', 'number'),
  keepPayloads: payload('keep', 'PITH_BALANCER_KEEP_PAYLOADS', 'flag'),
  payloadMaxBytes: payload('maxBytes', 'PITH_BALANCER_PAYLOAD_MAX_BYTES', 'number'),
  payloadTotalBytes: payload('totalBytes', 'PITH_BALANCER_PAYLOAD_TOTAL_BYTES', 'number'),
  openMetrics: { option: 'openMetrics', variable: 'PITH_BALANCER_OPEN_METRICS', kind: 'flag', check: apiChecks.openMetrics, byDefault: apiDefaults.openMetrics },
};
export const HOT_NAMES = Object.keys(HOT) as readonly HotName[];

/** A variable's text as the value that it stands for; one that is none stays the text, so that the check can name it. */
export function toHotValue(text: string, kind: HotSetting['kind']): unknown {
  if (kind === 'number') return /^\d{1,15}$/.test(text) ? Number(text) : text;
  if (kind === 'flag') return ({ true: true, 1: true, false: false, 0: false } as Record<string, boolean>)[text] ?? text;
  return text;
}
