import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Paths, PithError } from '@pith/kernel';
import { CATALOGUE } from '../catalogue.ts';
import { readStore, updateStore } from '../store.ts';

/** Which contents have passed, newest last; more than these are not kept. */
interface ProvenStore { passed: string[] }
const KEPT_MAX = 100;
/** Under the kernel's own limit for loading a plugin, which would not say which example never ends. */
const LIMIT_MS = 8000;

/**
 * Runs the examples of a person's own hook file, once for each content: no `pith trust` has run them. They cost a process
 * of a fifth of a second then, and nothing where the files never say the word.
 * @param loaded the files that it consists of
 * @throws PithError EXAMPLES_FAILED
 */
export async function proveOwn(file: string, loaded: Iterable<string>, paths: Paths): Promise<void> {
  const texts = [...new Set([file, ...loaded])].sort().map((path) => `${path}\0${readFileSync(path, 'utf8')}\0`);
  if (!texts.some((text) => text.includes('examples'))) return;
  const digest = createHash('sha256').update(texts.join('')).digest('hex');
  const key = `${basename(file)} ${digest}`;
  const store = join(paths.cache, 'examples.json');
  const empty = (): ProvenStore => ({ passed: [] });
  if ((await readStore(store, empty())).passed.includes(key)) return;
  const { checkExamples } = await import('./check-examples.ts');
  const problem = await checkExamples(file, { knownPlugins: CATALOGUE, limitMs: LIMIT_MS });
  if (problem !== undefined) throw new PithError(problem.message, { code: problem.code, cause: problem, hint: `Mend it; all of them: pith hooks test ${file}` });
  await updateStore(store, empty(), (data) => { data.passed = [...data.passed, key].slice(-KEPT_MAX); });
}
