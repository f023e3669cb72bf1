import { isFlag, isOptions, isWhole, type OptionCheck } from '@pith/kernel';
import { PAYLOAD_DEFAULTS, type PayloadOptions } from './payloads.ts';

/** What a person may say of the books, under `plugins.balancer` of the settings. */
export interface BookOptions {
  /** How long requests are kept. */
  requestDays: number;
  /** What went to and fro, only where it is asked for. */
  payloads: Partial<PayloadOptions>;
}

const REQUEST_DAYS = 365;

export const bookChecks: Readonly<Record<keyof BookOptions, OptionCheck>> = {
  requestDays: isWhole(1, 3650),
  payloads: isOptions({ keep: isFlag, maxBytes: isWhole(1024, 16 * 1024 ** 2), days: isWhole(1, 365), totalBytes: isWhole(1024 ** 2) }),
};

export const bookDefaults: BookOptions = { requestDays: REQUEST_DAYS, payloads: PAYLOAD_DEFAULTS };
