import { toolError } from './errors.ts';
import { expandBraces } from './search/braces.ts';

/** What the braces of one pattern may stand for. */
const MAX_ALTERNATIVES = 1000;

/**
 * A pattern as fast-glob takes it, and whether it looks for folders.
 * @throws PithError PATTERN_INVALID where it leads out of the folder, stands for too much, or says only what is not wanted
 */
export function parseGlobPattern(given: string): { pattern: string; folders: boolean } {
  const pattern = process.platform === 'win32' ? given.replaceAll('\\', '/') : given;
  if (/^(?:\/|[a-z]:\/)/i.test(pattern)) throw invalid('is absolute', 'Give the folder as path, and the pattern from there on.');
  if (/^!(?!\()/.test(pattern)) throw invalid('begins with !, so it says only what is not wanted', 'Say what is wanted.');
  const all = expandBraces(pattern, MAX_ALTERNATIVES);
  if (all === undefined) throw invalid(`stands for more than ${MAX_ALTERNATIVES} others by its braces`, 'Use * in the place of braces.');
  if (all.some((one) => one.split('/').includes('..'))) throw invalid('leads out of the folder by ..', 'Give that folder as path.');
  return { pattern: pattern.replace(/\/+$/, ''), folders: pattern.endsWith('/') };
}

function invalid(what: string, hint: string): Error {
  return toolError(`The pattern ${what}`, 'PATTERN_INVALID', hint);
}
