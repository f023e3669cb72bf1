/** One figure against what it must be. */
export interface Figure { name: string; unit: string; must: number; got: number }

/**
 * Runs all variants in turn, again and again, so that whatever disturbs the machine disturbs all of them.
 * @returns the median time of each, in milliseconds
 */
export async function interleave<Name extends string>(variants: Record<Name, () => Promise<void>>, { warmUps = 3, rounds }: { warmUps?: number; rounds: number }): Promise<Record<Name, number>> {
  const names = Object.keys(variants) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = -warmUps; round < rounds; round++) {
    for (const name of names) {
      const startMs = performance.now();
      await variants[name]();
      if (round >= 0) times[name].push(performance.now() - startMs);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(times[name])])) as Record<Name, number>;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** One JSON object on stdout for programs, a table on stderr for people. */
export function report(bench: string, figures: readonly Figure[]): void {
  const width = Math.max(...figures.map(({ name }) => name.length));
  console.error(`${'figure'.padEnd(width)}      must       got`);
  for (const { name, unit, must, got } of figures) console.error(`${name.padEnd(width)}  ${`≤ ${must}`.padStart(8)}  ${got.toFixed(2).padStart(8)} ${unit}${got <= must ? '' : '  too much'}`);
  console.log(JSON.stringify({ bench, node: process.version, at: new Date().toISOString(), figures: figures.map((figure) => ({ ...figure, ok: figure.got <= figure.must })) }));
}
