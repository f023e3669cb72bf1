import { toSafe } from '@pith/screen';
import type { Item, Part, SessionDocument, ToolItem } from './document.ts';

/** The facts of a session, for people: names and values. */
export function factsOf({ session, items }: SessionDocument): [string, string][] {
  const { id, cwd, startedMs, updatedMs, provider, model, turns, forkedFrom } = session;
  const ends = items.filter((item) => item.type === 'turn-end');
  const cost = ends.reduce<number | null>((sum, { costMicroUsd }) => (sum === null || costMicroUsd === null ? null : sum + costMicroUsd), 0);
  return [
    ['Session', id], ['Folder', cwd], ['Started', toUtc(startedMs)], ['Last used', toUtc(updatedMs)],
    ...(provider === null ? [] : [['Model', `${provider}/${model ?? ''}`] as [string, string]]), ['Turns', String(turns)],
    ...(cost === null || ends.length === 0 ? [] : [['Cost', `$${(cost / 1_000_000).toFixed(4)}`] as [string, string]]),
    ...(forkedFrom === undefined ? [] : [['Begun as', `a copy of ${forkedFrom.turns} turn(s) of ${forkedFrom.id}`] as [string, string]]),
  ];
}

/** An export is read in another place than it was made, so its times are of no zone. */
export function toUtc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

export function toInputText({ input }: ToolItem): string {
  return typeof input === 'string' ? input : JSON.stringify(input, null, 2) ?? '';
}

/** How a tool call ended, in a few words. */
export function toOutcome({ status, durationMs, changes }: ToolItem): string {
  const words = { done: 'done', error: 'failed', refused: 'refused', interrupted: 'interrupted', open: 'no result', provider: 'run by the provider' }[status];
  const changed = changes.length === 0 ? '' : `, ${changes.map(({ kind, path }) => `${kind} ${path}`).join(', ')}`;
  return `${words}${durationMs > 0 ? `, ${(durationMs / 1000).toFixed(1)} s` : ''}${changed}`;
}

export function toEnd({ status, reason, steps }: Extract<Item, { type: 'turn-end' }>): string | undefined {
  return status === 'done' ? undefined : `The turn ended after ${steps} step${steps === 1 ? '' : 's'}: ${status}${reason === null ? '' : `, ${reason}`}`;
}

/** What stands for a part that cannot be shown as text. */
export function toNote(part: Exclude<Part, { type: 'text' }>): string {
  if (part.type === 'other') return `[${part.of}]`;
  const title = part.title === undefined ? '' : ` ${part.title}`;
  return 'url' in part ? `[${part.type}${title} at ${part.url}]` : `[${part.type}${title}, ${part.mediaType}, ${Math.round(part.data.length * 0.75 / 1024)} KB]`;
}

/** Anybody's text with nothing in it that hides or deceives; lines stay, also those that end as on Windows. */
export function visible(text: string): string {
  return toSafe(text.replaceAll('\r\n', '\n'), { lines: true });
}
