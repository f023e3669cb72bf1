import { isPithError, type PithError, toMessage } from '@pith/kernel';
import { databaseError } from '../errors.ts';

/** PostgreSQL's own codes: two transactions changed the same, or waited for each other. */
const PASSING = new Set(['40001', '40P01']);
/** The server speaks, and these are its words for who may come in. */
const NOT_LET_IN = /^(28|3D|42501)/;
/** Gone, going, or full of other connections. */
const AWAY = /^(08|57P|53300|XX000)/;

const SET_PASSWORD = 'Keep its password: pith auth set database. Or set PITH_DATABASE_PASSWORD.';

export function isPassing(error: unknown): boolean {
  return PASSING.has(sqlState(isPithError(error) ? error.cause : error) ?? '');
}

/** What the server has said, or why it did not, for a person. */
export function toPostgresError(error: unknown, place: string): PithError {
  if (isPithError(error)) return error;
  const said = toMessage(error);
  const state = sqlState(error);
  if (state === undefined && /client password must be/.test(said)) return databaseError('DATABASE_UNREACHABLE', `The PostgreSQL server at ${place} asks for a password, and none is set`, { cause: error, hint: SET_PASSWORD });
  if (state === undefined || AWAY.test(state)) return databaseError('DATABASE_UNREACHABLE', `The PostgreSQL server at ${place} cannot be reached: ${whyUnreachable(error, said)}`, { cause: error, hint: 'Look whether it runs, and whether plugins.database.url (or PITH_DATABASE_URL) is right.' });
  if (NOT_LET_IN.test(state)) return databaseError('DATABASE_UNREACHABLE', `The PostgreSQL server at ${place} lets nobody of that name in: ${said}`, { cause: error, hint: `Set the user and the database in plugins.database.url. ${SET_PASSWORD}` });
  if (state === '23505') return databaseError('DATABASE_CONFLICT', `A row does not fit: ${said}`, { cause: error });
  if (state.startsWith('23')) return databaseError('DATABASE_CONSTRAINT', `A row does not fit: ${said}`, { cause: error });
  if (state === '53100') return databaseError('DATABASE_FULL', `There is no room on the disk of the PostgreSQL server at ${place}; nothing of this transaction was kept`, { cause: error, hint: 'Make room there, then try again.' });
  if (state === '55P03') return databaseError('DATABASE_BUSY', `Rows of the PostgreSQL server at ${place} are held by somebody else for too long`, { cause: error, hint: 'Wait for the other one, or end it, and try again. Nothing was changed.' });
  if (state === '25006') return databaseError('DATABASE_QUERY_FAILED', `A transaction that only reads was asked to change something: ${said}`, { cause: error, hint: 'Change things in a transaction of mode write or durable.' });
  return databaseError('DATABASE_QUERY_FAILED', `A statement could not be run: ${said}`, { cause: error });
}

/** The connection was lost between the question and the answer. */
export function unknownOutcome(error: unknown, place: string): PithError {
  return databaseError('DATABASE_UNREACHABLE', `The PostgreSQL server at ${place} went away while a transaction was confirmed, so that nobody knows whether it was kept: ${toMessage(error)}`, { cause: error, hint: 'Look before it is done again.' });
}

export function isAway(error: unknown): boolean {
  const state = sqlState(error);
  return state === undefined || AWAY.test(state);
}

function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** Where a name has several addresses, each has an error of its own, and the whole has no words. */
function whyUnreachable(error: unknown, said: string): string {
  const each = error instanceof AggregateError ? error.errors.map(toMessage) : [];
  return each.length > 0 ? [...new Set(each)].join('; ') : said;
}
