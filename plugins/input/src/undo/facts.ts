import { isAbsolute, join } from 'node:path';
import { type Checkpoint, isPithError, type SessionStep, type Turn } from '@pith/kernel';
import { findService } from '../find-service.ts';

/** A step, with the number of files that it changed as far as that is known. */
export interface Step extends Pick<SessionStep, 'kind' | 'text' | 'atMs' | 'position' | 'turnIds'> { /** Grows with each turn. */ order: number; files: number; outside: readonly { tool: string; calls: number; runs: boolean }[] }

/** A call of which files are kept, or a time when files were brought back: because of an undo, or of a redo. */
export interface Kept extends Pick<Checkpoint, 'id' | 'turnId' | 'isUndone' | 'notKept'> { order: number; kind: 'call' | 'undo' | 'redo' }

/** What is known of a session when something of it is to be taken back. */
export interface Facts {
  /** Nothing where no transcript is kept. */
  steps: { done: readonly Step[]; undone: readonly { turnId: string; order: number; position: number; steps: readonly Step[] }[] } | null;
  /** Oldest first. Nothing where no plugin keeps files. */
  checkpoints: readonly Kept[] | null;
}

const TEXT_LENGTH = 400;

export async function readFacts(turn: Turn): Promise<Facts> {
  const checkpoints = await (await findService('checkpoints', turn))?.list(turn.sessionId);
  const steps = await readSteps(turn);
  const orders = new Map(steps?.turnIds.map((turnId, order) => [turnId, order]));
  // One of which nothing was written down came last: its process has ended in it.
  const orderOf = (turnId: string): number => orders.get(turnId) ?? orders.size;
  const toStep = (step: SessionStep): Step => ({ ...shorten(step, turn, checkpoints ?? []), order: orderOf(step.turnIds[0]!) });
  return {
    steps: steps === null ? null : { done: steps.done.map(toStep), undone: steps.undone.map(({ turnId, position, steps: taken }) => ({ turnId, position, order: orderOf(turnId), steps: taken.map(toStep) })) },
    checkpoints: checkpoints === undefined ? null : toKept(checkpoints, orderOf),
  };
}

/** What went back to a call is an undo; what went back to one of those is a redo. */
function toKept(checkpoints: readonly Checkpoint[], orderOf: (turnId: string) => number): Kept[] {
  const kinds = new Map(checkpoints.map(({ id, kind }) => [id, kind]));
  return checkpoints.map(({ id, turnId, kind, restores = '', isUndone, notKept }) => ({ id, turnId, order: orderOf(turnId), isUndone, notKept, kind: kind === 'call' ? kind : kinds.get(restores) === 'restore' ? 'redo' : 'undo' }));
}

async function readSteps(turn: Turn) {
  try {
    return await (await turn.service('sessions')).steps(turn.sessionId);
  } catch (error) {
    if (isPithError(error) && (error.code === 'SERVICE_MISSING' || error.code === 'SESSION_NOT_FOUND')) return null;
    throw error;
  }
}

function shorten({ kind, text, atMs, position, turnIds, changes, outside }: SessionStep, { cwd }: Turn, checkpoints: readonly Checkpoint[]): Omit<Step, 'order'> {
  const files = new Set(changes.map(({ path }) => (isAbsolute(path) ? path : join(cwd, path))));
  for (const checkpoint of checkpoints) if (checkpoint.kind === 'call' && turnIds.includes(checkpoint.turnId)) for (const { path } of checkpoint.changes) files.add(path);
  const tools = Map.groupBy(outside, ({ tool }) => tool);
  return { kind, text: text.slice(0, TEXT_LENGTH), atMs, position, turnIds, files: files.size, outside: [...tools].map(([tool, calls]) => ({ tool, calls: calls.length, runs: calls[0]!.effect === 'exec' })) };
}
