import { findPlace, type Links, type Place } from './place.ts';
import type { Surroundings } from '../subject.ts';

const known = new WeakMap<readonly string[], Map<string, unknown>>();

/**
 * What was read of the disk, read once for one judgement: a line of many commands asks the same again and again. Each judgement
 * makes its own list of roots, by which it is known.
 * @param key names all that the answer depends on, besides the roots
 */
export function once<T>({ realRoots }: Pick<Surroundings, 'realRoots'>, key: string, read: () => T): T {
  let answers = known.get(realRoots);
  if (answers === undefined) known.set(realRoots, answers = new Map());
  if (!answers.has(key)) answers.set(key, read());
  return answers.get(key) as T;
}

/** Where a path that a command names leads, with each link looked at once. */
export function placeOnce(path: string, at: Pick<Surroundings, 'cwd' | 'realRoots'>): Place | undefined {
  return findPlace(path, at.cwd, once(at, 'links', (): Links => new Map()));
}
