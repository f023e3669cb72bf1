import type { RateLimits } from '@pith/kernel';
import { readLimits } from '@pith/wire';
import type { Account, AccountEvent } from './account.ts';
import { nameProcess } from './name-process.ts';

type Windows = Account['windows'];
/** Names in lower case. */
type Names = Readonly<Record<string, string | undefined>>;

/** One event an account in so long, unless a status changes. */
const EVERY_MS = 5000;
/** Where an answer says nothing of windows, that it came is said so often. */
const USED_EVERY_MS = 60_000;

const STATUS = /^anthropic-ratelimit-.+-status$/;
const UTILIZATION = /^anthropic-ratelimit-(.+)-utilization$/;
const SHARE = /^\d{1,3}(?:\.\d{1,12})?$/;

/** What answers say of windows, as events for the pool; asked with every answer. */
export class WindowWatch {
  readonly #said = new Map<string, { nextMs: number; statuses: string }>();
  readonly #by = nameProcess();

  /**
   * @param answer `limits`: what a provider has read already
   * @returns nothing where it is too soon, and nothing has changed that matters
   */
  see(accountId: string, { headers, atMs, limits }: { headers: Names; atMs: number; limits?: RateLimits }): Extract<AccountEvent, { type: 'windows' }> | undefined {
    const statuses = statusesOf(headers);
    const said = this.#said.get(accountId);
    if (said !== undefined && atMs < said.nextMs && statuses === said.statuses) return undefined;
    const windows = toWindows(limits ?? readLimits(toHeaders(headers), { nowMs: atMs, secrets: [] }));
    this.#said.set(accountId, { nextMs: atMs + (windows === NONE ? USED_EVERY_MS : EVERY_MS), statuses });
    return { type: 'windows', accountId, atMs, by: this.#by, windows };
  }
}

const NONE: Windows = Object.freeze({});

/** As an account keeps them, with how much of each is used where the vendor says so. */
export function toWindows(limits: RateLimits | undefined): Windows {
  if (limits === undefined) return NONE;
  const windows = new Map<string, Windows[string]>(Object.entries(limits.windows));
  for (const [header, value] of Object.entries(limits.headers)) {
    const name = UTILIZATION.exec(header)?.[1];
    if (name !== undefined && SHARE.test(value)) windows.set(name, { ...windows.get(name), utilization: Number(value) });
  }
  return windows.size === 0 ? NONE : Object.fromEntries(windows);
}

function statusesOf(headers: Names): string {
  let statuses = '';
  for (const name in headers) if (name.endsWith('-status') && STATUS.test(name)) statuses += `${name}=${headers[name]};`;
  return statuses;
}

function toHeaders(headers: Names): Headers {
  const kept = new Headers();
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && (name === 'date' || name.includes('ratelimit'))) kept.set(name, value);
  }
  return kept;
}
