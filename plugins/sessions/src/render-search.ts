import { escapeControl } from '@pith/kernel';
import { shortLength, toTime } from './render.ts';
import type { FoundPlace } from './search.ts';
import type { FoundSession } from './search-sessions.ts';

const NAMES: Record<FoundPlace['kind'], string> = { input: 'input', answer: 'answer', 'tool-call': 'call', 'tool-result': 'result', summary: 'summary' };

/** A session and its places: what was found is marked, in colour where there is some. */
export function renderFound(found: readonly FoundSession[], { allIds, folders, mark }: { allIds: readonly string[]; folders: boolean; mark: (text: string) => string }): string {
  const length = shortLength(found.map(({ id }) => id), allIds);
  return found.map(({ id, updatedMs, title, cwd, matches, places }) => [
    [id.slice(0, length), toTime(updatedMs), ...(folders ? [escapeControl(cwd)] : []), escapeControl(title) || '(no input)'].join('  '),
    ...places.map((place) => `  ${toName(place)}: ${renderPlace(place, mark)}`),
    ...(matches > places.length ? [`  and ${matches - places.length} more place${matches - places.length === 1 ? '' : 's'}`] : []),
  ].join('\n')).join('\n\n');
}

function toName({ kind, tool, turn }: FoundPlace): string {
  return `turn ${turn}, ${NAMES[kind]}${tool === undefined ? '' : ` of ${escapeControl(tool)}`}`;
}

function renderPlace({ text, marks }: FoundPlace, mark: (text: string) => string): string {
  let shown = '';
  let at = 0;
  for (const [start, end] of marks) {
    shown += escapeControl(text.slice(at, start)) + mark(escapeControl(text.slice(start, end)));
    at = end;
  }
  return shown + escapeControl(text.slice(at));
}
