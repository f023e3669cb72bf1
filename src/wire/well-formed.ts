import { isRecord } from './json.ts';

/** Half a character, as JSON.stringify writes it. Vendors refuse a whole request over one. */
const MAY_HOLD_HALF = /\\ud[89a-f]/i;

/** The JSON text of a value with every half of a surrogate pair replaced by U+FFFD. */
export function toJson(value: unknown): string {
  const text = JSON.stringify(value);
  return MAY_HOLD_HALF.test(text) ? JSON.stringify(toWellFormed(value)) : text;
}

/** The value with every half of a surrogate pair replaced by U+FFFD, in keys too. */
export function toWellFormed<T>(value: T): T;
export function toWellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map((each: unknown) => toWellFormed(each));
  if (isRecord(value)) return Object.fromEntries(Object.entries(value).map(([key, each]) => [key.toWellFormed(), toWellFormed(each)]));
  return value;
}
