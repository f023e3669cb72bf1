import type { Facts, Kept, Step } from './facts.ts';
import type { Scope } from './request.ts';

/** What is to be done: each part is absent where there is nothing to do. */
export interface Chosen {
  /** What it is about, oldest first. */
  steps: readonly Step[];
  /** The history becomes what it was at this place, in so many changes. */
  chat?: { position: number; changes: number };
  /** Files go back to this checkpoint. */
  code?: { checkpoint: string };
}

/** How many steps there are, where more are to be taken back. */
export interface TooMany { atMost: number }

/** The last steps, and the files as they were before the first of them. Without a number, `code` is about the last step of which files are not taken back. */
export function chooseUndo({ steps, checkpoints }: Facts, { count, scope }: { count: number | undefined; scope: Scope }): Chosen | TooMany {
  const done = steps?.done ?? [];
  const calls = (checkpoints ?? []).filter(({ kind, isUndone }) => kind === 'call' && !isUndone);
  if (scope === 'code' && count === undefined) return chooseLastCode(calls, steps);
  if (steps === null) return scope === 'both' && count === undefined ? chooseLastCode(calls, steps) : { steps: [] };
  if (count !== undefined && count > done.length) return { atMost: done.length };
  const chosen = done.slice(done.length - (count ?? 1));
  if (chosen.length === 0) return { steps: [] };
  const turnIds = new Set(chosen.flatMap((step) => step.turnIds));
  const first = calls.find(({ turnId }) => turnIds.has(turnId));
  return {
    steps: chosen,
    ...(scope === 'code' ? {} : { chat: { position: chosen[0]!.position, changes: chosen.length } }),
    ...(scope === 'chat' || first === undefined ? {} : { code: { checkpoint: first.id } }),
  };
}

function chooseLastCode(calls: readonly Kept[], steps: Facts['steps']): Chosen {
  const turnId = calls.at(-1)?.turnId;
  const first = calls.find((call) => call.turnId === turnId);
  if (turnId === undefined || first === undefined) return { steps: [] };
  const all = [...steps?.done ?? [], ...(steps?.undone ?? []).flatMap((undone) => undone.steps)];
  return { steps: all.filter((step) => step.turnIds.includes(turnId)).slice(0, 1), code: { checkpoint: first.id } };
}

/** What the last `/undo` took back, as long as no new step and no new change of files came after it. */
export function chooseRedo({ steps, checkpoints }: Facts, scope: Scope): Chosen {
  const undone = steps?.undone.at(-1);
  const restore = findUndo(checkpoints ?? []);
  const began = steps?.done.at(-1)?.order ?? -1;
  const isSame = undone !== undefined && restore !== undefined && undone.turnId === restore.turnId;
  const hasCode = restore !== undefined && (isSame || (restore.order > began && (undone === undefined || scope === 'code' || restore.order > undone.order)));
  const hasChat = undone !== undefined && (isSame || !hasCode || scope === 'chat');
  return {
    steps: hasChat ? undone.steps : [],
    ...(hasChat && scope !== 'code' ? { chat: { position: undone.position, changes: 1 } } : {}),
    ...(hasCode && scope !== 'chat' && (isSame || !hasChat) ? { code: { checkpoint: restore.id } } : {}),
  };
}

/** The last time that calls were gone back behind and have not been brought again since. */
function findUndo(checkpoints: readonly Kept[]): Kept | undefined {
  const last = checkpoints.findLastIndex(({ kind, isUndone }) => kind === 'undo' && !isUndone);
  const isOver = checkpoints.slice(last + 1).some(({ kind }) => kind === 'call');
  return last < 0 || isOver ? undefined : checkpoints[last];
}
