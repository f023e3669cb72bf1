import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describeChange, joinRoom, type Message, nearest, PithError, type RecordedSession, type SessionStore, type SessionSummary, type StoredSession, type TurnEvent } from '@pith/kernel';
import { projectFolder, sessionFile, sessionsFolder, toSessionId } from './files.ts';
import { noteRead } from './last-read.ts';
import { checkWriter } from './lock.ts';
import { readEvents } from './read-events.ts';
import { rebuild } from './rebuild.ts';
import { readRecording } from './recording.ts';
import { hasOpenTurn } from './recover.ts';
import { type Listed, SessionIndex } from './session-index.ts';
import { findSteps } from './steps.ts';
import { parseSkeleton, parseTranscript, type Skeleton } from './transcript.ts';

const TITLE_LENGTH = 80;

export interface SessionList {
  /** Newest first; without those in which nothing was said or done. */
  sessions: SessionSummary[];
  /** Why a file of the folder is not among them. */
  unreadable: string[];
}

/** The service `sessions`: reads what the observer has written. It takes no lock, and writes nothing but the index, a copy. */
export function createStore(dataFolder: string): SessionStore {
  return {
    list: async (filter = {}) => (await listSessions(dataFolder, filter)).sessions,
    load: (id) => loadSession(dataFolder, id),
    recording: (id) => loadRecording(dataFolder, id),
    steps: async (id) => findSteps(await readKept(dataFolder, id)),
    historyAt: (id, position) => readHistory(dataFolder, id, position),
    checkWriter: async (id) => { const file = resolveFile(dataFolder, id); checkWriter(file, toSessionId(file)!); },
    events: (id) => sessionEvents(dataFolder, id),
    latest: (cwd) => loadLatest(dataFolder, cwd),
  };
}

export async function listSessions(dataFolder: string, { cwd }: { cwd?: string } = {}): Promise<SessionList> {
  const list: SessionList = { sessions: [], unreadable: [] };
  for (const [folder, files] of Map.groupBy(sessionFiles(dataFolder, cwd), ({ file }) => dirname(file))) {
    const index = new SessionIndex(folder);
    for (const { id, file } of files) {
      try {
        const { summary, isEmpty } = index.list(id, file, () => readListed(file));
        if (!isEmpty) list.sessions.push(summary);
      } catch (error) {
        list.unreadable.push((error as Error).message);
      }
    }
    index.save();
  }
  list.sessions.sort((a, b) => b.updatedMs - a.updatedMs || b.startedMs - a.startedMs || (a.id < b.id ? -1 : 1));
  return list;
}

function readListed(file: string): Listed {
  const skeleton = parseSkeleton(file, readFileSync(file));
  return { summary: toSummary(skeleton), isEmpty: skeleton.isEmpty };
}

/** @throws PithError SESSION_NOT_FOUND, SESSION_UNREADABLE */
export async function loadSession(dataFolder: string, id: string): Promise<StoredSession> {
  const file = resolveFile(dataFolder, id);
  const bytes = await readFile(file);
  const { entries, repairs } = parseTranscript(file, bytes);
  const events = entries.map(({ event }) => event);
  const { messages, repairs: mended } = rebuild(events);
  noteRead(file, bytes.length, { messages: messages.length, hasOpenTurn: hasOpenTurn(events) });
  return { ...toSummary(parseSkeleton(file, bytes)), ...usedModel(events), messages, repairs: [...repairs, ...mended], changes: changesIn(events) };
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
  for (const { id, turns } of (await listSessions(dataFolder, { cwd })).sessions) {
    const session = await loadSession(dataFolder, id);
    if (turns > 0 || session.messages.length > 0) return session;
  }
  return undefined;
}

/** @throws PithError SESSION_NOT_FOUND, SESSION_UNREADABLE */
async function loadRecording(dataFolder: string, id: string): Promise<RecordedSession> {
  const file = resolveFile(dataFolder, id);
  const bytes = await readFile(file);
  const { entries } = parseTranscript(file, bytes);
  // What closes a broken turn was emitted by no process, so it is not played.
  return { ...toSummary(parseSkeleton(file, bytes)), sittings: readRecording(file, entries.filter(({ recovered }) => recovered === undefined).map(({ event }) => event)) };
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

/** Of every folder: an id may be given by its beginning wherever its session is. */
export function sessionIds(dataFolder: string): string[] {
  return sessionFiles(dataFolder).map(({ id }) => id);
}

/** Each once, in the order they were given. @throws PithError SESSION_NOT_FOUND */
export function resolveFiles(dataFolder: string, given: readonly string[]): { id: string; file: string }[] {
  const files = new Set(given.map((id) => resolveFile(dataFolder, id)));
  return [...files].map((file) => ({ id: toSessionId(file)!, file }));
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

export function sessionFiles(dataFolder: string, cwd?: string): { id: string; file: string }[] {
  const folders = cwd === undefined ? namesIn(sessionsFolder(dataFolder)).map((name) => join(sessionsFolder(dataFolder), name)) : [projectFolder(dataFolder, cwd)];
  return folders.flatMap((folder) => namesIn(folder).flatMap((name) => {
    const id = toSessionId(name);
    return id === undefined ? [] : [{ id, file: sessionFile(folder, id) }];
  }));
}

/** In order; none where the folder is not there. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}

function toSummary({ header: { id, cwd, startedMs }, inputs, changes, last }: Skeleton): SessionSummary {
  return { id, cwd, startedMs, updatedMs: last?.atMs ?? startedMs, turns: inputs.length, title: toTitle(inputs[0]?.text ?? changes[0]?.reason ?? '') };
}

/** The first words of a text, in one line. Never half of a character. */
function toTitle(text: string): string {
  const line = text.slice(0, 1000).replace(/\s+/g, ' ').trim();
  const characters = Array.from(line);
  return characters.length <= TITLE_LENGTH ? line : `${characters.slice(0, TITLE_LENGTH - 1).join('').trimEnd()}…`;
}

/** The provider and model that the session last used for itself, or was told to use. */
function usedModel(events: readonly TurnEvent[]): Pick<StoredSession, 'provider' | 'model'> {
  const used = events.findLast((event) => event.type === 'session-start' || event.type === 'model-changed' || (event.type === 'model-end' && event.purpose === 'turn' && event.parentRunId === undefined));
  return used?.type === 'session-start' || used?.type === 'model-changed' || used?.type === 'model-end' ? { provider: used.provider, model: used.model } : { provider: null, model: null };
}
