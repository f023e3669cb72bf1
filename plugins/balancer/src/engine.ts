import type { Account, Family } from './account/account.ts';

/** What is known of a request before it is sent. Whatever is absent is not known. */
export interface RouteFacts {
  requestId: string;
  family: Family;
  /** As it was asked for; `null` for addresses without one. */
  model: string | null;
  /** Requests of one conversation stay with one account. */
  conversation?: string;
  /** Hash of the part of the request that a vendor may have cached. */
  cachePrefix?: string;
  /** What may still be spent on it at this moment, in millionths of a dollar; asked before each attempt. */
  leftMicroUsd?(): number;
  /** Only these accounts, by id: a client key's pool, or a person's wish. */
  accounts?: ReadonlySet<string>;
  /** Nobody waits for it, so it benches no account. */
  isBackground: boolean;
  agent?: string;
  /** Its body is at hand, so that it can be sent again. */
  replayable: boolean;
}

/** One account for one attempt. */
export interface Lease {
  account: Account;
  /** Headers that hold the credential, in lower case. Never kept, logged or shown. */
  headers: Readonly<Record<string, string>>;
  /** What this account calls the model. */
  model: string | null;
  /** Why it was this one, in few different words, since it goes on the books: `sticky`, `session`, the strategy’s name, `probe`; of another attempt `failover: CODE` or `again: CODE`, with a code of limit/table.ts. */
  reason: string;
  attempt: number;
  /** Which of its tokens it is, so that a 401 of an older one refreshes nothing. */
  tokenVersion?: number;
}

/** How an attempt went, from the answer's head, the first bytes of its stream, or the lost connection. */
export interface Signal {
  /** Nothing where no answer came. */
  status: number | null;
  /** Names in lower case. */
  headers: Readonly<Record<string, string | undefined>>;
  /** The error that the body or the stream's first event names: `rate_limit_error`, `overloaded_error`, `insufficient_quota`. */
  errorType?: string;
  errorMessage?: string;
  /** `connect`: nothing was sent; `head`: it was sent, no answer came; `stream`: before the first byte was passed on; `shown`: after. */
  phase: 'connect' | 'head' | 'stream' | 'shown';
  /** The network's own word: `ECONNRESET`. */
  networkCode?: string;
}

/** What is done about it. */
export type Action =
  /** The answer is the one that the client gets, good or not. */
  | { kind: 'pass' }
  /** The same account once more; `reason` is a code of limit/table.ts, here and below. */
  | { kind: 'retry'; waitMs: number; reason: string }
  /** Another account, where there is one. */
  | { kind: 'next'; reason: string };

/** No account is left for this request. */
export interface AllOut {
  kind: 'all-out';
  /** Of the account that is back first; nothing where none comes back by itself. */
  retryAtMs: number | null;
  /** One entry an account that was looked at: why not, as `cooling: CODE`, `429: CODE` or a sentence; `toReasonWords` makes words of it. */
  reasons: readonly { account: string; reason: string }[];
  /** There is no account of this family at all, or none of the key's pool. */
  isEmpty: boolean;
}

/** One request on its way through the pool. */
export interface Route {
  /** The account of the next attempt: at once where its token is good. @throws the signal's reason, and PithError LIMIT_COST where nothing is left to spend */
  next(signal?: AbortSignal): Lease | AllOut | Promise<Lease | AllOut>;
  /** How the attempt at hand went. Called once for each, before anything is passed on; again with phase `shown` where it broke later. */
  report(signal: Signal): Action;
  /** The request is over, however: gives back what it holds. Harmless twice. */
  end(): void;
}

/** Chooses accounts, and learns from what comes back. One for a process; the proxy and the `model` wrap share it. */
export interface Engine {
  route(facts: RouteFacts): Route;
  /** The order in which accounts would be tried, without side effects. */
  peek(facts: RouteFacts): readonly { account: Account; reason: string; isAvailable: boolean }[];
}
