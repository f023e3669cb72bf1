import { isWhole, type OptionCheck } from '@pith/kernel';

export interface AccountOptions {
  /** How long it is remembered what requests said of an account, in days. */
  eventDays: number;
}

export const accountChecks: Readonly<Record<keyof AccountOptions, OptionCheck>> = { eventDays: isWhole(1, 3650) };

export const accountDefaults: AccountOptions = { eventDays: 30 };
