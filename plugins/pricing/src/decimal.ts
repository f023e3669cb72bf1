/** An exact decimal number that is not negative: `units` / 10^`scale`. */
export interface Decimal { readonly units: bigint; readonly scale: number }

/** Reads `2`, `0.25`, `1e-7`, as text or as the shortest text of a number. Nothing for anything else. */
export function parseDecimal(value: string | number): Decimal | undefined {
  const [, whole, fraction = '', exponent = '0'] = /^(\d{1,30})(?:\.(\d{1,30}))?(?:e([+-]?\d{1,2}))?$/i.exec(String(value)) ?? [];
  if (whole === undefined) return undefined;
  const scale = fraction.length - Number(exponent);
  const units = BigInt(whole + fraction);
  return scale >= 0 ? { units, scale } : { units: units * 10n ** BigInt(-scale), scale: 0 };
}

/** Without zeros that say nothing: `2.5`, `0.000001`, `75`. */
export function formatDecimal({ units, scale }: Decimal): string {
  const digits = String(units).padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '');
  return fraction === '' ? whole : `${whole}.${fraction}`;
}

/** One exact fraction, rounded up once. */
export function sumRoundedUp(terms: readonly { count: number; price: Decimal }[]): bigint {
  const scale = Math.max(0, ...terms.map(({ price }) => price.scale));
  const sum = terms.reduce((total, { count, price }) => total + BigInt(count) * price.units * 10n ** BigInt(scale - price.scale), 0n);
  const one = 10n ** BigInt(scale);
  return (sum + one - 1n) / one;
}
