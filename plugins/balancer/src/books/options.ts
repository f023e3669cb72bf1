import { isFlag, isOptions, isWhole, type OptionCheck } from '@pith/kernel';

/** What a person may say of the books, under `plugins.balancer` of the settings. */
export interface BookOptions {
  /** How long requests are kept. */
  requestDays: number;
  /** What went to and fro, only where it is asked for. */
  payloads: Partial<PayloadOptions>;
}

export interface PayloadOptions {
  /** Default: false, nothing is kept. */
  keep: boolean;
  /** Of each body. Default 262 144. */
  maxBytes: number;
  /** Default 7. */
  days: number;
  /** Of all together; beyond it the oldest go. Default 1 GiB. */
  totalBytes: number;
}

const REQUEST_DAYS = 365;
export const PAYLOAD_DEFAULTS: PayloadOptions = { keep: false, maxBytes: 262_144, days: 7, totalBytes: 1024 ** 3 };

export const bookChecks: Readonly<Record<keyof BookOptions, OptionCheck>> = {
  requestDays: isWhole(1, 3650),
  payloads: isOptions({ keep: isFlag, maxBytes: isWhole(1024, 16 * 1024 ** 2), days: isWhole(1, 365), totalBytes: isWhole(1024 ** 2) }),
};

export const bookDefaults: BookOptions = { requestDays: REQUEST_DAYS, payloads: PAYLOAD_DEFAULTS };
