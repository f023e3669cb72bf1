import { resolve, join } from 'node:path';
import { defineToolBody, type ToolContext, type Verdict } from '@pith/kernel';
import { z } from 'zod';
import type { Selection } from './code-index.ts';
import { makeMap } from './make-map.ts';
import { MAX_BUDGET_TOKENS } from './options.ts';
import { checkFolder, toNames } from './place.ts';

export const DEFAULT_BUDGET_TOKENS = 4000;
const STRICTNESS: Readonly<Record<Verdict, number>> = { allow: 1, ask: 2, deny: 3 };

const input = z.strictObject({
  path: z.string().min(1, 'the path is empty').refine((path) => !path.includes('\0'), 'the path holds a NUL character, which no file name can').optional(),
  focus: z.string().max(1000).optional(),
  budgetTokens: z.number().int().min(100).max(MAX_BUDGET_TOKENS).optional(),
});
type MapInput = z.infer<typeof input>;

export default defineToolBody<MapInput>({
  input,
  targets: ({ path = '.' }, { cwd }) => toNames(resolve(cwd, path)).map((name) => ({ family: 'Read' as const, path: name })),
  async execute({ focus, budgetTokens = DEFAULT_BUDGET_TOKENS }, context) {
    const root = context.targets[0]!.path!;
    checkFolder(root);
    const codemaps = await context.turn.service('codemap');
    const code = await codemaps.update(root, { select: readable(root, context), signal: context.signal });
    const { text, details } = makeMap(code, { focus, budgetTokens });
    return { content: [{ type: 'text', text }], details };
  },
});

/** Files that may be read one by one, too: a rule may say of a file what it does not say of its folder. Of the others not even the name is in the map. */
function readable(root: string, { judge, targets }: Pick<ToolContext, 'judge' | 'targets'>): Selection {
  return async (paths) => {
    const whole = STRICTNESS[await judge(targets)];
    // A folder that links lead to has several names.
    const names = [root, ...targets.slice(1).flatMap(({ path }) => path ?? [])];
    const allowed = new Set<string>();
    for (const path of paths) {
      const verdict = await judge(names.map((name) => ({ family: 'Read', path: join(name, path) })));
      if (STRICTNESS[verdict] <= whole) allowed.add(path);
    }
    return allowed;
  };
}
