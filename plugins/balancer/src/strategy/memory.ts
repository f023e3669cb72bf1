import type { Account, Family } from '../account/account.ts';
import type { RouteFacts } from '../engine.ts';
import { hashOf } from './hash.ts';

/** What strategies look at besides the accounts: who was taken before, for this process alone. */
export interface Memory {
  /** Where a conversation is at home, until its time is over. */
  homeOf(key: string, nowMs: number): string | undefined;
  /** Requests that an account got lately, those under way included; older ones count less and less. */
  loadOf(accountId: string, nowMs: number): number;
  /** The account that was taken last. */
  lastOf(family: Family): Pick<Account, 'id' | 'createdMs'> | undefined;
}

const CONVERSATIONS_MAX = 10_000;
/** Clients name their conversations as they like. */
const KEY_MAX = 200;
/** After so long a request counts half. */
const HALF_MS = 10 * 60_000;

/** What belongs together: a conversation, else what is the same at the beginning of requests; nothing where neither is known. */
export function keyOf({ family, conversation, cachePrefix }: Pick<RouteFacts, 'family' | 'conversation' | 'cachePrefix'>): string | undefined {
  const key = conversation ?? cachePrefix;
  if (key === undefined) return undefined;
  return `${family} ${key.length > KEY_MAX ? `${key.slice(0, KEY_MAX)}${hashOf(key)}` : key}`;
}

/** What requests of several conversations begin with, where that is known beside the conversation. */
export function beginningOf({ family, conversation, cachePrefix }: Pick<RouteFacts, 'family' | 'conversation' | 'cachePrefix'>): string | undefined {
  return conversation === undefined || cachePrefix === undefined ? undefined : keyOf({ family, cachePrefix });
}

export class RouteMemory implements Memory {
  /** The least recently asked for comes first. */
  readonly #homes = new Map<string, { accountId: string; untilMs: number }>();
  readonly #loads = new Map<string, { load: number; atMs: number }>();
  readonly #last = new Map<Family, Account>();

  homeOf(key: string, nowMs: number): string | undefined {
    const home = this.#homes.get(key);
    return home !== undefined && home.untilMs > nowMs ? home.accountId : undefined;
  }

  loadOf(accountId: string, nowMs: number): number {
    const held = this.#loads.get(accountId);
    return held === undefined ? 0 : held.load * 2 ** ((held.atMs - nowMs) / HALF_MS);
  }

  lastOf(family: Family): Account | undefined {
    return this.#last.get(family);
  }

  /** A request goes to this account. */
  take(account: Account, nowMs: number): void {
    const held = this.#loads.get(account.id);
    this.#last.set(account.family, account);
    if (held === undefined) return void this.#loads.set(account.id, { load: 1, atMs: nowMs });
    held.load = this.loadOf(account.id, nowMs) + 1;
    held.atMs = nowMs;
  }

  /** The conversation is at home there. @param homeMs for how long, from its first request there on */
  settle(key: string, accountId: string, { nowMs, homeMs }: { nowMs: number; homeMs: number }): void {
    const home = this.#homes.get(key);
    if (home !== undefined) this.#homes.delete(key);
    const stays = home !== undefined && home.accountId === accountId && home.untilMs > nowMs;
    this.#homes.set(key, stays ? home : { accountId, untilMs: nowMs + homeMs });
    if (this.#homes.size > CONVERSATIONS_MAX) this.#homes.delete(this.#homes.keys().next().value!);
  }

  /** Forgets accounts that are no longer there. */
  keep(accounts: readonly Account[]): void {
    if (this.#loads.size <= accounts.length) return;
    const ids = new Set(accounts.map(({ id }) => id));
    for (const id of this.#loads.keys()) if (!ids.has(id)) this.#loads.delete(id);
  }
}
