import { delimiter, dirname, join } from 'node:path';
import type { Checkpoint, Checkpoints, FileChange, RestoredFile, RestorePreview, RestoreResult } from '@pith/kernel';
import { toMessage } from '@pith/kernel';
import { isWithin, lookAt } from '@pith/files';
import { findGit } from '@pith/git';
import { putFile, putFolder, removeEmpty, removeFile, sweep } from './apply.ts';
import { keepBlob, readBlobs } from './blobs.ts';
import { drawDiff } from './diff.ts';
import { type Change, type Empty, isEmpty, isKept, isLike, type Kept, readEntry } from './entry.ts';
import { checkpointError, notFound } from './errors.ts';
import type { Git } from './git.ts';
import { Keeper, type Surroundings } from './keeper.ts';
import { isAlive, withLock } from './lock.ts';
import { findUndone, planRestore, type Step } from './plan.ts';
import { parseId, type Recorded, toCheckpointId, toEnded, toTorn } from './records.ts';
import { seeWhatStays } from './what-stays.ts';

const WORK_MS = 120_000;
const NAMED = 5;

/** What is kept, and the way back. */
export class CheckpointService implements Checkpoints {
  readonly keeper: Keeper;
  readonly #at: Surroundings & { now(): number };

  constructor(at: Surroundings & { now(): number }) {
    this.#at = at;
    this.keeper = new Keeper(at);
  }

  async list(sessionId: string): Promise<readonly Checkpoint[]> {
    await this.#adopt(this.keeper.records.list(sessionId));
    const records = this.keeper.records.list(sessionId);
    const undone = findUndone(records, (record) => stateOf(record) === 'torn');
    return records.map((record) => toCheckpoint(record, undone.has(record.seq)));
  }

  async forget(sessionIds: readonly string[]): Promise<number> {
    const gone = sessionIds.flatMap((id) => this.keeper.records.list(id)).filter((record) => stateOf(record) !== 'running');
    for (const record of gone) this.keeper.records.remove(record);
    const troubles: string[] = [];
    const atMs = Math.max(...gone.map((record) => record.atMs));
    for (const store of new Set(gone.map((record) => record.store))) troubles.push(...await this.keeper.tidy(store, { atMs, isAsked: true }));
    if (troubles.length > 0) throw checkpointError(troubles.join('; '), 'CHECKPOINT_FAILED');
    return gone.length;
  }

  async preview(id: string, { cwd }: { cwd?: string } = {}): Promise<RestorePreview> {
    // What is there now is kept, too: git draws what it finds in stores.
    const { steps, records } = await this.#plan(id, (store) => (bytes) => keepBlob(store, bytes));
    const git = await this.#git(records.at(-1)!.store);
    const others = steps.map(({ store }) => join(this.keeper.storePath(store), 'objects'));
    return { id, files: shown(steps).map(toFile), diff: git === undefined ? null : await drawDiff({ ...git, env: { ...git.env, GIT_ALTERNATE_OBJECT_DIRECTORIES: [...new Set(others)].join(delimiter) } }, steps, cwd) };
  }

  async restore(id: string, { force = false, turnId: asked }: { force?: boolean; turnId?: string } = {}): Promise<RestoreResult> {
    return withLock(join(this.keeper.data, 'restore.lock'), AbortSignal.timeout(WORK_MS), async () => {
      this.#sweep(parseId(id)?.sessionId ?? '');
      const { steps, records, target } = await this.#plan(id, (store) => (bytes) => keepBlob(store, bytes));
      const troubled = steps.filter(({ conflict, lost }) => conflict !== undefined || lost !== undefined);
      if (troubled.length > 0 && !force) throw conflict(id, troubled);
      const doable = steps.filter(({ lost }) => lost === undefined);
      const told = shown(steps).map(toFile);
      if (doable.length === 0) return { checkpoint: null, files: told };
      const last = records.at(-1)!;
      const begun = last.kind === 'restore' && stateOf(last) === 'torn' && last.restores === target.seq ? last : undefined;
      const { sessionId, runId, step, callId, store } = last;
      const record = this.keeper.records.add({
        sessionId, turnId: asked ?? last.turnId, runId, step, callId, tool: 'restore', atMs: this.#at.now(), kind: 'restore', restores: target.seq, store, folders: [], notKept: [],
        changes: resume(begun?.changes ?? [], doable),
      });
      if (begun !== undefined) this.keeper.records.remove(begun);
      const folders: string[] = [];
      try {
        await this.#apply(doable, { store, emptied: records.flatMap((each) => each.folders), made: folders });
      } catch (error) {
        this.keeper.records.write(toTorn({ ...record, folders }));
        throw error;
      }
      this.keeper.records.write(toEnded({ ...record, folders }));
      return { checkpoint: toCheckpointId(record), files: told };
    });
  }

  #sweep(sessionId: string): void {
    const torn = this.keeper.records.list(sessionId).filter((record) => record.kind === 'restore' && stateOf(record) === 'torn');
    sweep(new Set(torn.flatMap(({ changes }) => changes.map(({ path }) => dirname(path)))));
  }

  /** What is brought away goes first, so that files can stand where folders were and the other way round. */
  async #apply(steps: readonly Step[], { store, emptied, made }: { store: string; emptied: readonly string[]; made: string[] }): Promise<void> {
    const limits = this.#at.options;
    const doing = (step: Step, work: () => void): void => {
      try {
        // What was in a folder may have gone just before, by this very work.
        if (!isLike(readEntry(step.path, limits), step.found)) throw new Error('somebody else has changed it in this very moment');
        work();
      } catch (error) {
        throw checkpointError(`${step.path} could not be brought back: ${toMessage(error)}`, 'CHECKPOINT_FAILED', { cause: error, hint: 'What was done until then can be undone. Look at the file, and try again.' });
      }
    };
    for (const step of steps.filter(({ target, found }) => target === null && found !== null && !isEmpty(found)).toSorted((a, b) => b.path.length - a.path.length)) doing(step, () => removeFile(step.path));
    const kept = steps.filter((step): step is Step & { target: Kept } => isKept(step.target));
    const folders = steps.filter(({ target }) => isEmpty(target));
    // One that is only empty until something comes back into it stays as it is.
    const isNeeded = (folder: string): boolean => [...kept, ...folders].some(({ path }) => path !== folder && isWithin(path, folder));
    removeEmpty([...new Set([...emptied, ...steps.filter(({ target, found }) => target === null && isEmpty(found)).map(({ path }) => path)])].filter((folder) => !isNeeded(folder)));
    for (const name of new Set(kept.map((step) => step.store))) {
      const of = kept.filter((step) => step.store === name);
      for await (const blobs of readBlobs(this.keeper.storePath(name), of.map(({ target }) => target.id), await this.#git(name))) {
        for (const step of of) {
          const bytes = blobs.get(step.target.id);
          if (bytes === undefined) continue;
          doing(step, () => made.push(...putFile(step.path, step.target, bytes)));
          if (name !== store) keepBlob(this.keeper.storePath(store), bytes); // So that it is found where it is looked for when this is undone.
        }
      }
    }
    for (const step of folders) doing(step, () => made.push(...putFolder(step.path, (step.target as Empty).mode)));
  }

  async #plan(id: string, keepIn: (store: string) => (bytes: Buffer) => string): Promise<{ steps: Step[]; records: Recorded[]; target: Recorded }> {
    const parsed = parseId(id);
    const found = parsed === undefined ? undefined : this.keeper.records.read(parsed.sessionId, parsed.seq);
    if (parsed === undefined || found === undefined) throw notFound(id);
    const since = (): Recorded[] => this.keeper.records.list(parsed.sessionId).filter(({ seq }) => seq >= parsed.seq);
    await this.#adopt(since());
    const records = since();
    const target = records[0]?.seq === parsed.seq ? records[0] : undefined;
    if (target === undefined) throw notFound(id);
    const running = records.find((record) => stateOf(record) === 'running');
    if (running !== undefined) throw checkpointError(`A call of ${running.tool} still changes files of this session`, 'CHECKPOINT_BUSY', { hint: 'Wait for its end, or interrupt it.' });
    const keep = keepIn(this.keeper.storePath(records.at(-1)!.store));
    const steps = seeWhatStays(planRestore(records, { look: (path) => readEntry(path, this.#at.options, keep), isTorn: (record) => stateOf(record) === 'torn' }));
    return { steps, records, target };
  }

  async #adopt(records: readonly Recorded[]): Promise<void> {
    const last = records.at(-1);
    // Its process may have ended when all was done but the word of it. Of one before, that can no longer be told.
    const isDone = last?.kind === 'restore' && stateOf(last) === 'torn' && last.changes.every(({ path, after }) => isLike(readEntry(path, this.#at.options), after ?? null));
    if (isDone) this.keeper.records.write(toEnded(last));
    for (const store of new Set(records.filter((record) => stateOf(record) === 'torn').map((record) => record.store))) await this.keeper.adopt(store);
  }

  async #git(store: string | undefined): Promise<Git | undefined> {
    const program = store === undefined ? undefined : await findGit(this.#at.env, []);
    if (store === undefined || program === undefined) return undefined;
    const path = this.keeper.storePath(store);
    return this.keeper.git({ program, store: path, top: path, signal: AbortSignal.timeout(WORK_MS) });
  }
}

function stateOf({ owner }: Recorded): Checkpoint['state'] {
  return owner === undefined ? 'done' : isAlive(owner) ? 'running' : 'torn';
}

function toCheckpoint(record: Recorded, isUndone: boolean): Checkpoint {
  const { sessionId, turnId, runId, step, callId, tool, atMs, kind, restores, notKept } = record;
  return {
    id: toCheckpointId(record), sessionId, turnId, runId, step, callId, tool, atMs, kind, ...(restores === undefined ? {} : { restores: toCheckpointId({ sessionId, seq: restores }) }),
    isUndone, state: stateOf(record), notKept, changes: record.changes.map(({ path, before, after }): FileChange => ({ path, kind: before === null ? 'create' : after === null ? 'delete' : 'update' })),
  };
}

/** What a try that never ended had begun is a part of the one that ends it, so that a redo brings all of it. */
function resume(begun: readonly Change[], steps: readonly Step[]): Change[] {
  const earlier = new Map(begun.map((change) => [change.path, change]));
  const now = steps.map(({ path, found, target }): Change => {
    const change = earlier.get(path);
    earlier.delete(path);
    const isOwn = change !== undefined && (isLike(found, change.before) || isLike(found, change.after ?? null));
    return { path, before: isOwn ? change.before : found, after: target };
  });
  return [...earlier.values(), ...now];
}

/** A folder that is there already, and only becomes empty again or ceases to be so, is nothing that a person would miss. */
function shown(steps: readonly Step[]): Step[] {
  return steps.filter(({ path, found, target }) => !(isEmpty(target) && found === null && lookAt(path)?.isDirectory() === true)
    && !(isEmpty(found) && target === null && steps.some((other) => other.target !== null && other.path !== path && isWithin(other.path, path))));
}

function toFile({ path, kind, conflict: why, isFinal, lost }: Step): RestoredFile {
  return { path, kind, ...(why === undefined ? {} : { conflict: why }), ...(isFinal ? { isFinal } : {}), ...(lost === undefined ? {} : { lost }) };
}

function conflict(id: string, troubled: readonly Step[]): Error {
  const named = troubled.slice(0, NAMED).map(({ path, conflict: why, lost }) => `${path}: ${lost ?? why}`).join('; ');
  const more = troubled.length > NAMED ? `; and ${troubled.length - NAMED} more` : '';
  return checkpointError(`Nothing was brought back, since ${troubled.length === 1 ? 'a file stands' : `${troubled.length} files stand`} against it: ${named}${more}`, 'CHECKPOINT_CONFLICT', {
    hint: 'Look at what would change (preview), and do it with force if you mean it.', details: { id, files: troubled.map(toFile) },
  });
}
