import { isPithError, type PithError, toMessage } from '@pith/kernel';
import { databaseError } from '../errors.ts';

/** PostgreSQL's own codes: two transactions changed the same, or waited for each other. */
const PASSING = new Set(['40001', '40P01']);
/** The server speaks, and these are its words for who may come in. */
const NOT_LET_IN = /^(28|42501)/;
const NO_DATABASE = '3D000';
const TOO_MANY = '53300';
/** Gone, going, or full of other connections. */
const AWAY = /^(08|57P|53300|XX000)/;
/** What OpenSSL says of a certificate, in the words of Node. */
const NOT_TRUSTED = /CERT|UNABLE_TO_(VERIFY|GET)|SELF_SIGNED|ALTNAME/;

const SET_PASSWORD = 'Keep its password: pith auth set database. Or set PITH_DATABASE_PASSWORD.';

export function isPassing(error: unknown): boolean {
  return PASSING.has(sqlState(isPithError(error) ? error.cause : error) ?? '');
}

/** What the server has said, or why it did not, for a person. `details.passes` says of one that is away that it may come back by itself. */
export function toPostgresError(error: unknown, place: string): PithError {
  if (isPithError(error)) return error;
  const said = toMessage(error);
  const state = sqlState(error);
  const server = `The PostgreSQL server at ${place}`;
  if (state === undefined || AWAY.test(state)) return toAway(error, { place, said, isFull: state === TOO_MANY });
  if (state === NO_DATABASE) return unreachable(error, `${server} has no such database: ${said}`, 'Make it there, or name another one in plugins.database.url (or PITH_DATABASE_URL).');
  if (NOT_LET_IN.test(state)) {
    // It has one sentence for all that its list of who may come in does not name.
    const hint = /no encryption/.test(said) ? 'It may want an encrypted connection: ?sslmode=verify-full at the end of plugins.database.url.' : 'Set the user in plugins.database.url.';
    return unreachable(error, `${server} lets nobody of that name in: ${said}`, `${hint} ${SET_PASSWORD}`);
  }
  if (state === '23505') return databaseError('DATABASE_CONFLICT', `A row does not fit: ${said}`, { cause: error });
  if (state.startsWith('23')) return databaseError('DATABASE_CONSTRAINT', `A row does not fit: ${said}`, { cause: error });
  if (state === '53100') return databaseError('DATABASE_FULL', `There is no room on the disk of the PostgreSQL server at ${place}; nothing of this transaction was kept`, { cause: error, hint: 'Make room there, then try again.' });
  if (state === '55P03') return databaseError('DATABASE_BUSY', `Rows of the PostgreSQL server at ${place} are held by somebody else for too long`, { cause: error, hint: 'Wait for the other one, or end it, and try again. Nothing was changed.' });
  if (state === '25006') return databaseError('DATABASE_QUERY_FAILED', `A transaction that only reads was asked to change something: ${said}`, { cause: error, hint: 'Change things in a transaction of mode write or durable.' });
  return databaseError('DATABASE_QUERY_FAILED', `A statement could not be run: ${said}`, { cause: error });
}

/** Nothing but the connection has failed; why it did is not always in a number. */
function toAway(error: unknown, { place, said, isFull }: { place: string; said: string; isFull: boolean }): PithError {
  const { code = '' } = error as { code?: string };
  const server = `The PostgreSQL server at ${place}`;
  if (/client password must be/.test(said)) return unreachable(error, `${server} asks for a password, and none is set`, SET_PASSWORD);
  // The words of the pool, for who waits for one of its connections.
  if (/^timeout exceeded when trying to connect/.test(said)) return databaseError('DATABASE_BUSY', `All connections of this process to the PostgreSQL server at ${place} are in use for too long`, { cause: error, hint: 'Do what takes long outside of a transaction.' });
  if (/does not support SSL/.test(said)) return unreachable(error, `${server} cannot be reached: it does not encrypt connections, and beyond this machine pith asks for it`, 'Let it encrypt them, or go without where the network is yours: ?sslmode=disable at the end of plugins.database.url.');
  if (NOT_TRUSTED.test(code)) return unreachable(error, `${server} shows a certificate that is not trusted: ${said}`, 'Name the file of who has signed it in NODE_EXTRA_CA_CERTS, and the server by the name that stands in it.');
  const hint = isFull ? 'A process of pith has 5 connections at most: let the server have more (max_connections), or run fewer.' : 'Look whether it runs, and whether plugins.database.url (or PITH_DATABASE_URL) is right.';
  return databaseError('DATABASE_UNREACHABLE', `${server} cannot be reached: ${whyUnreachable(error, said)}`, { cause: error, hint, details: { passes: true } });
}

function unreachable(cause: unknown, message: string, hint: string): PithError {
  return databaseError('DATABASE_UNREACHABLE', message, { cause, hint });
}

/** The connection was lost between the question and the answer. */
export function unknownOutcome(error: unknown, place: string): PithError {
  return databaseError('DATABASE_UNREACHABLE', `The PostgreSQL server at ${place} went away while a transaction was confirmed, so that nobody knows whether it was kept: ${whyUnreachable(error, toMessage(error))}`, { cause: error, hint: 'Look before it is done again.' });
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
  // The words of the library, which speak of itself.
  if (/timeout/i.test(said) && each.length === 0) return 'it does not answer';
  return each.length > 0 ? [...new Set(each)].join('; ') : said;
}
