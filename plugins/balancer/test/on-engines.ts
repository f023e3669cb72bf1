import { after, before } from 'mocha';
import { PASSWORD, type PostgresServer, startPostgres } from '../../database/test/postgres-server.ts';
import { createHome, type Home } from './start-balancer.ts';

/** The same tests over SQLite and over a PostgreSQL server. */
export function onEngines(title: string, tests: (createHome: () => Promise<Home>) => void): void {
  describe(`${title}, in SQLite`, () => tests(createHome));
  describe(`${title}, in PostgreSQL`, function () {
    this.timeout(60_000);
    let server: PostgresServer;
    before(async () => { server = await startPostgres(); });
    after(() => server.stop());

    tests(async () => createHome({ databaseUrl: (await server.createPlace()).word, env: { PITH_DATABASE_PASSWORD: PASSWORD } }));
  });
}
