/** Whole from 10 % on. */
export function toPercent(share: number): string {
  const percent = share * 100;
  return `${percent >= 10 || percent === 0 ? Math.round(percent) : Number(percent.toFixed(1))} %`;
}

/** Dollars of millionths, as many digits as say something. */
export function toDollars(microUsd: number): string {
  const dollars = Math.abs(microUsd) / 1e6;
  return `${microUsd < 0 ? '−' : ''}$${dollars.toFixed(dollars >= 1 ? 2 : dollars >= 0.01 ? 4 : 6)}`;
}
