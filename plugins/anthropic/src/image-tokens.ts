import { fitSide } from '@pith/kernel';

/** Larger images are made smaller, until no side and no count is above these. */
const SIDE_MAX = 1568;
const TOKENS_MAX = 1568;

/** One token for 750 points. @see the vendor's page “Vision” */
export function imageTokens(size: { width: number; height: number }): number {
  const { width, height } = fitSide(size, SIDE_MAX);
  return Math.min(TOKENS_MAX, Math.ceil((width * height) / 750));
}
