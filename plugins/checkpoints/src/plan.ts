import { type Change, type Entry, isLeft, isLike, isSame } from './entry.ts';
import type { Recorded } from './records.ts';

/** What is to become of one path. */
export interface Step {
  path: string;
  kind: 'create' | 'update' | 'delete';
  found: Entry;
  target: Entry;
  /** Under which name the bytes of the target lie. */
  store: string;
  conflict?: string;
  isFinal?: true;
  lost?: string;
}

interface Trail { target: Entry; store: string; expected: Entry[]; doubt?: string }

const OUTSIDE = 'it is not as the last call has left it: somebody else has changed it since';
const BETWEEN = 'somebody else has changed it between two calls';
const TORN = 'the call that was to change it never ended';
const NO_WAY_BACK = 'what is there now cannot be kept, so this could not be undone';

/** Two looks in a row, as one. */
export function mergeChanges(earlier: readonly Change[], later: readonly Change[]): Change[] {
  const merged = new Map(earlier.map((change) => [change.path, change]));
  for (const change of later) {
    const first = merged.get(change.path);
    merged.set(change.path, first === undefined ? change : { ...change, before: first.before });
  }
  return [...merged.values()].filter(({ before, after }) => after === undefined || !isSame(before, after));
}

/**
 * What brings the files back to what they were before the first of these.
 * @param records of one session, in their order, up to its last
 * @param isTorn of one that never ended
 */
export function planRestore(records: readonly Recorded[], { look, isTorn }: { look: (path: string) => Entry; isTorn: (record: Recorded) => boolean }): Step[] {
  const trails = new Map<string, Trail>();
  for (const record of records) for (const change of record.changes) follow(trails, record, { change, isTorn: isTorn(record) });
  return [...trails].map(([path, trail]) => toStep(path, trail, look(path))).filter((step) => step !== undefined);
}

function follow(trails: Map<string, Trail>, { store, kind }: Recorded, { change, isTorn }: { change: Change; isTorn: boolean }): void {
  const { path, before, after } = change;
  const trail = trails.get(path) ?? { target: before, store, expected: [before] };
  if (!trail.expected.some((entry) => isLike(entry, before))) trail.doubt ??= BETWEEN;
  if (after === undefined || (isTorn && kind === 'call')) trail.doubt ??= TORN;
  // To go back may have been stopped half way; what it was to leave is known.
  trail.expected = after === undefined ? [before] : isTorn ? [before, after] : [after];
  trails.set(path, trail);
}

function toStep(path: string, { target, store, expected, doubt }: Trail, found: Entry): Step | undefined {
  if (isSame(found, target)) return undefined;
  const others = doubt ?? (expected.some((entry) => isLike(entry, found)) ? undefined : OUTSIDE);
  const conflict = isLeft(found) ? [...(others === undefined ? [] : [others]), NO_WAY_BACK].join(', and ') : others;
  return {
    path, found, target, store, kind: target === null ? 'delete' : found === null ? 'create' : 'update',
    ...(conflict === undefined ? {} : { conflict }), ...(isLeft(found) ? { isFinal: true } : {}), ...(isLeft(target) ? { lost: `it was not kept: ${target.left}` } : {}),
  };
}

/**
 * Which of a session's checkpoints are taken back: to go back to one takes it and all after it back, and to go back to that brings them again.
 * @param isTorn of one that never ended: to go back was begun then, and is still to be done
 */
export function findUndone(records: readonly Recorded[], isTorn: (record: Recorded) => boolean): Set<number> {
  let undone = new Set<number>();
  const before = new Map<number, Set<number>>();
  for (const record of records) {
    const { seq, kind, restores } = record;
    before.set(seq, undone);
    if (kind === 'call' || isTorn(record)) continue;
    const then = before.get(restores ?? seq) ?? undone;
    undone = new Set([...then, ...records.filter((other) => other.seq >= (restores ?? seq) && other.seq < seq).map((other) => other.seq)]);
  }
  return undone;
}
