/** How far back a report looks, and in which steps. */
export const RANGES = {
  '1h': { spanMs: 3_600_000, bucketMs: 60_000 },
  '6h': { spanMs: 21_600_000, bucketMs: 300_000 },
  '24h': { spanMs: 86_400_000, bucketMs: 3_600_000 },
  '7d': { spanMs: 604_800_000, bucketMs: 3_600_000 },
  '30d': { spanMs: 2_592_000_000, bucketMs: 86_400_000 },
} as const satisfies Record<string, { spanMs: number; bucketMs: number }>;

export type Range = keyof typeof RANGES;
export const RANGE_NAMES = Object.keys(RANGES) as Range[];
