import type { Interfaces } from '@oclif/core';
import { isPithError, PithError } from '@pith/kernel';
import { describeRequest, TRUSTED_CODE } from './consent.ts';
import { type Grant, readGrants } from './grants.ts';
import { guards } from './manifest.ts';
import { type InstalledPlugin, keepGrants, type Workplace } from './install.ts';
import { runNpm } from './npm.ts';
import { proveExamples } from './prove.ts';
import { type Reviewed, reviewPackage } from './review.ts';
import { toPackageName } from './source.ts';
import { type Stage, withStage } from './stage.ts';

/** What keeps one plugin from being updated, and not the others. */
const LEFT_OUT: readonly string[] = ['PLUGIN_NOT_GRANTED', 'PLUGIN_INVALID', 'PLUGIN_KERNEL_RANGE', 'PLUGIN_NAME_TAKEN', 'PLUGIN_LOAD_FAILED', 'EXAMPLES_FAILED'];

export interface Updated { updated: InstalledPlugin[]; /** What stays as it is, and why. */ kept: { name: string; version: string; code: string; why: string }[] }

/**
 * Brings installed plugins to the newest version of their tag. One that asks for more than was granted needs a yes; a no,
 * or a version that does not fit, leaves that plugin as it was and updates the others.
 */
export async function updatePlugins(words: readonly string[], place: Workplace): Promise<Updated> {
  const { config, paths } = place;
  const grants = await readGrants(paths);
  const refused = new Map<string, { code: string; why: string }>();
  const agreed = new Set<string>();
  // What was refused is in the stage already: another one is made without it. Every round refuses one more, or is the last.
  for (;;) {
    const updated = await withStage(config, async (stage) => {
      const wanted = (await chooseUpdated(words, stage, config)).filter(({ name }) => !refused.has(name));
      if (wanted.length === 0) return [];
      place.consent.progress('Asking the registry …');
      await runNpm(config, ['install', ...wanted.map(({ name, tag = 'latest' }) => `${name}@${tag}`)], { cwd: stage.folder, signal: place.signal });
      const changed: Reviewed[] = [];
      let isLast = true;
      for (const { name } of wanted) {
        const integrity = stage.integrityOf(name);
        const held = grants[name];
        try {
          const one = await reviewPackage({ name, folder: stage.at(name), integrity }, config);
          if (held !== undefined && held.version === one.manifest.version && held.integrity === integrity) continue;
          if (!agreed.has(name)) await agreeToUpdate(one, held, place);
          agreed.add(name);
          await proveExamples([one], place.signal);
          changed.push(one);
        } catch (error) {
          if (!isPithError(error) || !LEFT_OUT.includes(error.code)) throw error;
          refused.set(name, { code: error.code, why: error.message });
          isLast = false;
        }
      }
      if (!isLast) return undefined;
      if (changed.length > 0) await stage.commit();
      return changed;
    });
    if (updated === undefined) continue;
    return { updated: await keepGrants(updated, place), kept: [...refused].map(([name, reason]) => ({ name, version: grants[name]?.version ?? '', ...reason })) };
  }
}

/** Those that are named, or all that are from a registry. */
async function chooseUpdated(words: readonly string[], stage: Stage, config: Interfaces.Config): Promise<Interfaces.UserPlugin[]> {
  const installed = await stage.list();
  const users = installed.filter((plugin) => plugin.type === 'user');
  if (words.length === 0) return users.filter(({ url }) => url === undefined);
  return words.map((word) => {
    const name = toPackageName(word, config);
    const found = users.find((plugin) => plugin.name === name);
    if (found === undefined) throw new PithError(`${word} is not installed from a registry`, { code: 'PLUGIN_UNKNOWN', hint: 'pith plugins lists what is installed.' });
    if (found.url !== undefined) throw new PithError(`${name} was installed from a file`, { code: 'PLUGIN_UNKNOWN', hint: 'Install the new file: pith plugins install ./FILE' });
    return found;
  });
}

/** Asks only for what is new. @throws PithError PLUGIN_NOT_GRANTED */
async function agreeToUpdate(one: Reviewed, held: Grant | undefined, { consent, signal }: Workplace): Promise<void> {
  const wider = one.capabilities.filter((capability) => held?.capabilities.includes(capability) !== true);
  if (held !== undefined && wider.length === 0 && (held.guards || !guards(one.manifest))) return;
  consent.say(`${describeRequest(one, held)}\n\n${TRUSTED_CODE}`);
  if (!await consent.ask(`Update ${one.name}${held === undefined ? '' : ` from ${held.version}`} to ${one.manifest.version}?`, signal)) {
    throw new PithError(`${one.name} ${one.manifest.version} asks for more than ${held?.version ?? 'nothing'} was granted, and you said no`, { code: 'PLUGIN_NOT_GRANTED' });
  }
}
