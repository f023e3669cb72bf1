/** One process among others at the same pool: node pool-child.ts HOME NAME. Adds an account and notes much of one that all know. */
import { added, openHome, T0 } from '../start-balancer.ts';

const [word, by] = process.argv.slice(2) as [string, string];
const kernel = await openHome(JSON.parse(word) as { folder: string });
const pool = await (await kernel.service('balancer')).pool();
await pool.append(added(by, { by }));
for (let index = 0; index < 50; index++) {
  pool.note({ type: 'limited', accountId: 'id-all', atMs: T0, untilMs: T0 + index, reason: String(index), status: 429, by });
  if (index % 10 === 0) await pool.append({ type: 'changed', accountId: `id-${by}`, atMs: T0, priority: index, by });
}
await kernel.close();
