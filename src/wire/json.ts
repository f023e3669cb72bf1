/** Reading values whose shape is somebody else's: what is not of the kind asked for is absent. */

export type Json = Record<string, unknown>;

export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const EMPTY_RECORD: Json = Object.freeze({});
const EMPTY_LIST: readonly unknown[] = Object.freeze([]);

export function asRecord(value: unknown): Readonly<Json> {
  return isRecord(value) ? value : EMPTY_RECORD;
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : EMPTY_LIST;
}

export function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** A whole number that is not negative. */
export function asCount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** `{ [key]: value }`, or nothing where the value is absent. */
export function given<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : { [key]: value } as { [P in K]: V };
}

/** The entries of `value` whose keys are not in `known`. */
export function without(value: Json, known: ReadonlySet<string>): Json {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !known.has(key)));
}

/** `over` merged into `base`: records key by key, everything else replaced. */
export function mergeDeep(base: Json, over: Json): Json {
  const merged: Json = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const own = merged[key];
    merged[key] = isRecord(own) && isRecord(value) ? mergeDeep(own, value) : value;
  }
  return merged;
}
