/** What an account's server speaks. */
export type Family = 'anthropic' | 'openai';

/** How it is paid for: a key, a token that never changes, or a sign-in whose token is refreshed. */
export type CredentialKind = 'api-key' | 'bearer' | 'oauth';

/** Why an account does not get requests, or gets only one. */
export type AccountState =
  | { kind: 'active' }
  | { kind: 'paused'; sinceMs: number; reason: string }
  /** Benched until then; `streak` counts the limits since it last answered well, and from five on only one request may try it. */
  | { kind: 'cooling'; untilMs: number; reason: string; streak: number; /** Not a limit: its token could not be refreshed. */ from?: 'refresh' }
  | { kind: 'refreshing'; sinceMs: number }
  | { kind: 'needs-sign-in'; sinceMs: number; reason: string };

/** An account as its events make it. Times are milliseconds since 1970. */
export interface Account {
  /** Never given twice. */
  id: string;
  /** What people call it; no two have the same. */
  name: string;
  /** The provider of pith that can use it: `anthropic`, `openai`, `openrouter`, `local`. */
  provider: string;
  family: Family;
  credential: CredentialKind;
  /** Up to and without the API's version, `https://api.anthropic.com`. */
  baseUrl: string;
  /** A host in private space that its address may lead to, because a person has said so. */
  allowHost?: string;
  /** 0 to 100, the lower the sooner. */
  priority: number;
  /** How much it takes, in relation to the others: 1, 5, 20 … */
  tier: number;
  /** Model names that are asked for, and what this account calls them; `*` at the end of a name stands for any rest. */
  models: Readonly<Record<string, string>>;
  createdMs: number;
  /** The strongest that was said of it, also where its time is over: `stateAt` (state.ts) tells what holds now. */
  state: AccountState;
  /** What would hold without that, the strongest first. */
  behind?: readonly AccountState[];
  /** Limits in a row, and when it was well again after the last of them. */
  streak?: { count: number; wellSinceMs: number };
  /** A person chose the tier; otherwise it follows what the vendor says of the limits. */
  isTierChosen?: true;
  /** Models that alone are cooling here, and until when. */
  coolingModels: Readonly<Record<string, number>>;
  /** Of an oauth account: the token that is held, as a number that grows with every refresh, and when it ends. */
  token?: { version: number; expiresAtMs: number | null };
  /** What the vendor said last of its windows, by its own names. */
  windows: Readonly<Record<string, { limit?: number; remaining?: number; utilization?: number; resetAtMs?: number; status?: string }>>;
  lastUsedMs: number | null;
  /** Number of the last event that is in it. */
  version: number;
}

/** What happened to an account: the only source of what it is. Appended, never changed. */
export type AccountEvent = { accountId: string; atMs: number; /** Given by the store, growing. */ seq?: number; /** The process, for explaining. */ by: string } & (
  | { type: 'added'; name: string; provider: string; family: Family; credential: CredentialKind; baseUrl: string; allowHost?: string; priority: number; tier: number; models: Readonly<Record<string, string>> }
  | { type: 'removed' }
  /** `tier: null`: as its limits say. */
  | { type: 'changed'; name?: string; priority?: number; tier?: number | null; models?: Readonly<Record<string, string>>; baseUrl?: string }
  | { type: 'paused'; reason: string }
  | { type: 'resumed' }
  /** `model`: only that one. */
  | { type: 'limited'; untilMs: number; reason: string; status: number | null; requestId?: string; model?: string }
  /** A good answer after a limit; of one `model`, only that. `byPerson`: everything that was said of limits is over. */
  | { type: 'recovered'; reason: string; model?: string; byPerson?: true }
  /** It has answered, and said this of its windows; nothing of them is fine, too. */
  | { type: 'windows'; windows: Account['windows'] }
  | { type: 'refresh-started' }
  | { type: 'refreshed'; tokenVersion: number; expiresAtMs: number | null }
  /** `isFinal`: the issuer says that a person must sign in again; `tokenVersion`: of the token that it was said of, since of an older one it means nothing. */
  | { type: 'refresh-failed'; reason: string; isFinal: boolean; retryAtMs: number; tokenVersion?: number }
);
