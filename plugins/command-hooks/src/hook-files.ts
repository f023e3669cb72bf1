import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { escapeControl, readWhole, toMessage } from '@pith/kernel';
import { hookError } from './errors.ts';
import type { HookFile } from './parse-hooks.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface Places { project: string; env: Environment; managedFile: string }

/** Where an administrator puts theirs. No variable moves it: it binds the user. */
export function managedHooksFile(platform: NodeJS.Platform = process.platform): string {
  if (platform === 'win32') return 'C:\\Program Files\\ClaudeCode\\managed-settings.json';
  if (platform === 'darwin') return '/Library/Application Support/ClaudeCode/managed-settings.json';
  return '/etc/claude-code/managed-settings.json';
}

/**
 * The files that may hold hooks, in the order in which their hooks speak, and the folder that hooks are told is the project's.
 * @throws PithError HOOK_FILE_INVALID when one is there and cannot be read
 */
export function readHookFiles({ project, env, managedFile }: Places): { root: string; files: HookFile[] } {
  const userFile = userHooksFile(env);
  const root = findRoot(project, userFile);
  const files: HookFile[] = [];
  const add = (layer: HookFile['layer'], path: string): void => {
    const text = readText(path);
    if (text !== undefined) files.push({ layer, path, text });
  };
  add('managed', managedFile);
  for (const [layer, path] of projectFilesOf(root)) if (path !== userFile) add(layer, path);
  if (userFile !== undefined) add('user', userFile);
  return { root, files };
}

const projectFilesOf = (root: string): ['local' | 'project', string][] => [
  ['local', join(root, '.claude', 'settings.local.json')],
  ['project', join(root, '.claude', 'settings.json')],
];

function userHooksFile(env: Environment): string | undefined {
  const folder = env['CLAUDE_CONFIG_DIR'];
  if (folder) return join(resolve(folder), 'settings.json');
  const home = env['HOME'] || env['USERPROFILE'];
  return home ? join(home, '.claude', 'settings.json') : undefined;
}

/** The nearest folder with hook files, upwards as far as the repository goes; where there is none, the folder itself. */
function findRoot(project: string, userFile: string | undefined): string {
  const holds = (folder: string): boolean => projectFilesOf(folder).some(([, path]) => path !== userFile && existsSync(path));
  return upToRepository(project).find(holds) ?? project;
}

/** The folder and those above it up to that of its repository; outside of a repository the folder alone. */
function upToRepository(folder: string): string[] {
  const folders = [folder];
  for (let at = folder; !existsSync(join(at, '.git')); folders.push(at = dirname(at))) if (at === dirname(at)) return [folder];
  return folders;
}

/** Small files: read at once, since a thread for each takes longer. */
function readText(path: string): string | undefined {
  try {
    return readWhole(path)?.bytes.toString();
  } catch (error) {
    throw hookError(`The hook file ${escapeControl(path)} cannot be read: ${escapeControl(toMessage(error))}`, 'HOOK_FILE_INVALID', 'Mend its permissions, or take it away.', error);
  }
}
