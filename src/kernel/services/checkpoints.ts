import type { FileChange } from '../event.ts';

/** What files were before one call, or before something was brought back. */
export interface Checkpoint {
  id: string;
  sessionId: string;
  turnId: string;
  runId: string;
  /** Of the run. */
  step: number;
  callId: string;
  /** The tool; of what was brought back `restore`. */
  tool: string;
  atMs: number;
  kind: 'call' | 'restore';
  /** Of a `restore`: the checkpoint to which it went back. */
  restores?: string;
  /** What it changed is taken back by now, by a `restore`. */
  isUndone: boolean;
  /** `running` is under way; `torn` never ended, so what came of it was not seen at once. */
  state: 'done' | 'running' | 'torn';
  /** What it changed, as far as it is known. */
  changes: readonly FileChange[];
  /** What could not be kept, and why. One sentence each. */
  notKept: readonly string[];
}

export interface RestoredFile {
  path: string;
  kind: 'create' | 'update' | 'delete';
  /** Why it is not done unless it is forced: somebody else has changed the file, or it cannot be undone again. */
  conflict?: string;
  /** With a conflict: what is there now cannot be kept, so whoever forces it loses that. */
  isFinal?: true;
  /** Why it cannot be done at all. */
  lost?: string;
}

export interface RestorePreview {
  id: string;
  files: readonly RestoredFile[];
  /** What would change, as a unified diff; nothing where there is no git on this machine. */
  diff: string | null;
}

export interface RestoreResult {
  /** To go back to it is to redo; nothing where all was as it was to be. */
  checkpoint: string | null;
  files: readonly RestoredFile[];
}

/** Files as they were. Checkpoints of one session form one line, and going back is one of them: whatever was done can be undone, and redone. */
export interface Checkpoints {
  /** Oldest first. */
  list(sessionId: string): Promise<readonly Checkpoint[]>;
  /**
   * What `restore` would do.
   * @param options.cwd the folder that paths of the diff are relative to
   * @throws PithError CHECKPOINT_NOT_FOUND
   */
  preview(id: string, options?: { cwd?: string }): Promise<RestorePreview>;
  /**
   * Brings all files that were changed at or after this checkpoint back to what they were before it.
   * @param options.force also where somebody else has changed them since
   * @param options.turnId the turn in which that was asked for. Default: that of the last checkpoint
   * @throws PithError CHECKPOINT_NOT_FOUND, CHECKPOINT_CONFLICT and then nothing was changed, CHECKPOINT_BUSY, CHECKPOINT_FAILED
   */
  restore(id: string, options?: { force?: boolean; turnId?: string }): Promise<RestoreResult>;
  /**
   * Takes away all checkpoints of sessions that were deleted, and what only they needed; those of a call that still runs stay.
   * @returns how many went
   * @throws PithError CHECKPOINT_FAILED where they are gone, and what only they needed is still there
   */
  forget(sessionIds: readonly string[]): Promise<number>;
}
