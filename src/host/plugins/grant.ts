import { join } from 'node:path';
import { PithError } from '@pith/kernel';
import { waitingOf } from '../host.ts';
import { readGrants } from './grants.ts';
import { agree, type InstalledPlugin, keepGrants, type Workplace } from './install.ts';
import { nounOf } from './manifest.ts';
import { proveExamples } from './prove.ts';
import { reviewPackage } from './review.ts';
import { toPackageName } from './source.ts';
import { integrityIn, openRegistry } from './stage.ts';

/**
 * Grants what an installed plugin asks for, with its files as they are.
 * @throws PithError PLUGIN_UNKNOWN, PLUGIN_NOT_GRANTED, and why it cannot be used at all
 */
export async function grantPlugin(word: string, place: Workplace): Promise<InstalledPlugin> {
  const { config, paths, consent, signal } = place;
  const installed = (await (await openRegistry(config)).list()).filter(({ type }) => type === 'user').map(({ name }) => name);
  const name = installed.find((one) => one === word || nounOf(one) === word) ?? toPackageName(word, config);
  if (!installed.includes(name)) {
    const isGone = waitingOf(config).some((one) => one.name === name);
    throw new PithError(isGone ? `${name} was granted, and is no longer there` : `${word} is not installed by you`, { code: 'PLUGIN_UNKNOWN', hint: isGone ? `pith plugins install ${name}, or: pith plugins uninstall ${name}` : 'pith plugins lists what is installed; what came with pith or is linked needs no grant.' });
  }
  const reviewed = await reviewPackage({ name, folder: join(config.dataDir, 'node_modules', name), integrity: integrityIn(config.dataDir, name) }, config);
  await agree([reviewed], { grants: await readGrants(paths), consent, signal, question: 'Grant it?' });
  await proveExamples([reviewed], signal);
  return (await keepGrants([reviewed], place))[0]!;
}
