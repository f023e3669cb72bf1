import type { Schema } from '@pith/kernel';
import { refuse } from './refusal.ts';

/** A query as an object: a name that comes more than once is a list. */
export function toQuery(url: string): Record<string, string | string[]> {
  const at = url.indexOf('?');
  if (at < 0) return {};
  const values = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(url.slice(at + 1))) values.set(name, [...values.get(name) ?? [], value]);
  return Object.fromEntries([...values].map(([name, list]) => [name, list.length === 1 ? list[0]! : list]));
}

/** What a schema makes of a value. No value is quoted: it may be a secret. @throws PithError of status 400 */
export async function check(schema: Schema, value: unknown, what: 'query' | 'body'): Promise<unknown> {
  const result = await schema['~standard'].validate(value);
  if (result.issues === undefined) return result.value;
  const issues = result.issues.slice(0, ISSUES_MAX).map(({ message, path = [] }) => {
    const place = path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
    return place === '' ? message : `${place}: ${message}`;
  });
  throw refuse({ status: 400, code: what === 'query' ? 'QUERY_INVALID' : 'BODY_INVALID', message: `The ${what} does not fit: ${issues.join('; ')}`.slice(0, TEXT_MAX), hint: 'What each route takes: GET /api/openapi.json' });
}

const ISSUES_MAX = 5;
const TEXT_MAX = 1000;
