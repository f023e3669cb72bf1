import { createFilePlace, type FilePlace, type Opened } from '../../../database/test/place.ts';
import { type BooksSetup, RequestBooks } from '../../src/books/books.ts';
import type { RequestRow } from '../../src/books/row.ts';
import { MIGRATIONS } from '../../src/migrations.ts';

export const BEGIN_MS = Date.UTC(2026, 10, 22, 8);

/** A request that went well, and what of it is otherwise. */
export function makeRow(id: string, changes: Partial<RequestRow> = {}): RequestRow {
  return {
    id, atMs: BEGIN_MS, via: 'proxy', method: 'POST', path: '/v1/messages', family: 'anthropic', accountId: 'account-1', status: 200, end: 'complete', error: null, durationMs: 800, firstByteMs: 120, attempts: 1, route: 'sticky',
    askedModel: 'claude-sonnet-4-5', sentModel: 'claude-sonnet-4-5', model: 'claude-sonnet-4-5-20250929', isStream: true, inputTokens: 1000, outputTokens: 200, cacheReadTokens: 500, cacheWriteTokens: 0, reasoningTokens: null,
    tokensPerSecond: 62.5, costMicroUsd: 4200, priceDate: '2026-10-01', agent: null, project: null, conversation: null, clientKeyId: null, requestBytes: 5000, replyBytes: 900, ...changes,
  };
}

export interface BooksPlace extends FilePlace {
  database: Opened;
  /** Books of this process, one more each time. */
  openBooks(setup?: Partial<BooksSetup>): RequestBooks;
  /** What the books have said. */
  said: string[];
  count(): Promise<number>;
}

/** An empty data folder with a database, and books in it. */
export async function createBooksPlace(): Promise<BooksPlace> {
  const place = await createFilePlace();
  const database = place.open();
  await database.migrate('balancer', MIGRATIONS);
  const opened: RequestBooks[] = [];
  const said: string[] = [];
  return {
    ...place, database, said,
    openBooks: (setup = {}) => {
      const books = new RequestBooks({ database, data: place.data, redact: (text) => text, say: (_, text) => said.push(text), ...setup });
      opened.push(books);
      return books;
    },
    count: async () => Number((await database.transaction('read', ({ sql }) => sql`SELECT count(*) AS count FROM balancer_requests`)).rows[0]!['count']),
    remove: async () => {
      for (const books of opened) await books.close().catch(() => undefined); // Tests break the disk, too.
      await place.remove();
    },
  };
}
