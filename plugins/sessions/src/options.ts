import { defineOptions, isFlag, isWhole } from '@pith/kernel';
import { KEEP_DAYS, KEEP_MEGABYTES } from './remove.ts';

export interface SessionsOptions {
  /** False keeps no transcript: `pith run --no-session`. */
  record: boolean;
  /** Once a day, sessions that were not used for longer are deleted. */
  keepDays: number;
  /** Room for all sessions; beyond it the oldest are deleted, once a day. */
  keepMegabytes: number;
}

export const optionsSchema = defineOptions<SessionsOptions>(
  { record: isFlag, keepDays: isWhole(1), keepMegabytes: isWhole(1) },
  { defaults: { record: true, keepDays: KEEP_DAYS, keepMegabytes: KEEP_MEGABYTES } },
);
