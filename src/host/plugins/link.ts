import { readdirSync } from 'node:fs';
import { PithError } from '@pith/kernel';
import { resolveFolder } from '../host.ts';
import { describeRequest } from './consent.ts';
import type { Workplace } from './install.ts';
import { readManifest } from './manifest.ts';
import { refreshCompletion } from './refresh.ts';
import { type Reviewed, reviewPackage } from './review.ts';
import { withStage } from './stage.ts';

/**
 * Uses a plugin from the folder where it is written. It is not asked for: the folder is the developer's own, and what its
 * manifest says holds as it stands at each start.
 * @throws PithError PLUGIN_UNKNOWN, PLUGIN_INVALID, PLUGIN_KERNEL_RANGE, PLUGIN_NAME_TAKEN
 */
export async function linkPlugin(folder: string, { config, consent }: Workplace): Promise<Reviewed> {
  const root = resolveFolder(folder, 'The folder');
  const manifest = readManifest(root);
  if (manifest === undefined) throw new PithError(`There is no package.json of a plugin in ${folder}`, { code: 'PLUGIN_UNKNOWN', hint: readdirSync(root).length === 0 ? 'The folder is empty.' : 'Name the folder of a plugin.' });
  const reviewed = await reviewPackage({ name: manifest.name, folder: root, integrity: null, isLinked: true }, config);
  consent.say(describeRequest(reviewed));
  await withStage(config, async (stage) => {
    if ((await stage.list()).some(({ name, type }) => name === manifest.name && type === 'user')) throw new PithError(`${manifest.name} is installed already`, { code: 'PLUGIN_NAME_TAKEN', hint: `First: pith plugins uninstall ${manifest.name}` });
    await stage.add({ name: manifest.name, root, type: 'link' });
    await stage.commit();
  });
  await refreshCompletion(config);
  return reviewed;
}
