import { PithError } from '@pith/kernel';
import { type ChildOptions, runExamplesInChild } from './run-in-child.ts';

/**
 * What keeps a hook file, or the package in a folder, from being taken into use because of its examples: one fails, one
 * never ends, or the code does not load. Nothing where all pass, or where there are none. The code is run, in a process of
 * its own, so a person must have agreed to it.
 * @param entry a hook file, or the folder of a package; absolute
 */
export async function checkExamples(entry: string, options: ChildOptions = {}): Promise<PithError | undefined> {
  const { plugin, results, error } = await runExamplesInChild(entry, options);
  const named = plugin === null ? {} : { plugin };
  // What it lacks are settings, which can be there later; the kernel says so when it loads.
  if (error?.code === 'CONFIG_INVALID') return undefined;
  if (error !== undefined) return new PithError(error.message, { ...error, ...named });
  const failed = results.filter(({ ok }) => !ok);
  if (failed.length === 0) return undefined;
  const { hook, tap, title, expected, got } = failed[0]!;
  const count = `${failed.length} of ${results.length} ${results.length === 1 ? 'example' : 'examples'}`;
  return new PithError(`${count} of ${entry} failed. The first is of the ${hook} tap ${tap}: ${title}: expected ${expected}, got ${got}`, {
    code: 'EXAMPLES_FAILED', hook, tap, ...named, hint: 'All of them: pith hooks test, with the file, or with --plugin and its name.',
  });
}
