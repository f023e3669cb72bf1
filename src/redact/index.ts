/** Finds keys, tokens and passwords in text, and puts what kind they are in their place. It taps nothing. */
import { Redactor } from './redactor.ts';

export { looksRandom } from './pairs.ts';
export { VALUE_MIN } from './needles.ts';
export { isGuessable, Redactor } from './redactor.ts';
export { RedactStream } from './stream.ts';
export { findMask, toMask } from './span.ts';

/** @param values those that are known, by what people call them */
export function createRedactor(values: Iterable<readonly [label: string, value: string]> = []): Redactor {
  const redactor = new Redactor();
  for (const [label, value] of values) redactor.add(value, label);
  return redactor;
}
