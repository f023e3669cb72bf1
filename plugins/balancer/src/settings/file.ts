import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, toMessage } from '@pith/kernel';
import { balancerError } from '../errors.ts';
import { writeWhole } from '../write-whole.ts';

/** What the API has been told, and what is known of its token. */
export interface SettingsData {
  settings: Readonly<Record<string, unknown>>;
  /** The token itself is nowhere. */
  token?: { hash: string; createdMs: number };
}

export const NO_SETTINGS: SettingsData = { settings: {} };

export const settingsFile = (config: string): string => join(config, 'balancer.json');

/** Changes when the file does; nothing where there is none. */
export function toStamp(file: string): string | undefined {
  const found = statSync(file, { throwIfNoEntry: false });
  return found && `${found.ino} ${found.size} ${found.mtimeMs}`;
}

/** @throws PithError BALANCER_SETTINGS_UNREADABLE */
export function readSettings(file: string): SettingsData {
  try {
    const { settings = {}, token } = JSON.parse(readFileSync(file, 'utf8')) as Partial<SettingsData>;
    if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) throw new Error('its settings are no object');
    return { settings, ...(typeof token?.hash === 'string' ? { token: { hash: token.hash, createdMs: Number(token.createdMs) } } : {}) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return NO_SETTINGS;
    throw balancerError('BALANCER_SETTINGS_UNREADABLE', `${file} cannot be read: ${toMessage(error)}`, { cause: error, hint: 'Mend the file by hand, or move it away: then all is as the settings and the environment say, and pith proxy token makes a new token.' });
  }
}

/**
 * Changes the file while no other process does: aside, flushed and renamed, for the user alone.
 * @returns as it is then
 */
export function updateSettings(file: string, database: Pick<Database, 'exclusive'>, change: (data: SettingsData) => SettingsData): Promise<SettingsData> {
  return database.exclusive('balancer-settings', async () => {
    const { Low } = await import('lowdb');
    const store = new Low<SettingsData>({ read: async () => readSettings(file), write: (data) => writeWhole(file, `${JSON.stringify(data, null, 2)}\n`) }, NO_SETTINGS);
    await store.read();
    store.data = change(store.data);
    await store.write();
    return store.data;
  });
}
