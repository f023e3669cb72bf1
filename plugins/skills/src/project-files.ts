import { isWithin } from '@pith/files';
import { resolvePaths } from '@pith/kernel';
import { findCallables } from './find-commands.ts';
import { parseTemplate } from './template.ts';

/** What `pith trust` shows and approves: the project's commands and skills that would run something as they are read. The others are text. */
export async function listProjectFiles({ project, env, managedFolder }: { project: string; env: Readonly<Record<string, string | undefined>>; managedFolder: string }): Promise<string[]> {
  const found = await findCallables({ cwd: project, roots: [project], env, configFolder: resolvePaths(env).config, managedFolder });
  return found.flatMap((command) => (!('problem' in command) && command.place.layer === 'project' && isWithin(command.file, project) && parseTemplate(command.body).some(({ kind }) => kind === 'shell') ? [command.file] : []));
}
