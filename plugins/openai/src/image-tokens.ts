import { fitSide } from '@pith/kernel';

const SIDE_MAX = 2048;
const SHORT_SIDE_MAX = 768;
const TILE = 512;
const BASE = 85, A_TILE = 170;

/** Fitted into 2048 points, then to a shorter side of 768, and cut into tiles. @see the vendor's page “Images and vision” */
export function imageTokens(size: { width: number; height: number }): number {
  const { width, height } = fitSide(size, SIDE_MAX);
  const scale = Math.min(1, SHORT_SIDE_MAX / Math.min(width, height));
  return BASE + A_TILE * Math.ceil((width * scale) / TILE) * Math.ceil((height * scale) / TILE);
}
