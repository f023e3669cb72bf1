/** Freezes a value through and through. What is frozen already is taken to be so to its depth. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
  return value;
}

/** What JSON carries of a value. @throws TypeError where it carries nothing of it: cycles, functions, bigints */
export function jsonCopy(value: unknown): unknown {
  if (value === undefined || value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  return JSON.parse(JSON.stringify(value));
}

/** Stands where a plugin wanted to show something that JSON cannot carry. */
const NOT_PLAIN = '(not shown: JSON cannot carry this value)';

/** A frozen copy as JSON carries it, so that what an event shows neither changes afterwards nor breaks whoever writes it down. */
export function toPlain(value: unknown): unknown {
  try {
    return deepFreeze(jsonCopy(value));
  } catch {
    return NOT_PLAIN; // The event is worth more than this part of it.
  }
}
