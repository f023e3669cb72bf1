import { describe, type Schema } from '@pith/kernel';
import { parseRule, type Rule } from './rule.ts';

/** The rules in force. Every list is asked in this order, and within a list the first match counts. */
export interface Policy {
  deny: readonly Rule[];
  ask: readonly Rule[];
  allow: readonly Rule[];
}

const LISTS = ['deny', 'ask', 'allow'] as const;

interface Issue { message: string; path: (string | number)[] }

/** Written by hand, since a schema library costs more than the whole plugin when pith starts. */
export const optionsSchema: Schema<Policy> = {
  '~standard': { version: 1, vendor: 'pith', validate: parsePolicy },
};

/** Each list holds rules as text, or as `{ rule, source }`. */
export function parsePolicy(value: unknown): { value: Policy; issues?: undefined } | { issues: Issue[] } {
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
      issues.push({ message: (error as Error).message, path: [list, index] });
      return [];
    }
  });
}

function parseEntry(entry: unknown): Rule {
  if (typeof entry === 'string') return parseRule(entry);
  if (isRecord(entry) && typeof entry['rule'] === 'string' && (entry['source'] === undefined || typeof entry['source'] === 'string')) {
    return parseRule(entry['rule'], entry['source']);
  }
  throw new Error(`a rule is a text, or { rule, source }; found ${describe(entry)}`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
