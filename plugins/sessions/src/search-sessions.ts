import { EXIT, PithError, type SessionSummary } from '@pith/kernel';
import { type FoundPlace, Searcher } from './search.ts';
import { parseTerms, toTerm } from './search-terms.ts';
import type { SessionList } from './store.ts';

/** Places shown of one session. */
const PLACES_MAX = 3;
/** A longer text is not what anybody searches for, and its patterns would take long to make. */
const TEXT_MAX = 1000;

export interface FoundSession extends SessionSummary { /** How many texts of it hold at least one of the words. */ matches: number; places: FoundPlace[] }

export interface SearchResult {
  /** Newest first. */
  sessions: FoundSession[];
  /** How many sessions were not looked through, since enough were found. */
  notSearched: number;
  /** Why a session was not looked through. */
  unreadable: string[];
}

/** Sessions in which every one of the words is said. @throws PithError FLAG_INVALID where there is no word */
export function searchSessions({ sessions, files, unreadable }: SessionList, { text, limit }: { text: string; limit: number }): SearchResult {
  const terms = text.length > TEXT_MAX ? [] : parseTerms(text);
  if (terms.length === 0) {
    throw new PithError(text.length > TEXT_MAX ? `A search takes ${TEXT_MAX} characters at most; found ${text.length}` : 'There is nothing to search for', { code: 'FLAG_INVALID', exitCode: EXIT.usage, hint: 'Give one word or more: pith sessions search flaky test' });
  }
  const searcher = new Searcher(terms.map(toTerm), { placesMax: PLACES_MAX });
  const result: SearchResult = { sessions: [], notSearched: 0, unreadable: [...unreadable] };
  for (const [index, summary] of sessions.entries()) {
    if (result.sessions.length === limit) {
      result.notSearched = sessions.length - index;
      break;
    }
    try {
      const found = searcher.find(files.get(summary)!);
      if (found !== undefined) result.sessions.push({ ...summary, ...found });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') result.unreadable.push((error as Error).message); // It was just deleted.
    }
  }
  return result;
}
