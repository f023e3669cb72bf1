/** What is known of the passes of one history. The rules are functions of it, so that they can be tried alone. */
export interface Guard {
  /** Requests so far. */
  requests: number;
  lastPass: number | undefined;
  /** Passes of which each came right after the one before. */
  inARow: number;
  /** What was called right before the last pass, and how often in a row it was just that. */
  called: string | undefined;
  repeats: number;
  /** Set when a pass did not help, or was taken back: none is made below this. */
  holdTokens: number | undefined;
}

export const newGuard = (): Guard => ({ requests: 0, lastPass: undefined, inARow: 0, called: undefined, repeats: 0, holdTokens: undefined });

/** After so many in a row no summary is paid for. */
const NO_SUMMARY = 3;
/** After so many that followed the very same calls the turn ends, and after so many in any case: other calls are work that gets on. */
const END_REPEATS = 10, END = 50;
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

/** What is to be done about a pass that is about to begin. @param step what was called right before it */
export function beforePass(guard: Guard, step: string): 'go' | 'no-summary' | 'end' {
  if (guard.lastPass === undefined || guard.requests - guard.lastPass > 1) breakRow(guard);
  guard.inARow++;
  guard.lastPass = guard.requests;
  guard.repeats = step === guard.called ? guard.repeats + 1 : 0;
  guard.called = step;
  return guard.repeats >= END_REPEATS || guard.inARow > END ? 'end' : guard.inARow > NO_SUMMARY ? 'no-summary' : 'go';
}

/** What comes now has nothing to do with the passes before. */
export function breakRow(guard: Guard): void {
  guard.inARow = guard.repeats = 0;
  guard.called = undefined;
}

/** @returns whether the pass helped */
export function afterPass(guard: Guard, { tokens, limit, window }: Sizes): boolean {
  guard.holdTokens = tokens > limit ? tokens + window * GROWTH : undefined;
  return guard.holdTokens === undefined;
}

export function afterUndo(guard: Guard, window: number): void {
  guard.holdTokens = window * UNDONE;
  breakRow(guard);
}
