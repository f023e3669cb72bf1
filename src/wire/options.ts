import { describe, nearest, type Schema } from '@pith/kernel';
import { isRecord } from './json.ts';

/** What every provider lets a person set. */
export interface ProviderOptions {
  /** Where requests go. */
  baseUrl?: string;
  /** Sent with every request. */
  headers?: Readonly<Record<string, string>>;
  /** Used when no model was asked for. */
  defaultModel?: string;
  /** The limit of a reply where the request names none, in tokens. */
  maxOutputTokens?: number;
}

type Path = readonly PropertyKey[];
type Issue = { message: string; path: Path };

/** Finds what is wrong with a value. */
export type Check = (value: unknown, path: Path) => readonly Issue[];

const expect = (allowed: string, isRight: (value: unknown) => boolean): Check => (value, path) =>
  isRight(value) ? [] : [{ path, message: `expected ${allowed}, found ${describe(value)}` }];

export const isText = expect('a text', (value) => typeof value === 'string' && value !== '');
export const isFlag = expect('true or false', (value) => typeof value === 'boolean');
export const isTokenCount = expect('a whole number above 0', (value) => Number.isSafeInteger(value) && (value as number) > 0);
export const isAddress = expect('an address beginning with http:// or https://', (value) => typeof value === 'string' && /^https?:\/\/\S+$/.test(value));
export const isHeaders = expect('header names with texts', (value) => isRecord(value) && Object.entries(value).every(([name, text]) => /^[\w!#$%&'*+.^`|~-]+$/.test(name) && typeof text === 'string' && /^[\t\x20-\x7e\x80-\xff]*$/.test(text)));
export const isOneOf = (...words: readonly string[]): Check => expect(words.join(' or '), (value) => words.includes(value as string));

/** The checks of `ProviderOptions`. */
export const PROVIDER_CHECKS: Readonly<Record<keyof ProviderOptions, Check>> = { baseUrl: isAddress, headers: isHeaders, defaultModel: isText, maxOutputTokens: isTokenCount };

/** A record of these keys and no others, each of which may be absent. */
export function isOptions(checks: Readonly<Record<string, Check>>): Check {
  return (value, path) => {
    if (!isRecord(value)) return [{ path, message: `expected a set of options, found ${describe(value)}` }];
    return Object.entries(value).flatMap(([key, each]) => {
      const check = Object.hasOwn(checks, key) ? checks[key] : undefined;
      if (check !== undefined) return each === undefined ? [] : check(each, [...path, key]);
      const near = nearest(key, Object.keys(checks));
      return [{ path: [...path, key], message: near.length > 0 ? `not known (near is ${near.join(' or ')})` : `not known (known are ${Object.keys(checks).join(', ')})` }];
    });
  };
}

/** Checks as the kernel takes them. A plugin's options are read at every start, and a library for it would cost more than all else in the plugin. */
export function toSchema<T>(check: Check): Schema<T> {
  return {
    '~standard': {
      version: 1, vendor: 'pith',
      validate: (value) => {
        const issues = check(value, []);
        return issues.length > 0 ? { issues } : { value: value as T };
      },
    },
  };
}
