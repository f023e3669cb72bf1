import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

/** Folders, absolute. Nothing is created before something is written. */
export interface Paths { config: string; data: string; cache: string }

/**
 * Where pith keeps its things: `PITH_HOME` moves all three; otherwise the folders that oclif names,
 * which are the platform's own.
 */
export function resolvePaths(env: Readonly<Record<string, string | undefined>>, given?: { configDir: string; dataDir: string; cacheDir: string }): Paths {
  const home = env['PITH_HOME'];
  if (home) {
    const root = isAbsolute(home) ? home : resolve(home);
    return { config: join(root, 'config'), data: join(root, 'data'), cache: join(root, 'cache') };
  }
  if (given) return { config: given.configDir, data: given.dataDir, cache: given.cacheDir };
  const user = env['HOME'] ?? homedir();
  return {
    config: join(env['XDG_CONFIG_HOME'] ?? join(user, '.config'), 'pith'),
    data: join(env['XDG_DATA_HOME'] ?? join(user, '.local', 'share'), 'pith'),
    cache: join(env['XDG_CACHE_HOME'] ?? join(user, '.cache'), 'pith'),
  };
}

/** The administrator's settings. No environment variable moves this file: it binds the user. */
export function managedSettingsFile(platform: NodeJS.Platform = process.platform): string {
  if (platform === 'win32') return 'C:\\ProgramData\\pith\\settings.json';
  if (platform === 'darwin') return '/Library/Application Support/pith/settings.json';
  return '/etc/pith/settings.json';
}
