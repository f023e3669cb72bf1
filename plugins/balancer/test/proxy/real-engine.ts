import type { Pool } from '../../src/account/pool.ts';
import { PoolEngine } from '../../src/engine/pool-engine.ts';
import type { Engine } from '../../src/engine.ts';
import { added, createHome, type Home } from '../start-balancer.ts';

export interface RealEngine { engine: Engine; pool: Pick<Pool, 'find'>; home: Home; clock: { nowMs: number } }

/** The engine over a real pool and a real vault, with a clock that moves when told. Accounts are named by their keys. */
export async function realEngine(baseUrl: string, keys: readonly string[]): Promise<RealEngine> {
  const home = await createHome();
  const balancer = await (await home.open()).service('balancer');
  const [pool, vault] = await Promise.all([balancer.pool(), balancer.vault()]);
  for (const [index, key] of keys.entries()) {
    await pool.append(added(key, { baseUrl, priority: index }));
    await vault.set(`anthropic/id-${key}`, key);
  }
  const clock = { nowMs: Date.now() };
  const engine = new PoolEngine({ pool, credentials: await balancer.credentials(), options: () => ({ strategy: 'session', sessionMs: 5 * 3_600_000 }), now: () => clock.nowMs, random: () => 0 });
  return { engine, pool, home, clock };
}
