import assert from 'node:assert/strict';
import { untilDatabase } from '../../src/proxy/until-database.ts';
import { createHome } from '../start-balancer.ts';

describe('a proxy whose database is away when it starts', () => {
  it('says once that it waits, and gives up in the end', async () => {
    const home = await createHome({ databaseUrl: 'postgres://me@127.0.0.1:1/pool', env: { PITH_DATABASE_PASSWORD: 'a word' } });
    const said: string[] = [];

    await assert.rejects(untilDatabase(await (await home.open()).service('balancer'), (line) => said.push(line), { waitMs: 300 }), { code: 'DATABASE_UNREACHABLE', exitCode: 5 });
    await home.remove();

    assert.equal(said.length, 1);
    assert.match(said[0]!, /^The PostgreSQL server at 127\.0\.0\.1:1\/pool cannot be reached: .*\. The proxy waits for it, at most 0\.3 s$/);
  });

  it('waits for nothing that does not pass by itself', async () => {
    const home = await createHome({ databaseUrl: 'postgres://127.0.0.1/a?sslmode=require' });

    await assert.rejects(untilDatabase(await (await home.open()).service('balancer'), () => assert.fail('it waits')), { code: 'DATABASE_URL_INVALID' });
    await home.remove();
  });
});
