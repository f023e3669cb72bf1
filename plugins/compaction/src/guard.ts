/** What is known of the passes of one history. The rules are functions of it, so that they can be tried alone. */
export interface Guard {
  /** Requests so far. */
  requests: number;
  lastPass: number | undefined;
  /** Passes of which each came right after the one before. */
  inARow: number;
  /** Set when a pass did not help, or was taken back: none is made below this. */
  holdTokens: number | undefined;
}

export const newGuard = (): Guard => ({ requests: 0, lastPass: undefined, inARow: 0, holdTokens: undefined });

/** A pass so soon after another one counts as being in a row with it, in requests. */
const SOON = 2;
/** After so many in a row no summary is paid for; after so many the turn ends. */
const NO_SUMMARY = 3;
const END = 10;
/** By which share of the window a request must grow until what did not help is tried again. */
const GROWTH = 0.1;
/** After a compaction was taken back, the next one waits for this share of the window. */
const UNDONE = 0.9;

export interface Sizes { tokens: number; limit: number; window: number }

/** Counts a request. @returns whether room is to be made for it */
export function isDue(guard: Guard, { tokens, limit }: Sizes): boolean {
  guard.requests++;
  if (tokens <= limit) {
    guard.holdTokens = undefined;
    return false;
  }
  return guard.holdTokens === undefined || tokens > guard.holdTokens;
}

/** What is to be done about a pass that is about to begin. */
export function beforePass(guard: Guard): 'go' | 'no-summary' | 'end' {
  guard.inARow = guard.lastPass !== undefined && guard.requests - guard.lastPass <= SOON ? guard.inARow + 1 : 1;
  guard.lastPass = guard.requests;
  return guard.inARow > END ? 'end' : guard.inARow > NO_SUMMARY ? 'no-summary' : 'go';
}

/** @returns whether the pass helped */
export function afterPass(guard: Guard, { tokens, limit, window }: Sizes): boolean {
  guard.holdTokens = tokens > limit ? tokens + window * GROWTH : undefined;
  return guard.holdTokens === undefined;
}

export function afterUndo(guard: Guard, window: number): void {
  guard.holdTokens = window * UNDONE;
  guard.inARow = 0;
}
