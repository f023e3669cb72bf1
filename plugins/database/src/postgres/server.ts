import { databaseError } from '../errors.ts';

/** Where a PostgreSQL server is, and what on it is meant. */
export interface Server {
  host: string;
  port: number;
  database: string;
  /** Nothing: the user that runs pith. */
  user: string | undefined;
  isEncrypted: boolean;
}

/**
 * Reads `plugins.database.url`. Beyond this machine all is encrypted, and the server shows who it is, unless the address says otherwise.
 * @throws PithError DATABASE_URL_INVALID, which never holds the address: there may be a password in it
 */
export function parseServer(url: string): Server {
  const parsed = URL.parse(url);
  if (parsed === null || !['postgres:', 'postgresql:'].includes(parsed.protocol)) throw invalid('is not the address of a PostgreSQL server');
  if (parsed.password !== '' || parsed.searchParams.has('password')) throw invalid('holds a password, which a settings file is no place for', 'Take it out, and keep it: pith auth set database. Or set PITH_DATABASE_PASSWORD.');
  const database = decode(parsed.pathname.slice(1));
  if (parsed.hostname === '' || database === '') throw invalid('names no host, or no database');
  const { sslmode = isThisMachine(parsed.hostname) ? 'disable' : 'verify-full', ...others } = Object.fromEntries(parsed.searchParams);
  const other = Object.keys(others)[0];
  if (other !== undefined) throw invalid(`has a setting ${other}; the only one is sslmode`);
  if (!['disable', 'verify-full'].includes(sslmode)) throw invalid(`has an sslmode that is not known; allowed are disable and verify-full`);
  return { host: parsed.hostname.replace(/^\[|\]$/g, ''), port: Number(parsed.port || 5432), database, user: parsed.username === '' ? undefined : decode(parsed.username), isEncrypted: sslmode !== 'disable' };
}

/** For people: no password, and neither a user. */
export function toPlace({ host, port, database }: Server): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}/${database}`;
}

function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid('has a % that begins no character');
  }
}

function invalid(why: string, hint = 'It looks like this: postgres://user@host:5432/name'): Error {
  return databaseError('DATABASE_URL_INVALID', `plugins.database.url ${why}`, { hint });
}
