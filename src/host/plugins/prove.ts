import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PithError } from '@pith/kernel';
import { CATALOGUE } from '../catalogue.ts';
import { checkExamples } from '../hook-files/check-examples.ts';
import { filesBelow } from './digest.ts';
import type { Reviewed } from './review.ts';

/**
 * Runs the examples that the taps of these packages carry, each package in a process of its own. To be called once a
 * person has agreed: it runs their code.
 * @throws PithError EXAMPLES_FAILED, or why the code does not load
 */
export async function proveExamples(reviewed: readonly Reviewed[], signal: AbortSignal): Promise<void> {
  for (const { name, manifest, folder, capabilities } of reviewed) {
    if (!mayHoldExamples(folder, capabilities)) continue;
    const problem = await checkExamples(folder, { signal, knownPlugins: CATALOGUE });
    if (problem === undefined) continue;
    throw new PithError(problem.message.replaceAll(folder, `${name} ${manifest.version}`), { code: problem.code, plugin: name, cause: problem, hint: 'Nothing was changed. Its author has to mend it.' });
  }
}

/** A process costs a fifth of a second; what taps nothing, or never says the word, has none. */
function mayHoldExamples(folder: string, capabilities: readonly string[]): boolean {
  if (!capabilities.some((capability) => capability.startsWith('hook:') && capability !== 'hook:output')) return false;
  return filesBelow(folder).some((file) => /\.[cm]?js$/.test(file) && readFileSync(join(folder, file), 'utf8').includes('examples'));
}
