import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { type Database, describeChange, isPithError, joinRoom, type Message, nearest, PithError, type RecordedSession, type SessionStore, type SessionSummary, type StoredSession, type TurnEvent } from '@pith/kernel';
import { projectFolder, sessionsFolder, toSessionId } from './files.ts';
import { forkSession } from './fork.ts';
import type { Entry } from './format.ts';
import { notKept } from './journal.ts';
import { noteRead } from './last-read.ts';
import { checkWriter, claimSession } from './lock.ts';
import { newestFirst } from './newest.ts';
import { readEvents } from './read-events.ts';
import { rebuild } from './rebuild.ts';
import { readRecording } from './recording.ts';
import { hasOpenTurn } from './recover.ts';
import { type Listed, SessionIndex } from './session-index.ts';
import { findSteps } from './steps.ts';
import { toSummary } from './summary.ts';
import { parseSkeleton, parseTranscript, toSkeleton } from './transcript.ts';

export interface SessionList {
  /** Newest first; without those in which nothing was said or done. */
  sessions: SessionSummary[];
  /** Where each of them lies. */
  files: ReadonlyMap<SessionSummary, string>;
  /** Why a file of the folder is not among them. */
  unreadable: string[];
  /** Of every session of every folder, since an id may be given by its beginning wherever its session is. */
  allIds: string[];
  /** Why the index could not be used. */
  trouble?: string;
}

/** @param database where the index is, where there is one */
type Search = { cwd?: string; database?: Database | undefined };

/**
 * The service `sessions`: reads what the observer has written. It takes no lock, and writes nothing but the index, a copy, and forks.
 * @param findDatabase where the index is
 */
export function createStore(dataFolder: string, findDatabase: () => Promise<Database | undefined> = async () => undefined): SessionStore {
  return {
    list: async (filter = {}) => (await listSessions(dataFolder, { ...filter, database: await findDatabase() })).sessions,
    load: (id) => loadSession(dataFolder, id),
    recording: (id) => loadRecording(dataFolder, id),
    steps: async (id) => findSteps(await readKept(dataFolder, id)),
    historyAt: (id, position) => readHistory(dataFolder, id, position),
    checkWriter: async (id) => { const file = resolveFile(dataFolder, id); checkWriter(file, toSessionId(file)!); },
    claim: async (id) => claim(resolveFile(dataFolder, id)),
    events: (id) => sessionEvents(dataFolder, id),
    latest: (cwd) => loadLatest(dataFolder, cwd),
    fork: async (id, options) => forkSession(dataFolder, resolveFile(dataFolder, id), options),
  };
}

export async function listSessions(dataFolder: string, { cwd, database }: Search = {}): Promise<SessionList> {
  const all = sessionFiles(dataFolder);
  const files = new Map<SessionSummary, string>();
  const unreadable: string[] = [];
  const own = cwd === undefined ? undefined : basename(projectFolder(dataFolder, cwd));
  const index = await SessionIndex.open(database, own);
  for (const { id, project, file } of own === undefined ? all : all.filter((known) => known.project === own)) {
    try {
      const { summary, isEmpty } = index.list({ project, id }, file, () => readListed(file));
      if (!isEmpty) files.set(summary, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') unreadable.push((error as Error).message); // It was just deleted.
    }
  }
  await index.save();
  return { sessions: [...files.keys()].sort(byLastUse), files, unreadable, allIds: all.map(({ id }) => id), ...(index.trouble === undefined ? {} : { trouble: index.trouble }) };
}

/** Newest first. */
function byLastUse(a: SessionSummary, b: SessionSummary): number {
  return b.updatedMs - a.updatedMs || b.startedMs - a.startedMs || (a.id < b.id ? -1 : 1);
}

function readListed(file: string): Listed {
  const skeleton = parseSkeleton(file, readFileSync(file));
  return { summary: toSummary(skeleton), isEmpty: skeleton.isEmpty };
}

/** @throws PithError SESSION_NOT_FOUND, SESSION_UNREADABLE */
export async function loadSession(dataFolder: string, id: string): Promise<StoredSession> {
  return readSession(resolveFile(dataFolder, id));
}

/** @throws PithError SESSION_UNREADABLE */
async function readSession(file: string): Promise<StoredSession> {
  const bytes = await readFile(file);
  const { header, entries, repairs } = parseTranscript(file, bytes);
  const events = entries.map(({ event }) => event);
  const { messages, repairs: mended } = rebuild(events);
  noteRead(file, bytes.length, { messages: messages.length, hasOpenTurn: hasOpenTurn(events) });
  return { ...toSummary(toSkeleton(header, events)), ...usedModel(events), messages, repairs: [...repairs, ...mended], changes: changesIn(events), ...(header.masked === undefined ? {} : { isMasked: header.masked }) };
}

/** @throws PithError SESSION_LOCKED, SESSION_NOT_KEPT */
function claim(file: string): () => void {
  try {
    return claimSession(file, toSessionId(file)!);
  } catch (error) {
    throw notKept(error, file);
  }
}

/** All that a transcript holds, for whoever writes it in another form. @throws PithError SESSION_UNREADABLE */
export function readTranscript(file: string, bytes: Buffer): { session: SessionSummary & Pick<StoredSession, 'provider' | 'model'>; events: TurnEvent[]; repairs: string[] } {
  const { header, entries, repairs } = parseTranscript(file, bytes);
  const events = entries.map(({ event }) => event);
  return { session: { ...toSummary(toSkeleton(header, events)), ...usedModel(events) }, events, repairs: [...repairs, ...rebuild(events).repairs] };
}

/** Of the session's own conversation; what one pass made room of is one change. */
function changesIn(events: readonly TurnEvent[]): { atMs: number; text: string }[] {
  const changes: TurnEvent[] = [];
  for (const event of events) {
    if (event.parentRunId !== undefined || describeChange(event) === undefined) continue;
    const last = changes.at(-1);
    const joined = event.type === 'compaction' && last?.type === 'compaction' ? joinRoom(last, event) : undefined;
    if (joined === undefined) changes.push(event);
    else changes[changes.length - 1] = joined;
  }
  return changes.map((event) => ({ atMs: event.atMs, text: describeChange(event)! }));
}

/** One of which nothing is left, as where a lone `!command` was taken back, is none to go on with. */
async function loadLatest(dataFolder: string, cwd: string): Promise<StoredSession | undefined> {
  for (const file of newestFirst(sessionFiles(dataFolder, cwd).map(({ file }) => file))) {
    const session = await readSession(file).catch(passUnreadable);
    if (session !== undefined && (session.turns > 0 || session.messages.length > 0)) return session;
  }
  return undefined;
}

function passUnreadable(error: unknown): undefined {
  if (!isPithError(error) || error.code !== 'SESSION_UNREADABLE') throw error;
}

/** @throws PithError SESSION_NOT_FOUND, SESSION_UNREADABLE */
async function loadRecording(dataFolder: string, id: string): Promise<RecordedSession> {
  const file = resolveFile(dataFolder, id);
  const bytes = await readFile(file);
  const { header, entries } = parseTranscript(file, bytes);
  // What closes a broken turn was emitted by no process, so it is not played.
  const emitted = (some: readonly Entry[]): TurnEvent[] => some.filter(({ recovered }) => recovered === undefined).map(({ event }) => event);
  const own = header.forkedFrom === undefined ? 0 : entries.findIndex(({ id }) => id === header.forkedFrom!.entry) + 1;
  return { ...toSummary(toSkeleton(header, entries.map(({ event }) => event))), sittings: readRecording(file, emitted(entries.slice(own)), emitted(entries.slice(0, own))) };
}

/** @throws PithError SESSION_NOT_FOUND, SESSION_UNREADABLE */
async function readKept(dataFolder: string, id: string): Promise<TurnEvent[]> {
  const file = resolveFile(dataFolder, id);
  return parseTranscript(file, await readFile(file)).entries.map(({ event }) => event);
}

/** @throws PithError SESSION_NOT_FOUND, SESSION_UNREADABLE */
async function readHistory(dataFolder: string, id: string, position: number): Promise<readonly Message[]> {
  return rebuild((await readKept(dataFolder, id)).slice(0, position)).messages;
}

/** @throws PithError SESSION_NOT_FOUND, SESSION_UNREADABLE, both when it is first asked */
async function* sessionEvents(dataFolder: string, id: string): AsyncGenerator<TurnEvent> {
  yield* readEvents(resolveFile(dataFolder, id));
}

/** The transcript of exactly this id, in whatever project it is. */
export function findFile(dataFolder: string, id: string): string | undefined {
  return sessionFiles(dataFolder).find((session) => session.id === id)?.file;
}

/** Each once, in the order they were given. @throws PithError SESSION_NOT_FOUND */
export function resolveFiles(dataFolder: string, given: readonly string[]): { id: string; file: string }[] {
  const files = new Set(given.map((id) => resolveFile(dataFolder, id)));
  return [...files].map((file) => ({ id: toSessionId(file)!, file }));
}

/** @throws PithError SESSION_NOT_FOUND */
export function resolveSession(dataFolder: string, given: string): { id: string; file: string } {
  const file = resolveFile(dataFolder, given);
  return { id: toSessionId(file)!, file };
}

/** An id may be given by its beginning. */
function resolveFile(dataFolder: string, given: string): string {
  const all = sessionFiles(dataFolder);
  const exact = all.find(({ id }) => id === given);
  if (exact !== undefined) return exact.file;
  const begun = given === '' ? [] : all.filter(({ id }) => id.startsWith(given));
  if (begun.length === 1) return begun[0]!.file;
  if (begun.length > 1) {
    throw new PithError(`${JSON.stringify(given)} is the beginning of ${begun.length} sessions`, { code: 'SESSION_NOT_FOUND', hint: `Write more of one: ${begun.slice(0, 5).map(({ id }) => id).join(', ')}${begun.length > 5 ? ' …' : ''}` });
  }
  const near = nearest(given, all.map(({ id }) => id));
  throw new PithError(`There is no session ${JSON.stringify(given)}`, { code: 'SESSION_NOT_FOUND', hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'pith sessions list --all shows what there is.' });
}

export function sessionFiles(dataFolder: string, cwd?: string): { id: string; project: string; file: string }[] {
  const top = sessionsFolder(dataFolder);
  const projects = cwd === undefined ? entriesIn(top).map(({ name }) => name) : [basename(projectFolder(dataFolder, cwd))];
  return projects.flatMap((project) => entriesIn(join(top, project)).flatMap((entry) => {
    const { name } = entry;
    // A folder is none, and a pipe would be waited for without end.
    const id = entry.isFile() || entry.isSymbolicLink() ? toSessionId(name) : undefined;
    return id === undefined ? [] : [{ id, project, file: `${top}${sep}${project}${sep}${name}` }];
  }));
}

/** In order; none where the folder is not there. */
function entriesIn(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}

/** The provider and model that the session last used for itself, or was told to use. */
function usedModel(events: readonly TurnEvent[]): Pick<StoredSession, 'provider' | 'model'> {
  const used = events.findLast((event) => event.type === 'session-start' || event.type === 'model-changed' || (event.type === 'model-end' && event.purpose === 'turn' && event.parentRunId === undefined));
  return used?.type === 'session-start' || used?.type === 'model-changed' || used?.type === 'model-end' ? { provider: used.provider, model: used.model } : { provider: null, model: null };
}
