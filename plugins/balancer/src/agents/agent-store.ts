import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from '@pith/kernel';
import { writeWhole } from '../write-whole.ts';

/** What a person prefers, and the folders that were seen. */
export interface AgentChoices {
  preferences: Record<string, string>;
  /** The latest seen last. */
  workspaces: readonly string[];
}

export const NO_CHOICES: AgentChoices = { preferences: {}, workspaces: [] };

export const choicesFile = (config: string): string => join(config, 'agents.json');

/** What cannot be read is nothing: whoever writes keeps it aside. */
export function parseChoices(text: string): AgentChoices | undefined {
  try {
    const { preferences, workspaces } = JSON.parse(text) as Partial<Record<keyof AgentChoices, unknown>>;
    const pairs = typeof preferences === 'object' && preferences !== null ? Object.entries(preferences) : [];
    return {
      preferences: Object.fromEntries(pairs.filter((pair): pair is [string, string] => typeof pair[1] === 'string')),
      workspaces: Array.isArray(workspaces) ? workspaces.filter((path): path is string => typeof path === 'string') : [],
    };
  } catch {
    return undefined;
  }
}

/**
 * Changes the choices while no other process does, aside and renamed, for the user alone.
 * @returns as they are then
 */
export function updateChoices(config: string, database: Pick<Database, 'exclusive'>, change: (choices: AgentChoices) => AgentChoices): Promise<AgentChoices> {
  const file = choicesFile(config);
  return database.exclusive('balancer-agents', async () => {
    const { Low } = await import('lowdb');
    const store = new Low<AgentChoices>({ read: () => readChoices(file), write: (choices) => writeWhole(file, `${JSON.stringify(choices, null, 2)}\n`) }, NO_CHOICES);
    await store.read();
    const before = JSON.stringify(store.data);
    store.data = change(store.data);
    if (JSON.stringify(store.data) !== before) await store.write();
    return store.data;
  });
}

/** @returns null where there is none yet; one that is damaged is put aside, so that nothing of it is lost */
export async function readChoices(file: string): Promise<AgentChoices | null> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const choices = parseChoices(text);
  if (choices !== undefined) return choices;
  await rename(file, `${file}.damaged`);
  return null;
}
