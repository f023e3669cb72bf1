import type { Database } from '@pith/kernel';
import type { Account } from '../../account/account.ts';
import { findAccount } from '../../account/check.ts';
import { findKey } from '../../keys/key.ts';
import { KeyStore } from '../../keys/key-store.ts';
import type { Balancer } from '../../service.ts';
import type { RequestFilter } from '../query/filter.ts';
import { type Range, RANGES } from '../query/range.ts';
import { textsOnBooks } from './command-books.ts';

/** What a person means on the command line: names of accounts as they are called now. */
export interface Scope { account?: readonly string[] | undefined; model?: readonly string[] | undefined; agent?: readonly string[] | undefined; status?: string | undefined }

/**
 * @param onBooks texts that stand there: an account that was removed is found by its id
 * @throws PithError ACCOUNT_NOT_FOUND
 */
export function toFilter({ account, model, agent, status }: Scope, accounts: readonly Account[], onBooks: ReadonlySet<string>): RequestFilter {
  const toId = (name: string): string => {
    try {
      return findAccount(accounts, name).id;
    } catch (error) {
      if (onBooks.has(name)) return name;
      throw error;
    }
  };
  return {
    ...account === undefined ? {} : { accounts: account.map(toId) }, ...model === undefined ? {} : { models: model }, ...agent === undefined ? {} : { agents: agent },
    ...status === undefined ? {} : { status: status as NonNullable<RequestFilter['status']> },
  };
}

/** Client keys by name; one that was removed is found by its id. @throws PithError PROXY_KEY_NOT_FOUND */
export async function toKeyFilter(balancer: Balancer, names: readonly string[] | undefined): Promise<RequestFilter> {
  if (names === undefined) return {};
  const database = await balancer.database();
  const [keys, onBooks] = await Promise.all([new KeyStore(database).list(), textsOnBooks(database, names)]);
  return { clientKeys: names.map((name) => (onBooks.has(name) && keys.every((key) => key.name !== name) ? name : findKey(keys, name).id)) };
}

/** The client keys that there are, for their names; nothing is looked for where none was used. */
export async function listKeys(database: Database, used: readonly unknown[]): Promise<readonly { id: string; name: string }[]> {
  return used.length === 0 ? [] : new KeyStore(database).list();
}

/** Back from now, or of all time. */
export function toTimes(range: Range | 'all', { nowMs, firstMs }: { nowMs: number; firstMs: number | null }): { fromMs: number; toMs: number } {
  return { fromMs: range === 'all' ? firstMs ?? nowMs : nowMs - RANGES[range].spanMs, toMs: nowMs + 1 };
}

/** What an account or a key is called; its id where it is there no more. */
export function toNames(named: readonly { id: string; name: string }[]): (id: string | null) => string {
  const names = new Map(named.map(({ id, name }) => [id, name]));
  return (id) => (id === null ? '-' : names.get(id) ?? id);
}

export const RANGE_WORDS: Readonly<Record<Range | 'all', string>> = { '1h': 'the last hour', '6h': 'the last 6 hours', '24h': 'the last 24 hours', '7d': 'the last 7 days', '30d': 'the last 30 days', all: 'all time' };
