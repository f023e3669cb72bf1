import { realpathSync } from 'node:fs';
import { type Paths, resolvePaths } from '@pith/kernel';
import type { SkillRequest } from './find-skills.ts';
import { MANAGED_FOLDER } from './managed-folder.ts';

/** Where a command of the terminal looks. @param config oclif's */
export function requestHere(config: Parameters<typeof resolvePaths>[1]): SkillRequest {
  const cwd = realpathSync(process.cwd());
  const { config: configFolder }: Paths = resolvePaths(process.env, config);
  return { cwd, roots: [cwd], env: process.env, configFolder, managedFolder: MANAGED_FOLDER };
}
