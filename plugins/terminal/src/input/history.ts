/** One thing that was sent. */
export interface HistoryEntry { text: string; cwd: string; atMs: number }

/** So many can be gone through. */
const ENTRIES_MAX = 2000;

/** Each text once: those of this folder first, the newest first. @param entries oldest first */
export function orderHistory(entries: readonly HistoryEntry[], cwd: string): string[] {
  const newest = entries.toReversed();
  const ordered = [...newest.filter((entry) => entry.cwd === cwd), ...newest.filter((entry) => entry.cwd !== cwd)];
  return [...new Set(ordered.map(({ text }) => text))].slice(0, ENTRIES_MAX);
}

/** Going through what was sent before. */
export interface Walkthrough {
  /** What was written before that, to come back to. */
  draft: string;
  /** What can be gone through, the newest first: what begins as the draft does, else everything. */
  entries: readonly string[];
  /** Where one is; -1 is the draft. */
  index: number;
}

export function beginWalk(texts: readonly string[], draft: string): Walkthrough {
  const alike = draft.trim() === '' ? texts : texts.filter((text) => text.startsWith(draft) && text !== draft);
  return { draft, entries: alike.length > 0 ? alike : texts, index: -1 };
}

/** @returns nothing where there is no further one */
export function walk(from: Walkthrough, by: 1 | -1): { walkthrough: Walkthrough; text: string } | undefined {
  const index = from.index + by;
  if (index < -1 || index >= from.entries.length) return undefined;
  return { walkthrough: { ...from, index }, text: index === -1 ? from.draft : from.entries[index]! };
}

/** A search while it is typed. */
export interface Search {
  query: string;
  /** Among the texts; -1 where nothing holds it. */
  index: number;
}

/** The next text that holds what is searched for; small letters stand for capitals, too. */
export function searchHistory(texts: readonly string[], query: string, { from = 0, by = 1 }: { from?: number; by?: 1 | -1 } = {}): Search {
  if (query === '') return { query, index: -1 };
  const fold = (text: string): string => (query === query.toLowerCase() ? text.toLowerCase() : text);
  for (let index = Math.max(0, from); index >= 0 && index < texts.length; index += by) if (fold(texts[index]!).includes(query)) return { query, index };
  return { query, index: -1 };
}
