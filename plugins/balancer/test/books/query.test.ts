import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'mocha';
import { type PostgresServer, startPostgres } from '../../../database/test/postgres-server.ts';
import { MIGRATIONS } from '../../src/migrations.ts';
import { createBooksPlace } from './place.ts';
import { itAnswers } from './query.ts';

describe('what the books answer', () => {
  itAnswers(createBooksPlace);
});

describe('what the books answer on a PostgreSQL server', function () {
  this.timeout(60_000);
  let server: PostgresServer;
  before(async () => { server = await startPostgres(); });
  after(() => server.stop());

  itAnswers(async () => {
    const place = await server.createPlace();
    const data = await mkdtemp(join(tmpdir(), 'pith-books-'));
    const database = place.open();
    await database.migrate('balancer', MIGRATIONS);
    return { database, data, remove: async () => {
      await place.remove();
      await rm(data, { recursive: true, force: true });
    } };
  });
});
