import type { SessionSummary } from '@pith/kernel';
import type { Skeleton } from './transcript.ts';

const TITLE_LENGTH = 80;

/** What a list shows of a session. A fork was last used no earlier than it was made. */
export function toSummary({ header: { id, cwd, startedMs, forkedFrom }, inputs, changes, last }: Skeleton): SessionSummary {
  const title = toTitle(inputs[0]?.text ?? changes[0]?.reason ?? '');
  return { id, cwd, startedMs, updatedMs: last === undefined ? startedMs : Math.max(last.atMs, forkedFrom === undefined ? 0 : startedMs), turns: inputs.length, title, ...(forkedFrom === undefined ? {} : { forkedFrom: { id: forkedFrom.id, turns: forkedFrom.turns } }) };
}

/** The first words of a text, in one line. Never half of a character. */
function toTitle(text: string): string {
  const line = text.slice(0, 1000).replace(/\s+/g, ' ').trim();
  const characters = Array.from(line);
  return characters.length <= TITLE_LENGTH ? line : `${characters.slice(0, TITLE_LENGTH - 1).join('').trimEnd()}…`;
}
