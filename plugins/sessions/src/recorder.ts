import { existsSync, readFileSync } from 'node:fs';
import { DURABLE_EVENTS, type Outside, PithError, type TurnEvent } from '@pith/kernel';
import { DISK, type Disk } from './disk.ts';
import { isSessionId, projectFolder, sessionFile } from './files.ts';
import { type Header, RECORDED, TRANSCRIPT_VERSION } from './format.ts';
import { Journal, notKept } from './journal.ts';
import { type Known, recallRead } from './last-read.ts';
import { rebuild } from './rebuild.ts';
import { endsOf } from './recover.ts';
import { findFile } from './store.ts';
import { Tape } from './tape.ts';
import { isDelta } from './tape-format.ts';
import { parseTranscript } from './transcript.ts';

/** What a transcript needs of a session before its first line. */
interface Recording {
  file: string;
  header: Header;
  /** Messages that the session began with; nothing where another generation of plugins knew. */
  history: number | undefined;
  journal: Journal | undefined;
  tape: Tape | undefined;
  /** A turn may have no end in it: the one of this id, where what it did could not be kept; without an id one that a crash ended. */
  broken: { turnId?: string } | undefined;
  /** Of the last event. */
  turnId: string;
  /** What came before the transcript could be opened, or what a crash has left in it be closed. */
  early: [TurnEvent, readonly Outside[]][];
}

/** Writes the events of every session of one generation of plugins to the session's transcript, and what else a replay needs beside it. */
export class Recorder {
  readonly #dataFolder: string;
  readonly #disk: Disk;
  readonly #recordings = new Map<string, Recording>();
  /** Sessions that could not begin, each with the reason, which holds for all that follows in them. */
  readonly #refused = new Map<string, unknown>();

  /** Something was written. */
  hasRecorded = false;

  constructor(dataFolder: string, disk: Disk = DISK) {
    this.#dataFolder = dataFolder;
    this.#disk = disk;
  }

  /** When this returns, the event outlives this process. @throws PithError where it does not */
  record(event: TurnEvent, outside: readonly Outside[] = []): void {
    if (isDelta(event) && outside.length === 0) return this.#recordings.get(event.sessionId)?.tape?.take(event, outside);
    if (event.type === 'session-end') return this.#end(event, outside);
    const recording = this.#open(event);
    const { early } = recording;
    recording.turnId = event.turnId;
    early.push([event, outside]);
    try {
      const journal = recording.journal ??= openJournal(recording, this.#disk);
      while (early.length > 0) {
        const [next, came] = early[0]!;
        if (recording.broken !== undefined && recording.broken.turnId !== next.turnId) closeTurns(recording, journal, next);
        early.shift();
        this.#keep(recording, journal, next, came);
      }
    } catch (error) {
      recording.broken ??= { turnId: event.turnId };
      // What nobody waits for comes with what somebody does wait for, which fails if it cannot.
      if (!DURABLE_EVENTS.has(event.type)) return;
      if (early.at(-1)?.[0] === event) early.pop();
      throw notKept(error, recording.file);
    }
  }

  #keep(recording: Recording, journal: Journal, event: TurnEvent, outside: readonly Outside[]): void {
    try {
      if (RECORDED.has(event.type)) journal.append(event);
    } finally {
      this.hasRecorded = true;
      recording.tape ??= new Tape(recording.file);
      recording.tape.take(event, journal.isNew ? outside : outside.map(withoutHistory));
    }
  }

  /** When it settles, what was recorded of the session so far outlives a loss of power. Rejects with a PithError where it cannot. */
  flush(sessionId: string): Promise<void> | undefined {
    const recording = this.#recordings.get(sessionId);
    return recording?.journal?.flush().catch((error: unknown) => {
      recording.broken ??= { turnId: recording.turnId };
      throw notKept(error, recording.file);
    });
  }

  close(): void {
    for (const recording of this.#recordings.values()) closeFiles(recording);
    this.#recordings.clear();
  }

  #end(event: TurnEvent, outside: readonly Outside[]): void {
    const { sessionId } = event;
    const recording = this.#recordings.get(sessionId);
    this.#recordings.delete(sessionId);
    this.#refused.delete(sessionId);
    if (recording === undefined) return;
    recording.tape?.take(event, outside);
    closeFiles(recording);
  }

  #open(event: TurnEvent): Recording {
    const { sessionId } = event;
    let recording = this.#recordings.get(sessionId);
    if (recording !== undefined) return recording;
    if (this.#refused.has(sessionId)) throw this.#refused.get(sessionId);
    try {
      recording = event.type === 'session-start' ? begin(this.#dataFolder, event) : takeUp(this.#dataFolder, event);
    } catch (error) {
      this.#refused.set(sessionId, error);
      throw error;
    }
    this.#recordings.set(sessionId, recording);
    return recording;
  }
}

function closeFiles({ journal, tape }: Recording): void {
  tape?.close();
  journal?.close();
}

/** The transcript holds it. */
function withoutHistory(item: Outside): Outside {
  return item.kind === 'session' ? { ...item, facts: { ...item.facts, history: [] } } : item;
}

/**
 * Takes the lock, and then looks whether the session goes on from where the transcript ends: it may have been read
 * while another process still wrote.
 */
function openJournal(recording: Recording, disk: Disk): Journal {
  const { file, header, history } = recording;
  const journal = new Journal(file, header, disk);
  try {
    const known = journal.isNew ? NOTHING : recallRead(file);
    if (history !== undefined && !journal.isNew) checkHistory(header.id, { given: history, kept: known?.messages ?? rebuild(readKept(file)).messages.length });
    recording.broken = known?.hasOpenTurn === false ? undefined : {};
  } catch (error) {
    journal.close();
    throw error;
  }
  return journal;
}

/** Each turn has one end, also one in which a process has ended, or the disk was full. The turn of this event goes on. */
function closeTurns(recording: Recording, journal: Journal, { turnId, atMs, type }: TurnEvent): void {
  if (!RECORDED.has(type)) return;
  journal.mend();
  const events = readKept(recording.file);
  for (const end of endsOf(events, { turnId, atMs, hasCrashed: recording.broken?.turnId === undefined })) journal.append(end, { recovered: true });
  recording.broken = events.some((event) => event.turnId === turnId) ? { turnId } : undefined;
}

function checkHistory(id: string, { given, kept }: { given: number; kept: number }): void {
  if (given === kept) return;
  throw new PithError(`The transcript of session ${id} holds ${kept} messages, and this session begins with ${given}`, {
    code: 'SESSION_CHANGED', hint: `It has gone on elsewhere. Take it up as it is now: pith run --resume ${id}; or begin a session of another id.`,
  });
}

function readKept(file: string): TurnEvent[] {
  return parseTranscript(file, readFileSync(file)).entries.map(({ event }) => event);
}

const NOTHING: Known = { messages: 0, hasOpenTurn: false };

/** A session that starts: a new file in its project's folder, or the file it had before, wherever that is. */
function begin(dataFolder: string, { sessionId: id, turnId, cwd, atMs, kernel, resumed, history }: Extract<TurnEvent, { type: 'session-start' }>): Recording {
  if (!isSessionId(id)) {
    throw new PithError(`${JSON.stringify(id)} cannot be the id of a session that is kept`, { code: 'SESSION_ID_INVALID', hint: 'Letters, digits, dot, - and _ are allowed, at most 128, a letter or a digit first.' });
  }
  const own = sessionFile(projectFolder(dataFolder, cwd), id);
  const file = resumed && !existsSync(own) ? findFile(dataFolder, id) ?? own : own;
  return { file, header: { v: TRANSCRIPT_VERSION, type: 'session', id, cwd, startedMs: atMs, kernel, masked: true }, history, journal: undefined, tape: undefined, broken: {}, turnId, early: [] };
}

/** A session that another generation of plugins has begun to write. */
function takeUp(dataFolder: string, { sessionId: id, turnId, atMs }: TurnEvent): Recording {
  const file = findFile(dataFolder, id);
  if (file === undefined) throw new PithError(`Session ${id} began before transcripts were kept, so it cannot be kept from here on`, { code: 'SESSION_NOT_KEPT', hint: 'Begin a new session.' });
  return { file, header: { v: TRANSCRIPT_VERSION, type: 'session', id, cwd: '', startedMs: atMs, kernel: '' }, history: undefined, journal: undefined, tape: undefined, broken: {}, turnId, early: [] };
}
