/** A process that writes rows until it is told to stop: node books-child.ts DATA NAME COUNT. Each id is told on stdout once its row is written. */
import { writeSync } from 'node:fs';
import { setImmediate as nextRound } from 'node:timers/promises';
import { createDatabase } from '../../../database/src/database.ts';
import { backupFolder, databaseFile } from '../../../database/src/open.ts';
import { SqliteEngine } from '../../../database/src/sqlite/engine.ts';
import { RequestBooks } from '../../src/books/books.ts';
import { MIGRATIONS } from '../../src/migrations.ts';
import { makeRow } from './place.ts';

const [data = '', name = '', count = '0'] = process.argv.slice(2);
const database = createDatabase(new SqliteEngine(databaseFile(data), { backups: { folder: backupFolder(data), most: 0 } }));
await database.migrate('balancer', MIGRATIONS);
const books = new RequestBooks({ database, data, redact: (text) => text });
for (let index = 0; index < Number(count); index++) {
  const id = `${name}-${index}`;
  books.write(makeRow(id, { agent: `agent ${index % 50}`, conversation: `conversation ${index % 7}` }));
  writeSync(1, `${id}\n`);
  if (index % 4 === 0) await nextRound();
}
await books.close();
await database.close();
