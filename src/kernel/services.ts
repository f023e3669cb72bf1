import type { Message, Usage } from './message.ts';

/**
 * Services by name. The well-known ones are here; a plugin that brings another one adds its type by declaration
 * merging: `declare module '@pith/kernel' { interface Services { mine: MyService } }`.
 */
export interface Services {
  sessions: SessionStore;
  pricing: Pricing;
}

export interface SessionSummary {
  id: string;
  cwd: string;
  /** Milliseconds since 1970. */
  startedMs: number;
  updatedMs: number;
  turns: number;
  /** First words of the first input. */
  title: string;
}

export interface StoredSession extends SessionSummary {
  provider: string | null;
  model: string | null;
  messages: readonly Message[];
  /** What had to be mended: a torn last line, calls without a result. One sentence each. */
  repairs: readonly string[];
}

export interface SessionStore {
  /** Newest first. */
  list(filter?: { cwd?: string }): Promise<readonly SessionSummary[]>;
  /** @throws PithError SESSION_NOT_FOUND with the nearest ids */
  load(id: string): Promise<StoredSession>;
  /** The session of this folder that was used last. */
  latest(cwd: string): Promise<StoredSession | undefined>;
}

export interface Pricing {
  /** Millionths of a dollar, rounded up once; `null` when the price is not known. */
  costMicroUsd(call: { provider: string; model: string; usage: Usage }): number | null;
}
