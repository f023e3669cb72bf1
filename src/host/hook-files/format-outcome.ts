import { relative } from 'node:path';
import type { ExamplesOutcome } from './run-in-child.ts';

/** One hook file or package, for people: a line for each example, and two more for one that failed. */
export function formatOutcome({ entry, plugin, taps, results, error }: ExamplesOutcome, cwd = process.cwd()): string {
  const path = relative(cwd, entry);
  const head = `${path.startsWith('..') || path === '' ? entry : path}${plugin === null ? '' : ` (${plugin})`}`;
  const lines = results.flatMap(({ ok, hook, tap, title, expected, got }) => [
    `  ${ok ? '✔' : '✘'} ${hook} ${tap}: ${title}`,
    ...(ok ? [] : [`      expected ${expected}`, `      got      ${got}`]),
  ]);
  if (error !== undefined) lines.push(`  ✘ ${error.message}${error.hint === undefined ? '' : `\n      ${error.hint}`}`);
  else if (results.length === 0) lines.push(taps === 1 ? '  Its tap carries no examples.' : `  None of its ${taps} taps carries examples.`);
  return [head, ...lines].join('\n');
}

export function formatSum(outcomes: readonly ExamplesOutcome[]): string {
  const results = outcomes.flatMap((outcome) => outcome.results);
  const failed = results.filter(({ ok }) => !ok).length;
  const lost = outcomes.filter(({ error }) => error !== undefined).length;
  return [
    `${results.length} ${results.length === 1 ? 'example' : 'examples'}`, `${failed} failed`,
    ...(lost === 0 ? [] : [`${lost} ${lost === 1 ? 'file' : 'files'} could not be loaded`]),
  ].join(', ');
}
