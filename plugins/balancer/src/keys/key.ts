import { describe, nearest } from '@pith/kernel';
import { toKey } from '../account/check.ts';
import { balancerError } from '../errors.ts';
import type { Budget } from './budget.ts';

/** What a client key may do. */
export interface KeyLimits {
  /** Only these accounts, by id; nothing: all. */
  accounts: readonly string[] | null;
  /** Names of models, `*` for any rest; nothing: all. */
  models: readonly string[] | null;
  budgets: readonly Budget[];
  expiresMs: number | null;
}

/** A client key as it is known afterwards: without its secret. */
export interface KeyRecord extends KeyLimits {
  /** Never given twice; what rows of requests name. */
  id: string;
  name: string;
  /** The end of its secret. */
  hint: string;
  createdMs: number;
  pausedMs: number | null;
  rotatedMs: number | null;
}

const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._@+-]{0,63}$/u;

/** @throws PithError PROXY_KEY_NAME_INVALID */
export function checkKeyName(name: string): void {
  if (NAME.test(name) && name === name.trim() && name === name.normalize('NFC')) return;
  throw balancerError('PROXY_KEY_NAME_INVALID', `A client key cannot be called ${describe(name)}`, { hint: 'Take at most 64 letters, digits, blanks and . _ @ + -, a letter or a digit first.' });
}

/** By name or id. @throws PithError PROXY_KEY_NOT_FOUND */
export function findKey(keys: readonly KeyRecord[], nameOrId: string): KeyRecord {
  const wanted = toKey(nameOrId);
  const found = keys.find(({ id }) => id === nameOrId) ?? keys.find(({ name }) => toKey(name) === wanted);
  if (found !== undefined) return found;
  const near = nearest(nameOrId, keys.map(({ name }) => name));
  throw balancerError('PROXY_KEY_NOT_FOUND', `There is no client key ${describe(nameOrId)}`, {
    hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : keys.length === 0 ? 'Add one with: pith proxy keys add NAME' : 'All of them: pith proxy keys list',
  });
}

const MODEL = /^[\w.:/@*+-]{1,200}$/;

/** `claude-*,gpt-5` @throws PithError PROXY_KEY_VALUE_INVALID */
export function parseModels(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  const bad = names.find((name) => !MODEL.test(name));
  if (bad === undefined) return names;
  throw balancerError('PROXY_KEY_VALUE_INVALID', `A model is named by letters, digits and . : / @ _ -, with * for any rest; found ${describe(bad)}`, { hint: "Write --models 'claude-*,gpt-5'" });
}

/** Whether a name is one of these; `*` stands for anything. Letter case counts, as vendors have it. */
export function matchesModel(model: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => matches(model, pattern.split('*')));
}

/** By pieces and not by a regular expression: a pattern of many stars would try them all. */
function matches(text: string, [first = '', ...rest]: readonly string[]): boolean {
  if (rest.length === 0) return text === first;
  if (!text.startsWith(first)) return false;
  const last = rest.at(-1)!;
  let place = first.length;
  for (const piece of rest.slice(0, -1)) {
    const found = text.indexOf(piece, place);
    if (found === -1) return false;
    place = found + piece.length;
  }
  return text.length - last.length >= place && text.endsWith(last);
}

const DAYS = /^(\d{1,4})\s*(d|day|days|h|hours?)$/i;
const DAY_MS = 86_400_000;

/** `30d`, `12h`, `2026-12-31` (the end of that day, UTC) or a whole time. @throws PithError PROXY_KEY_VALUE_INVALID */
export function parseExpiry(text: string, nowMs: number): number {
  const [, count, unit = ''] = DAYS.exec(text.trim()) ?? [];
  const ms = count === undefined ? toDate(text.trim()) : nowMs + Number(count) * (unit.toLowerCase().startsWith('d') ? DAY_MS : 3_600_000);
  if (ms > nowMs) return ms;
  throw balancerError('PROXY_KEY_VALUE_INVALID', `A key expires at a time to come; found ${describe(text)}`, { hint: 'Write --expires 30d, --expires 12h or --expires 2030-12-31' });
}

function toDate(text: string): number {
  if (!/^\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2})?)?$/.test(text)) return Number.NaN;
  return text.length === 10 ? Date.parse(`${text}T00:00:00Z`) + DAY_MS : Date.parse(text);
}
