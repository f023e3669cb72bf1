import type { Services, Turn } from '@pith/kernel';

/** A service of a plugin that may be left out, or be out of order: then its facts are not known here. */
export async function findService<K extends keyof Services>(name: K, turn: Turn): Promise<Services[K] | undefined> {
  return turn.service(name).catch(() => undefined);
}
