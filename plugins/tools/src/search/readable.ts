import { join } from 'node:path';
import type { ToolContext, Verdict } from '@pith/kernel';

const STRICTNESS: Readonly<Record<Verdict, number>> = { allow: 1, ask: 2, deny: 3 };

/**
 * Those of `found` that may be read one by one, too: a rule may say of a file in the folder what it does not say of the folder.
 * Of the others nothing is said, since even that they are there, or match, would tell what is in them.
 */
export async function* readable<T>(found: readonly T[], toPath: (one: T) => string, folder: string, { judge, targets }: Pick<ToolContext, 'judge' | 'targets'>): AsyncIterable<T> {
  const whole = STRICTNESS[await judge(targets)];
  // A folder that links lead to has several names.
  const folders = new Set([folder, ...targets.slice(1).flatMap(({ path }) => path ?? [])]);
  for (const one of found) {
    const verdict = await judge([...folders].map((name) => ({ family: 'Read', path: join(name, toPath(one)) })));
    if (STRICTNESS[verdict] <= whole) yield one;
  }
}
