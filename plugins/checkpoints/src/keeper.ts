import { mkdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type ContributionContext, isPithError, type PreparedCall, toMessage, type Turn } from '@pith/kernel';
import { isWithin, lookAt } from '@pith/files';
import { findGit } from '@pith/git';
import { keepBlob } from './blobs.ts';
import { type Change, isLeft, isSame, readEntry } from './entry.ts';
import { holderOf, madeSince, missingAbove } from './folders.ts';
import { type Git, gitEnvironment, makeStore } from './git.ts';
import { isAlive, withLock } from './lock.ts';
import { forgetLook, lookAtTree, type Looked } from './look.ts';
import { type OpenCall, readDeadCalls, readOpenCalls, removeOpenCall, writeOpenCall } from './open-calls.ts';
import type { CheckpointOptions } from './options.ts';
import { isTooWide, storeOf, type TreePlace, treesOf, writeWhole } from './place.ts';
import { mergeChanges } from './plan.ts';
import { type Recorded, Records, toCheckpointId, toEnded, toTorn } from './records.ts';
import { tidyStore } from './tidy.ts';
import { reachOf } from './which.ts';

interface Running { record: Recorded; startMs: number; trees: TreePlace[]; missing: string[]; git: Git | undefined }

/** A look that takes longer is given up, and said. */
const LOOK_MS = 30_000;
const TOO_SLOW = 'files are no longer kept before commands here: to look at them took too long';
/** Tells other processes of such a folder, for a day: it may be smaller then. */
const SLOW = 'slow';
const SLOW_MS = 86_400_000;
/** After so many the store is gone through. */
const PRUNED_MAX = 100;

export interface Begun { id: string | null; notes: string[] }
export interface Ended { changes: number; notKept: string[]; notes: string[] }

export type Surroundings = Pick<ContributionContext, 'paths' | 'env' | 'childRules'> & { options: CheckpointOptions; /** Default 30 s. */ lookMs?: number };

/** Keeps what files are before a call, and sees what came of them after it. */
export class Keeper {
  readonly records: Records;
  readonly #at: Surroundings;
  readonly #running = new Map<string, Running>();
  /** Stores of folders that are too large to be looked at, and what was said of them. */
  readonly #tooLarge = new Map<string, string>();
  /** Stores that this process has tidied, and how many checkpoints it took away since. */
  readonly #tidied = new Map<string, number>();

  constructor(at: Surroundings) {
    this.#at = at;
    this.records = new Records(this.data);
  }

  get data(): string { return join(this.#at.paths.data, 'checkpoints'); }

  storePath(name: string): string { return join(this.data, 'stores', name); }

  /** @throws PithError CHECKPOINT_FAILED, CHECKPOINT_BUSY, and whatever the disk says */
  async begin(call: PreparedCall, turn: Pick<Turn, 'sessionId' | 'turnId' | 'step' | 'signal'> & { atMs: number }): Promise<Begun> {
    const reach = reachOf(call);
    // What is inside a call that is looked at whole is seen with it.
    if (reach === undefined || [...this.#running.values()].some(({ record, trees }) => trees.length > 0 && record.sessionId === turn.sessionId)) return { id: null, notes: [] };
    const startMs = Date.now();
    const store = storeOf(this.data, call.roots[0] ?? call.cwd);
    makeStore(store);
    const head = {
      sessionId: turn.sessionId, turnId: turn.turnId, runId: call.runId, step: turn.step, callId: call.id, tool: call.name, atMs: turn.atMs,
      kind: 'call' as const, store: basename(store), folders: [], notKept: [],
    };
    if ('paths' in reach) {
      const places = new Set([...reach.paths, ...reach.paths.flatMap((path) => holderOf(path, call.roots))]);
      const changes = [...places].map((path): Change => ({ path, before: readEntry(path, this.#at.options, (bytes) => keepBlob(store, bytes)) }));
      const record = this.records.add({ ...head, changes, notKept: changes.flatMap(({ path, before }) => (isLeft(before) ? [`${path}: ${before.left}`] : [])) });
      this.#running.set(toCheckpointId(record), { record, startMs, trees: [], missing: reach.paths.flatMap((path) => missingAbove(path)), git: undefined });
      return { id: toCheckpointId(record), notes: record.notKept.map((text) => `not kept: ${text}`) };
    }
    const wide = reach.folders.find((folder) => isTooWide(folder, this.#at.env['HOME'] ?? this.#at.env['USERPROFILE']));
    if (wide !== undefined) return { id: null, notes: [`files are not kept before commands in ${wide}: that is no project`] };
    const tooLarge = this.#tooLarge.get(store) ?? (isSlow(store, startMs) ? TOO_SLOW : undefined);
    if (tooLarge !== undefined) return { id: null, notes: [tooLarge] };
    const program = await findGit(this.#at.env, call.roots);
    if (program === undefined) return { id: null, notes: ['there is no git on this machine, so files are kept before edits, and not before commands'] };
    const late = AbortSignal.timeout(this.#at.lookMs ?? LOOK_MS);
    const signal = AbortSignal.any([turn.signal, late]);
    const trees = treesOf(store, reach.folders);
    const looking = withLock(join(store, 'lock'), signal, async () => {
      const notKept: string[] = [];
      for (const place of trees) notKept.push(...(await this.#look(this.git({ program, store, top: place.top, signal }), place)).notKept);
      const record = this.records.add({ ...head, changes: [] });
      for (const place of trees) writeOpenCall(place, record, startMs);
      this.#running.set(toCheckpointId(record), { record, startMs, trees, missing: [], git: this.git({ program, store, top: '', signal }) });
      return { id: toCheckpointId(record), notes: summarize(notKept) };
    });
    try {
      return await looking;
    } catch (error) {
      if (isPithError(error) && error.details?.['isTooLarge'] === true) {
        const why = `${error.message}. ${error.hint}`;
        this.#tooLarge.set(store, why);
        return { id: null, notes: [why] };
      }
      if (late.aborted) {
        this.#tooLarge.set(store, TOO_SLOW);
        writeWhole(join(store, SLOW), '');
      }
      throw error;
    }
  }

  /** What came of the files. A call that changed none leaves no checkpoint. */
  async end(id: string): Promise<Ended> {
    const running = this.#running.get(id);
    if (running === undefined) return { changes: 0, notKept: [], notes: [] };
    this.#running.delete(id);
    try {
      const ended = await this.#finish(running);
      return { ...ended, notes: [...ended.notes, ...await this.#tidy(running.record)] };
    } catch (error) {
      // It counts as torn: the next look sees what it has left.
      const record = toTorn(this.records.read(running.record.sessionId, running.record.seq) ?? running.record);
      this.records.write(record);
      for (const place of running.trees) writeOpenCall(place, record, running.startMs);
      throw error;
    }
  }

  async #finish({ record: { sessionId, seq }, startMs, trees, missing, git }: Running): Promise<Ended> {
    const notKept: string[] = [];
    if (git === undefined) {
      const record = this.records.read(sessionId, seq);
      if (record !== undefined) this.#close(this.#seen(record), missing);
      return this.#toEnd(sessionId, seq, notKept);
    }
    const signal = AbortSignal.timeout(LOOK_MS);
    return withLock(join(git.store, 'lock'), signal, async () => {
      for (const place of trees) {
        notKept.push(...(await this.#look(this.git({ ...git, top: place.top, signal }), place)).notKept);
        removeOpenCall(place, { sessionId, seq });
      }
      const record = this.records.read(sessionId, seq);
      if (record !== undefined) this.#close({ ...record, notKept: [...record.notKept, ...notKept] }, madeSince(record, trees, startMs));
      return this.#toEnd(sessionId, seq, notKept);
    });
  }

  #toEnd(sessionId: string, seq: number, notKept: readonly string[]): Ended {
    const left = this.records.read(sessionId, seq);
    return { changes: left?.changes.length ?? 0, notKept: left?.notKept ?? [], notes: summarize(notKept) };
  }

  /** Once in a process, and then after every so many that were pruned. @returns what could not be done */
  async #tidy({ store: name, atMs }: Recorded): Promise<string[]> {
    const pruned = this.#tidied.get(name);
    if (pruned !== undefined && pruned < PRUNED_MAX) return [];
    this.#tidied.set(name, 0);
    return this.tidy(name, { atMs });
  }

  /** @param options.isAsked also where there is little to win @returns what could not be done */
  async tidy(name: string, { atMs, isAsked = false }: { atMs: number; isAsked?: boolean }): Promise<string[]> {
    const store = this.storePath(name);
    const signal = AbortSignal.timeout(LOOK_MS);
    try {
      const program = await findGit(this.#at.env, []);
      const git = program === undefined ? undefined : this.git({ program, store, top: store, signal });
      await withLock(join(store, 'lock'), signal, () => tidyStore({ records: this.records, store, name, git, options: this.#at.options, isAsked, atMs, nowMs: Date.now() }));
      return [];
    } catch (error) {
      return [`the store of checkpoints could not be tidied: ${toMessage(error)}`];
    }
  }

  /** What the calls that never ended have left is seen now. */
  async adopt(storeName: string): Promise<void> {
    const store = this.storePath(storeName);
    if (readDeadCalls(store).length === 0) return;
    const signal = AbortSignal.timeout(LOOK_MS);
    const program = await findGit(this.#at.env, []);
    if (program === undefined) return;
    await withLock(join(store, 'lock'), signal, async () => {
      const dead = readDeadCalls(store);
      for (const top of new Set(dead.map(({ place }) => place.top))) {
        const { place } = dead.find((opened) => opened.place.top === top)!;
        if (lookAt(top)?.isDirectory() === true) await this.#look(this.git({ program, store, top, signal }), place);
        else for (const opened of dead) if (opened.place.top === top) removeOpenCall(place, opened);
      }
    });
  }

  git({ program, store, top, signal }: { program: string; store: string; top: string; signal: AbortSignal }): Git {
    return { program, store, top, signal, env: gitEnvironment(this.#at.env, this.#at.childRules, { store, top }) };
  }

  /** Whoever looks first tells all calls under way what has changed; with the lock of the store. */
  async #look(git: Git, place: TreePlace): Promise<{ notKept: string[] }> {
    mkdirSync(place.open, { recursive: true, mode: 0o700 });
    // Nothing of pith's own is looked at, or it would keep what it keeps.
    const look = (): Promise<Looked> => lookAtTree(git, place, { ...this.#at.options, own: Object.values(this.#at.paths) });
    const again = (error: unknown): Promise<Looked> => {
      git.signal.throwIfAborted();
      if ((error as { hint?: string }).hint !== undefined) throw error;
      return look();
    };
    // A file may go while it is looked at; and an index that is damaged is made anew.
    const looked = await look().catch(again).catch((error: unknown) => {
      if (!isDamaged(error)) throw error;
      forgetLook(place);
      return again(error);
    });
    for (const opened of readOpenCalls(place.open)) {
      const isOver = !isAlive(opened);
      const before = this.records.read(opened.sessionId, opened.seq);
      const record = before === undefined ? undefined : { ...before, changes: mergeChanges(before.changes, looked.changes.filter((change) => mayBeOf(opened, change, looked))) };
      if (isOver) removeOpenCall(place, opened);
      if (record === undefined) continue;
      if (isOver && record.changes.length === 0) this.records.remove(record);
      else if (isOver) this.records.write({ ...record, folders: [...record.folders, ...madeSince(record, [place], opened.startMs)] });
      else if (looked.changes.length > 0) this.records.write(record);
    }
    looked.settle();
    return looked;
  }

  #seen(record: Recorded): Recorded {
    const store = this.storePath(record.store);
    const changes = record.changes.map(({ path, before }): Change & { after: NonNullable<unknown> | null } => ({ path, before, after: readEntry(path, this.#at.options, (bytes) => keepBlob(store, bytes)) }));
    return { ...record, changes: changes.filter(({ before, after }) => !isSame(before, after)) };
  }

  #close(record: Recorded, folders: string[]): void {
    if (record.changes.length === 0) return this.records.remove(record);
    this.records.write(toEnded({ ...record, folders: folders.filter((folder) => lookAt(folder)?.isDirectory() === true) }));
    const pruned = this.records.prune(record, this.#at.options.keep);
    this.#tidied.set(record.store, (this.#tidied.get(record.store) ?? PRUNED_MAX) + pruned);
  }

}

/** By git's word on its index: nothing else is worth to forget what was seen. */
function isDamaged(error: unknown): boolean {
  return isPithError(error) && error.code === 'CHECKPOINT_FAILED' && /index file|bad signature|index uses/.test(error.message);
}

/** A file that was there before the call, and was only ignored then or not looked at, is none that the call has made. */
function mayBeOf({ startMs, place }: OpenCall, { path, before }: Change, { touchedMs }: Looked): boolean {
  return place.parts.every((part) => part === '') || place.parts.some((part) => isWithin(path, join(place.top, part))) ? before !== null || (touchedMs.get(path) ?? startMs) >= startMs : false;
}

const SHOWN = 5;

function summarize(notKept: readonly string[]): string[] {
  if (notKept.length === 0) return [];
  const more = notKept.length > SHOWN ? `, and ${notKept.length - SHOWN} more` : '';
  return [`not kept: ${notKept.slice(0, SHOWN).join('; ')}${more}`];
}

function isSlow(store: string, nowMs: number): boolean {
  const stats = statSync(join(store, SLOW), { throwIfNoEntry: false });
  return stats !== undefined && nowMs - stats.mtimeMs < SLOW_MS;
}
