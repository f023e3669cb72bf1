import type { Family } from '../account/account.ts';

/** One request on the books. Tokens and costs that are not known are `null`, never 0. Times are milliseconds since 1970. */
export interface RequestRow {
  id: string;
  atMs: number;
  via: 'proxy' | 'turn';
  method: string;
  path: string;
  family: Family;
  /** Of the account that answered, or was tried last. */
  accountId: string | null;
  status: number | null;
  /** How it ended: `aborted` the client left, `truncated` the stream ended without its last event. */
  end: 'complete' | 'truncated' | 'error' | 'aborted' | 'refused';
  error: string | null;
  durationMs: number;
  /** Until the first byte was passed on. */
  firstByteMs: number | null;
  /** Accounts and tries, 1 for a request that went well at once. */
  attempts: number;
  /** Why it was this account. */
  route: string | null;
  /** As it was asked for, as the agent's preference or the account's map made it, and as the reply names it. */
  askedModel: string | null;
  sentModel: string | null;
  model: string | null;
  isStream: boolean;
  inputTokens: number | null;
  outputTokens: number | null;
  cacheReadTokens: number | null;
  cacheWriteTokens: number | null;
  reasoningTokens: number | null;
  tokensPerSecond: number | null;
  /** Millionths of a dollar, rounded up once. */
  costMicroUsd: number | null;
  /** Of the price, `YYYY-MM-DD`. */
  priceDate: string | null;
  agent: string | null;
  project: string | null;
  conversation: string | null;
  clientKeyId: string | null;
  requestBytes: number;
  replyBytes: number;
}

/** Where rows go. */
export interface Books {
  /**
   * Durable when it returns, as far as the process goes: one `write` into a file of this process, folded into the database later by whoever comes first.
   * @throws PithError BOOKS_UNWRITABLE on a full disk: then nothing is passed on as complete
   */
  write(row: RequestRow): void;
  /** Everything written so far is in the database. */
  flush(): Promise<void>;
}
