// One process among others that use the accounts of a home: token-child.ts HOME [refused]. Says its token, or why there is none; `refused`: after its server has taken the first one no more.
import { join } from 'node:path';
import { createKernel } from '@pith/kernel';
import database from '../../../database/src/index.ts';
import vault from '../../../vault/src/index.ts';
import balancer from '../../src/index.ts';

const home = process.argv[2]!;
const kernel = await createKernel({ plugins: [database, vault, balancer], env: { PITH_VAULT_KEYRING: 'off' }, paths: { config: join(home, 'config'), data: join(home, 'data'), cache: join(home, 'cache') } });
try {
  const service = await kernel.service('balancer');
  const [pool, credentials] = await Promise.all([service.pool(), service.credentials()]);
  const got = await Promise.all(Array.from({ length: 10 }, async () => {
    if (process.argv[3] === 'refused') await credentials.renew(pool.find('work')!, { tokenVersion: 1 });
    return (await credentials.of(pool.find('work')!)).headers['authorization'];
  }));
  process.stdout.write(`${[...new Set(got)].join(' and ')}\n`);
} catch (error) {
  process.stdout.write(`${(error as { code?: string }).code}: ${(error as Error).message}\n`);
} finally {
  await kernel.close();
}
