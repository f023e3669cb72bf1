import type { Effect, FileChange, TurnEvent } from '../event.ts';
import type { Message } from '../message.ts';
import type { RecordedSitting } from '../replay/tape.ts';

export interface SessionSummary {
  id: string;
  cwd: string;
  /** Milliseconds since 1970. */
  startedMs: number;
  updatedMs: number;
  turns: number;
  /** First words of the first input. */
  title: string;
  /** The session that it began with a copy of, and how many of its turns that copy has. */
  forkedFrom?: { id: string; turns: number };
}

export interface StoredSession extends SessionSummary {
  provider: string | null;
  model: string | null;
  messages: readonly Message[];
  /** Whatever looks like a key was masked when it was kept: only known values are to be looked for. */
  isMasked?: true;
  /** What had to be mended: a torn last line, calls without a result. One sentence each. */
  repairs: readonly string[];
  /** What became of it on the way, in words: room that was made, what was taken back, another model. */
  changes?: readonly { atMs: number; text: string }[];
}

/** A part of a session that ran in one process. */
export interface RecordedPart extends RecordedSitting {
  /** Why it cannot be played again: then `events` are those of the transcript. */
  missing?: string;
  /** Why it holds no more events than it does. */
  ended?: string;
  /** What the transcript holds behind that, with gaps. */
  rest?: readonly TurnEvent[];
}

/** What can be taken back of a session, in one: a turn with its answer, or a change of the history by a command, as a compaction. */
export interface SessionStep {
  kind: 'turn' | 'change';
  /** What was typed; of a change its reason. */
  text: string;
  atMs: number;
  /** Where it begins: `historyAt` takes it. */
  position: number;
  /** Its own turn, and those behind it in which no other step began. */
  turnIds: readonly string[];
  /** Files that its tools say they have changed. */
  changes: readonly FileChange[];
  /** What it ran that may have done something elsewhere, in its order. */
  outside: readonly { tool: string; effect: Effect }[];
}

/** What one `/undo` has taken back. */
export interface UndoneSteps {
  /** The turn in which that was typed. */
  turnId: string;
  atMs: number;
  /** `historyAt` gives with it what had been said before. */
  position: number;
  /** Oldest first. */
  steps: readonly SessionStep[];
}

export interface SessionSteps {
  /** Those that hold, oldest first. */
  done: readonly SessionStep[];
  /** Those that were taken back and can be brought again: the last is the next. A new step ends that. */
  undone: readonly UndoneSteps[];
  /** Of all turns, in the order in which they began. */
  turnIds: readonly string[];
}

export interface RecordedSession extends SessionSummary { sittings: readonly RecordedPart[] }

export interface SessionStore {
  /** Newest first; without those in which nothing was said or done. */
  list(filter?: { cwd?: string }): Promise<readonly SessionSummary[]>;
  /** @throws PithError SESSION_NOT_FOUND with the nearest ids */
  load(id: string): Promise<StoredSession>;
  /** Everything that is needed to play the session again. @throws as `load` */
  recording(id: string): Promise<RecordedSession>;
  /**
   * A change of the history with the reason `undo` takes the last step back; one with the reason `redo` brings again what the last
   * turn with such changes has taken back. @throws PithError SESSION_NOT_FOUND
   */
  steps(id: string): Promise<SessionSteps>;
  /** What had been said before a position of `steps`. @throws PithError SESSION_NOT_FOUND */
  historyAt(id: string, position: number): Promise<readonly Message[]>;
  /** @throws PithError SESSION_LOCKED where another process writes the session */
  checkWriter(id: string): Promise<void>;
  /**
   * Makes this process the session's only writer before it writes anything, until it closes the session or gives it free.
   * @returns gives it free @throws PithError SESSION_LOCKED where another process writes the session; SESSION_NOT_KEPT
   */
  claim(id: string): Promise<() => void>;
  /** What was kept of the session's events, oldest first, read as it is asked for. @throws PithError SESSION_NOT_FOUND */
  events(id: string): AsyncIterable<TurnEvent>;
  /** The session of this folder that was used last. */
  latest(cwd: string): Promise<StoredSession | undefined>;
  /**
   * Makes a session of another id that begins with what was said in this one, which stays as it is.
   * @param options `cwd`: the folder that it is of, that of the other by default; `turns`: how many turns it begins with, all by default
   * @throws PithError SESSION_NOT_FOUND, SESSION_FORK_INVALID where there are not so many turns, SESSION_NOT_KEPT
   */
  fork(id: string, options?: { cwd?: string; turns?: number }): Promise<SessionSummary>;
}
