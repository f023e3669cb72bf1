import { describe, type SqlValue } from '@pith/kernel';
import { databaseError } from './errors.ts';

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

/** What an engine is given: a whole number as such, so that it is exact and divides as whole numbers do. */
export type Bound = null | string | number | bigint | Uint8Array;

/**
 * A value for a statement, the same for every engine.
 * @throws PithError DATABASE_VALUE_INVALID for what one of them would take otherwise than another, or change without a word
 */
export function toBound(value: unknown): Bound {
  switch (typeof value) {
    case 'string':
      // PostgreSQL takes none, and SQLite counts the text as ended there.
      if (value.includes('\0')) throw invalid('a text with a NUL in it', 'Take the NUL out, or keep the bytes as a Uint8Array.');
      return value;
    case 'number':
      if (Number.isSafeInteger(value)) return BigInt(value);
      if (!Number.isFinite(value)) throw invalid(String(value), 'Keep null where there is no number.');
      return value;
    case 'bigint':
      if (value > INT64_MAX || value < INT64_MIN) throw invalid(`the whole number ${value}, which 64 bits do not hold`, 'Keep it as a text.');
      return value;
    case 'boolean':
      return value ? 1n : 0n;
    default:
      if (value === null || value instanceof Uint8Array) return value;
      throw invalid(describe(value), value instanceof Date ? 'Keep the milliseconds since 1970.' : 'Allowed are null, texts, numbers, bigints, true, false and Uint8Array.');
  }
}

/** A whole number as it is handed out: a `number` where that is exact. */
export function toNumber(value: bigint): number | bigint {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

/** A row of SQLite, read with whole numbers as bigints. */
export function toRow(found: Readonly<Record<string, SqlValue>>): Record<string, SqlValue> {
  const row: Record<string, SqlValue> = {};
  for (const name in found) {
    const value = found[name]!;
    row[name] = typeof value === 'bigint' ? toNumber(value) : value;
  }
  return row;
}

/** PostgreSQL's types by number, as the text that the server sends. */
const PARSERS: Readonly<Record<number, (text: string) => SqlValue>> = {
  16: (text) => (text === 't' ? 1 : 0),
  17: parseBytes,
  20: (text) => toNumber(BigInt(text)),
  21: Number,
  23: Number,
  26: Number,
  700: Number,
  701: Number,
  1700: parseNumeric,
};

/** Every other type, JSON and times included, is its text. */
export function postgresParser(type: number): (text: string) => SqlValue {
  return PARSERS[type] ?? ((text) => text);
}

function parseBytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.slice('\\x'.length), 'hex'));
}

/** The sum of whole numbers is a numeric, and a whole number all the same; any other is as near as a number comes. */
function parseNumeric(text: string): number | bigint {
  const whole = /^(-?\d+)(?:\.0*)?$/.exec(text)?.[1];
  return whole === undefined ? Number(text) : toNumber(BigInt(whole));
}

function invalid(found: string, hint: string): Error {
  return databaseError('DATABASE_VALUE_INVALID', `A statement was given ${found}, which a database does not hold`, { hint });
}
