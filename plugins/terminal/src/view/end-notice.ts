import type { Refusal, TurnEvent } from '@pith/kernel';
import type { NewItem } from './change.ts';

/**
 * What a person should know of a turn that did not simply end well: what became of it, and what to do next.
 * @param options.goesOn what waited goes out at once, so nobody is asked to say anything
 */
export function toEndNotice({ status, reason, error, refusals }: Extract<TurnEvent, { type: 'turn-end' }>, { goesOn = false }: { goesOn?: boolean } = {}): NewItem | undefined {
  if (status === 'done') return undefined;
  if (status === 'interrupted') return { kind: 'notice', level: 'info', text: goesOn ? 'Interrupted.' : 'Interrupted. Say what to do instead, or how to go on.' };
  if (error !== undefined) return { kind: 'notice', level: 'error', text: error.message, code: error.code, ...(error.hint === undefined ? {} : { hint: toChatHint(error.hint) }) };
  const refusal = status === 'refused' ? refusals.at(-1) : undefined;
  if (refusal === undefined) return { kind: 'notice', level: 'warning', text: reason ?? 'The turn did not end well.' };
  const hint = toRefusalHint(refusal);
  return { kind: 'notice', level: 'warning', text: `${reason}${refusal.rule === null ? '' : ` (rule ${refusal.rule})`}`, ...(hint === undefined ? {} : { hint }) };
}

/** Hints are written for a command line; in a chat one goes on by saying so. */
function toChatHint(hint: string): string {
  return hint.replace('pith run --continue "go on"', 'go on');
}

/** Whoever has said no knows who decided. */
function toRefusalHint({ tool, kind }: Refusal): string | undefined {
  return kind === 'declined' ? undefined : `pith hooks explain ${tool} tells who decided.`;
}
