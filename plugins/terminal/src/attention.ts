import type { View } from './view.ts';

/** A turn that took longer is worth a call when it ends. */
const LONG_MS = 10_000;
/** Where the terminal says nothing of its focus, whoever has pressed a key within this time is there. */
const THERE_MS = 15_000;

/** What there is to call a person for, between two views: a question that is new, or the end of a long turn. */
export function findReason(before: View, now: View, nowMs: number): string | undefined {
  if (now.question !== undefined && now.question.id !== before.question?.id) return `pith asks: ${now.question.question.title}`;
  const hasEnded = before.status.phase !== 'idle' && now.status.phase === 'idle';
  return hasEnded && before.status.sinceMs !== undefined && nowMs - before.status.sinceMs > LONG_MS ? 'pith is done' : undefined;
}

/** Whether somebody looks at the window, as far as one can know. */
export class Attention {
  #isFocused: boolean | undefined;
  #keyMs: number;

  constructor(nowMs: number) {
    this.#keyMs = nowMs;
  }

  onFocus(isFocused: boolean): void {
    this.#isFocused = isFocused;
  }

  onKey(nowMs: number): void {
    this.#keyMs = nowMs;
  }

  isAway(nowMs: number): boolean {
    return this.#isFocused === undefined ? nowMs - this.#keyMs > THERE_MS : !this.#isFocused;
  }
}
