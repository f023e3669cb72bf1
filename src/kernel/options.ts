import { describe } from './errors.ts';
import type { Schema, SchemaResult } from './plugin.ts';

type Path = readonly PropertyKey[];

export interface OptionIssue { message: string; path: Path }

/** Finds what is wrong with what was given for an option. */
export type OptionCheck = (given: unknown, path: Path) => readonly OptionIssue[];

/** @param demand what fits, as the end of a sentence: `the name of a model` */
export function must(demand: string, fits: (given: unknown) => boolean): OptionCheck {
  return (given, path) => (fits(given) ? [] : differs(path, demand, describe(given)));
}

export const isFlag = must('true or false', (given) => typeof given === 'boolean');

export const isText = must('a text', (given) => typeof given === 'string');

export const isName = must('a name', isFilled);

export function isOneOf(...words: readonly string[]): OptionCheck {
  return must(words.length > 2 ? `one of ${words.join(', ')}` : words.join(' or '), (given) => words.includes(given as string));
}

export function isWhole(least: number, most = Infinity): OptionCheck {
  const fits = (given: unknown): boolean => Number.isSafeInteger(given) && (given as number) >= least && (given as number) <= most;
  return must(`a whole number from ${least} ${most === Infinity ? 'on' : `to ${most}`}`, fits);
}

/** @param things what it lists, none of them empty, as `host names` */
export function isListOf(things: string, most = Infinity): OptionCheck {
  const demand = `a list of ${most === Infinity ? '' : `at most ${most} `}${things}`;
  return (given, path) => {
    if (!Array.isArray(given)) return differs(path, demand, describe(given));
    if (given.length > most) return differs(path, demand, `${given.length} of them`);
    const odd = given.findIndex((item) => !isFilled(item));
    return odd < 0 ? [] : differs(path, demand, `${describe(given[odd])} in it`);
  };
}

/** An object of these keys and no others, each of which may be absent. */
export function isOptions(checks: Readonly<Record<string, OptionCheck>>): OptionCheck {
  const known = Object.keys(checks);
  return (given, path) => {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) return differs(path, 'an object', describe(given));
    return Object.entries(given).flatMap(([key, value]: [string, unknown]) => {
      if (!Object.hasOwn(checks, key)) return [{ path: [...path, key], message: `is not known; ${known.length === 1 ? 'the option is' : 'the options are'} ${known.join(', ')}` }];
      return value === undefined ? [] : checks[key]!(value, [...path, key]);
    });
  };
}

/**
 * Options as `definePlugin` takes them. They are read at every start, where a schema library would cost more than most plugins.
 * @param rules `defaults`: what holds where nothing is given; `complete`: once each of them fits, what depends on others, and whether they fit together
 */
export function defineOptions<Options>(
  checks: Readonly<Record<keyof Options, OptionCheck>>,
  { defaults, complete = (value) => ({ value }) }: { defaults?: Partial<Options>; complete?: (options: Options) => SchemaResult<Options> } = {},
): Schema<Options> {
  const checkAll = isOptions(checks);
  return {
    '~standard': {
      version: 1, vendor: 'pith',
      validate: (given = {}) => {
        const issues = checkAll(given, []);
        if (issues.length > 0) return { issues };
        return complete({ ...defaults, ...Object.fromEntries(Object.entries(given as object).filter(([, value]) => value !== undefined)) } as Options);
      },
    },
  };
}

function differs(path: Path, demand: string, found: string): OptionIssue[] {
  return [{ path, message: `must be ${demand}; found ${found}` }];
}

function isFilled(given: unknown): boolean {
  return typeof given === 'string' && given.trim() !== '';
}
