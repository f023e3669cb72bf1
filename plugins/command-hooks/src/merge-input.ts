import { isDeepStrictEqual } from 'node:util';
import type { Outcome } from './outcome.ts';
import type { Fields, Shown } from './seen.ts';
import { changesOf, takeChanges } from './tool-view.ts';

/** What one hook wants of one thing that a call does. */
export interface Wish { outcome: Outcome; shown: Shown; index: number }

/**
 * The input of a call with what hooks want of it: field by field, so that two hooks that change different fields both have their way.
 * @returns why it cannot be, in words; hooks that want different things of one field have no input in common
 */
export function mergeInput(call: { name: string; input: unknown }, wishes: readonly Wish[]): { input: unknown } | { problem: string } {
  let { input } = call;
  const byIndex = Map.groupBy(wishes.filter(({ outcome }) => outcome.updatedInput !== undefined), ({ index }) => index);
  for (const [index, group] of byIndex) {
    const changed: Record<string, unknown> = {};
    for (const { outcome, shown } of group) {
      for (const [key, value] of Object.entries(changesOf(shown.input, outcome.updatedInput!))) {
        if (key in changed && !isDeepStrictEqual(changed[key], value)) return { problem: `hooks want different things of its ${key}` };
        changed[key] = value;
      }
    }
    if (Object.keys(changed).length === 0) continue;
    const taken: Fields | undefined = takeChanges({ name: call.name, input }, changed, index);
    if (taken === undefined) return { problem: `a hook wants to change its ${Object.keys(changed).join(', ')}, which ${call.name} cannot take` };
    input = taken;
  }
  return { input };
}
