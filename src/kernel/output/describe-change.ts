import type { TurnEvent } from '../event.ts';
import { escapeControl } from '../base/text.ts';

/** In words what became of what was said, of an event that tells of such a thing. */
export function describeChange(event: TurnEvent): string | undefined {
  switch (event.type) {
    case 'compaction': return `Made room (${escapeControl(event.stage)}): ${toShort(event.tokensBefore)} → ${toShort(event.tokensAfter)} tokens`;
    case 'history-changed': return `${event.plugin} changed the conversation (${escapeControl(event.reason)}): ${event.before} message${event.before === 1 ? '' : 's'} before, ${event.after} after`;
    case 'model-changed': return `${event.plugin} chose ${escapeControl(`${event.provider}/${event.model}`)} for the next turns`;
    case 'mode-changed': return `Mode ${event.from} became ${event.mode}`;
    default: return undefined;
  }
}

export type RoomMade = Extract<TurnEvent, { type: 'compaction' }>;

/** Stages of one pass as one event. @returns nothing where the second goes not on from where the first ended */
export function joinRoom(first: RoomMade, second: RoomMade): RoomMade | undefined {
  if (first.runId !== second.runId || first.plugin !== second.plugin || first.tokensAfter !== second.tokensBefore) return undefined;
  return { ...first, stage: `${first.stage}, ${second.stage}`, tokensAfter: second.tokensAfter, dropped: [...first.dropped, ...second.dropped] };
}

/** Thousands from 1000 on, two digits of them at least. */
function toShort(tokens: number): string {
  if (tokens < 1000) return String(tokens);
  return `${tokens < 9950 ? (tokens / 1000).toFixed(1) : Math.round(tokens / 1000)}k`;
}
