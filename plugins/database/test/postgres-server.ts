import { type PostgresServer as Server, startPostgres as start, PASSWORD } from '../../../test/support/postgres.ts';
import { createDatabase } from '../src/database.ts';
import { PostgresEngine } from '../src/postgres/engine.ts';
import { parseServer } from '../src/postgres/server.ts';
import type { Opened, Place } from './place.ts';

export { PASSWORD };
export interface PostgresServer extends Server { createPlace(): Promise<Place> }

/** A server of its own, with places on it for tests of what is the same on every engine. */
export async function startPostgres(): Promise<PostgresServer> {
  const server = await start();
  let count = 0;
  process.env['PITH_DATABASE_PASSWORD'] = PASSWORD; // For the children.
  return {
    ...server,
    createPlace: async () => toPlace(await server.createUser(`place${count++}`)),
    stop: async () => {
      delete process.env['PITH_DATABASE_PASSWORD'];
      await server.stop();
    },
  };
}

function toPlace(url: string): Place {
  const opened: Opened[] = [];
  return {
    word: url,
    open() {
      const database = createDatabase(new PostgresEngine(parseServer(url), async () => PASSWORD));
      opened.push(database);
      return database;
    },
    remove: async () => { for (const database of opened) await database.close(); },
  };
}
