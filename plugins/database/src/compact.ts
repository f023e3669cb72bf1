import type { Transactions } from './database.ts';
import { OWN_TABLES, readOwners } from './owners.ts';

/** @throws PithError as `Database.compact` says */
export async function compact(transactions: Transactions): Promise<{ beforeBytes: number; afterBytes: number }> {
  const { engine } = transactions;
  if (!engine.exists()) return { beforeBytes: 0, afterBytes: 0 };
  const owners = await readOwners(transactions);
  const beforeBytes = await engine.sizeBytes() ?? 0;
  // Without an owner there are no tables of the service either.
  if (owners.length > 0) await engine.compact([...OWN_TABLES, ...owners.flatMap(({ tables }) => tables)]);
  return { beforeBytes, afterBytes: await engine.sizeBytes() ?? 0 };
}
