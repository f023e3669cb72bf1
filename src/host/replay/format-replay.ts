import { type Difference, escapeControl } from '@pith/kernel';
import type { Replayed, ReplayedSitting } from './replay-session.ts';

const VALUE_LENGTH = 200;

/** What came of a replay, for reading. */
export function formatReplay({ id, same, hash, plugins, sittings }: Replayed): string {
  const head = `Session ${id}: ${same ? 'the same' : 'not the same'}`;
  const lines = sittings.flatMap((sitting, index) => formatSitting(sitting, sittings.length > 1 ? `${index + 1}. ` : ''));
  const changed = plugins.map(({ name, then, now }) => `  plugin ${name}: ${then ?? 'absent'} then, ${now ?? 'absent'} now`);
  return [head, ...lines, ...changed, `  hash ${hash}`].map((line) => escapeControl(line)).join('\n');
}

function formatSitting({ startedMs, events, same, note, difference }: ReplayedSitting, number: string): string[] {
  const when = new Date(startedMs).toISOString().slice(0, 16).replace('T', ' ');
  if (same === null) return [`  ${number}${when}: not played, ${note}`];
  const line = `  ${number}${when}: ${events} event${events === 1 ? '' : 's'} the same${same ? '' : ', then one that differs'}`;
  return [line, ...(note === undefined ? [] : [`     ${note}`]), ...(difference === undefined ? [] : formatDifference(difference))];
}

function formatDifference({ seq, type, path, recorded, replayed }: Difference): string[] {
  const what = recorded === null ? 'came now and did not come then' : replayed === null ? 'came then and does not come now' : recorded.type !== replayed.type ? 'another event comes in its place' : `differs in ${path}`;
  const show = (event: Difference['recorded']): string => {
    if (event === null) return 'nothing';
    const text = recorded?.type === replayed?.type && path !== '' ? JSON.stringify(valueAt(event, path)) ?? 'absent' : JSON.stringify(event);
    return text.length > VALUE_LENGTH ? `${text.slice(0, VALUE_LENGTH)} …` : text;
  };
  return [`     event ${seq}, ${type}: ${what}`, `       then: ${show(recorded)}`, `       now:  ${show(replayed)}`];
}

function valueAt(event: object, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined), event);
}
