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
  end: RequestEnd;
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
  /** From the first byte on. */
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

/** Tokens a second, rounded to tenths; of what took no time at all, nothing is known. @param ms since the first byte */
export function toSpeed(outputTokens: number | null, ms: number): number | null {
  return outputTokens === null || outputTokens === 0 || ms < 1 ? null : Math.round(outputTokens * 10_000 / ms) / 10;
}

/** In the database by their place here: new ones go to the end. */
export const REQUEST_ENDS = ['complete', 'truncated', 'error', 'aborted', 'refused'] as const;
export type RequestEnd = (typeof REQUEST_ENDS)[number];

/** A request that has begun, for whoever watches. */
export type StartedRequest = Pick<RequestRow, 'id' | 'atMs' | 'via' | 'method' | 'path' | 'family' | 'askedModel' | 'isStream' | 'agent' | 'project' | 'conversation' | 'clientKeyId'>;

/** What those hear who watch the requests of this process. A request ends on the books, or, with a full disk, beside them. */
export type LiveEvent = { type: 'start'; request: StartedRequest } | { type: 'end'; row: RequestRow } | { type: 'unwritten'; id: string };

/** Where rows go. */
export interface Books {
  /**
   * Adds the cost to rows that have none, where the price is known. Durable when it returns, as far as the process goes: one `write` into a file of this process, folded into the database later by whoever comes first.
   * @throws PithError BOOKS_UNWRITABLE on a full disk: then none of them counts, and nothing is passed on as complete
   */
  write(...rows: readonly RequestRow[]): void;
  /** A request has begun: tells those who watch, and keeps nothing. */
  started(request: StartedRequest): void;
  /** Hears of every request of this process, when it begins and when its row is written. What it throws is passed over. @returns how to stop */
  onRow(heard: (event: LiveEvent) => void): () => void;
  /** Everything written so far is in the database. @throws PithError as the database does; then it stays in the file */
  flush(): Promise<void>;
  /** Flushes, and leaves nothing behind but what could not be. */
  close(): Promise<void>;
}
