import { describe, type Schema } from '@pith/kernel';
import { parseRule, type Rule } from './rules/rule.ts';

/** The rules in force. Every list is asked in this order, and within a list the first match counts. */
export interface Policy {
  deny: readonly Rule[];
  ask: readonly Rule[];
  allow: readonly Rule[];
}

export interface PermissionOptions {
  policy: Policy;
  /** Where an administrator has ruled out mode `bypassPermissions`: then it is as `default`. */
  forbidBypass: string | undefined;
}

export const LISTS = ['deny', 'ask', 'allow'] as const;

export interface Issue { message: string; path: (string | number)[] }

type Parsed<T> = { value: T; issues?: undefined } | { issues: Issue[] };

/** Written by hand, since a schema library costs more than the whole plugin when pith starts. */
export const optionsSchema: Schema<PermissionOptions> = {
  '~standard': { version: 1, vendor: 'pith', validate: parseOptions },
};

function parseOptions(value: unknown): Parsed<PermissionOptions> {
  const { forbidBypass, ...lists } = isRecord(value) ? value : {};
  const parsed = parsePolicy(isRecord(value) ? lists : value);
  if (parsed.issues !== undefined) return parsed;
  if (forbidBypass !== undefined && typeof forbidBypass !== 'string') return { issues: [{ message: `must be the file that says so; found ${describe(forbidBypass)}`, path: ['forbidBypass'] }] };
  return { value: { policy: parsed.value, forbidBypass } };
}

/** Whether a rule says of itself what it must match. */
export function hasTests(policy: Policy): boolean {
  return LISTS.some((list) => policy[list].some(({ match, noMatch }) => match !== undefined || noMatch !== undefined));
}

/** Each list holds rules as text, or as `{ rule, match, noMatch, reason, source }`. */
export function parsePolicy(value: unknown): Parsed<Policy> {
  if (!isRecord(value)) return { issues: [{ message: `must be an object of ${LISTS.join(', ')}; found ${describe(value)}`, path: [] }] };
  const issues: Issue[] = [];
  for (const key of Object.keys(value)) {
    if (!LISTS.includes(key as (typeof LISTS)[number])) issues.push({ message: `is not known; lists of rules are ${LISTS.join(', ')}`, path: [key] });
  }
  const [deny, ask, allow] = LISTS.map((list) => parseList(list, value[list], issues)) as [Rule[], Rule[], Rule[]];
  return issues.length > 0 ? { issues } : { value: { deny, ask, allow } };
}

function parseList(list: string, value: unknown, issues: Issue[]): Rule[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    issues.push({ message: `must be a list of rules; found ${describe(value)}`, path: [list] });
    return [];
  }
  return value.flatMap((entry: unknown, index) => {
    try {
      return [parseEntry(entry)];
    } catch (error) {
      // A folder that nobody trusts keeps no turn from running.
      if (!isRecord(entry) || entry['untrusted'] !== true) issues.push({ message: (error as Error).message, path: [list, index] });
      return [];
    }
  });
}

function parseEntry(entry: unknown): Rule {
  if (typeof entry === 'string') return parseRule(entry);
  if (!isRecord(entry) || typeof entry['rule'] !== 'string') throw new Error(`a rule is a text, or { rule, match, noMatch, reason }; found ${describe(entry)}`);
  const { rule, source, reason, match, noMatch } = entry;
  for (const [key, value] of Object.entries({ source, reason })) if (value !== undefined && typeof value !== 'string') throw new Error(`the ${key} of the rule ${JSON.stringify(rule)} is ${describe(value)}; it must be a text`);
  for (const [key, value] of Object.entries({ match, noMatch })) if (value !== undefined && !isTexts(value)) throw new Error(`${key} of the rule ${JSON.stringify(rule)} is ${describe(value)}; it must be a list of calls, as "npm test"`);
  return {
    ...parseRule(rule, source as string | undefined),
    ...(reason === undefined ? {} : { reason: reason as string }), ...(match === undefined ? {} : { match: match as string[] }), ...(noMatch === undefined ? {} : { noMatch: noMatch as string[] }),
  };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
