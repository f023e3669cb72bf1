import { type Database, escapeControl } from '@pith/kernel';
import type { Balancer } from '../../service.ts';

/** What other processes have just written is waited for no longer. */
const FOLD_MS = 5000;

/** The database, with all that is in the files of processes, of those that run and those that were killed. */
export async function foldEverything(balancer: Balancer, warn: (text: string) => void): Promise<Database> {
  const [database, { books }] = await Promise.all([balancer.database(), balancer.books()]);
  try {
    await books.foldAll(AbortSignal.timeout(FOLD_MS));
  } catch (error) {
    warn(escapeControl(`! The newest requests are not in here yet: ${(error as Error).message}`));
  }
  return database;
}

/** Of these texts, those that stand on the books in any place: an account that was removed is found by its id. */
export async function textsOnBooks(database: Database, texts: readonly string[] = []): Promise<ReadonlySet<string>> {
  const known = new Set<string>();
  await database.transaction('read', async ({ sql }) => {
    for (const text of texts) if ((await sql`SELECT id FROM balancer_names WHERE name = ${text}`).rows.length > 0) known.add(text);
  });
  return known;
}
