import { existsSync } from 'node:fs';
import { PithError, type TurnEvent } from '@pith/kernel';
import { isSessionId, projectFolder, sessionFile } from './files.ts';
import { type Header, RECORDED, TRANSCRIPT_VERSION } from './format.ts';
import { Journal, notKept } from './journal.ts';
import { findFile } from './store.ts';
import { hasInput } from './transcript.ts';

/** What a transcript needs of a session before its first line. */
interface Recording { file: string; header: Header; journal: Journal | undefined }

/** Writes the events of every session of one generation of plugins to the session's transcript. */
export class Recorder {
  readonly #dataFolder: string;
  readonly #recordings = new Map<string, Recording>();

  constructor(dataFolder: string) {
    this.#dataFolder = dataFolder;
  }

  /** When this returns, the event is kept. @throws PithError where it is not */
  record(event: TurnEvent): void {
    if (event.type === 'session-end') return this.#end(event.sessionId);
    if (!RECORDED.has(event.type)) return;
    const recording = this.#open(event);
    try {
      recording.journal ??= new Journal(recording.file, recording.header);
      recording.journal.append(event);
    } catch (error) {
      throw notKept(error, recording.file);
    }
  }

  close(): void {
    for (const { journal } of this.#recordings.values()) journal?.close();
    this.#recordings.clear();
  }

  #end(sessionId: string): void {
    this.#recordings.get(sessionId)?.journal?.close();
    this.#recordings.delete(sessionId);
  }

  #open(event: TurnEvent): Recording {
    let recording = this.#recordings.get(event.sessionId);
    if (recording === undefined) {
      recording = event.type === 'session-start' ? begin(this.#dataFolder, event) : takeUp(this.#dataFolder, event);
      this.#recordings.set(event.sessionId, recording);
    }
    return recording;
  }
}

/** A session that starts: a new file in its project's folder, or the file it had before, wherever that is. */
function begin(dataFolder: string, { sessionId: id, cwd, atMs, kernel, resumed }: Extract<TurnEvent, { type: 'session-start' }>): Recording {
  if (!isSessionId(id)) {
    throw new PithError(`${JSON.stringify(id)} cannot be the id of a session that is kept`, { code: 'SESSION_ID_INVALID', hint: 'Letters, digits, dot, - and _ are allowed, at most 128, a letter or a digit first.' });
  }
  const own = sessionFile(projectFolder(dataFolder, cwd), id);
  const file = resumed && !existsSync(own) ? findFile(dataFolder, id) ?? own : own;
  if (!resumed && hasInput(own)) throw new PithError(`There is a session ${id} already, and this one does not go on with it`, { code: 'SESSION_TAKEN', hint: `Go on with it: pith run --session ${id}; or give the new one another id.` });
  return { file, header: { v: TRANSCRIPT_VERSION, type: 'session', id, cwd, startedMs: atMs, kernel }, journal: undefined };
}

/** A session that another generation of plugins has begun to write. */
function takeUp(dataFolder: string, { sessionId: id, atMs }: TurnEvent): Recording {
  const file = findFile(dataFolder, id);
  if (file === undefined) throw new PithError(`Session ${id} began before transcripts were kept, so it cannot be kept from here on`, { code: 'SESSION_NOT_KEPT', hint: 'Begin a new session.' });
  return { file, header: { v: TRANSCRIPT_VERSION, type: 'session', id, cwd: '', startedMs: atMs, kernel: '' }, journal: undefined };
}
