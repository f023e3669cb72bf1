import { isDeepStrictEqual } from 'node:util';
import type { Message, Turn } from '@pith/kernel';

/** A history of which the beginning is what is there now: so it is kept, and recorded, as that. */
export interface KnownHistory { same: number; rest: readonly Message[] }

export function toKnown(messages: readonly Message[], now: readonly Message[]): KnownHistory {
  let same = 0;
  while (same < messages.length && same < now.length && isDeepStrictEqual(messages[same], now[same])) same++;
  return { same, rest: messages.slice(same) };
}

export function setKnown({ same, rest }: KnownHistory, turn: Turn, reason: string): Promise<void> {
  return turn.setHistory([...turn.messages.slice(0, same), ...rest], { reason });
}
