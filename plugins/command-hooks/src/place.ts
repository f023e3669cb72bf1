import type { Message, Mode, Turn } from '@pith/kernel';
import type { Said } from './introduce.ts';

/** Where in a session an event happens. */
export interface Place {
  signal: AbortSignal;
  /** Of a sub-turn. */
  agentId?: string;
  turnId?: string;
  messages?: readonly Message[];
  mode?: Mode;
  say(said: Said): void;
  /** What comes from outside goes through this: of a turn, a replay gives it back and makes nothing. */
  recorded: Turn['recorded'];
}

/** Where a tap is. */
export function placeOf(turn: Turn, signal: AbortSignal = turn.signal): Place {
  const { runId, parentRunId, turnId, mode, messages } = turn;
  return {
    signal, turnId, mode, messages, ...(parentRunId === undefined ? {} : { agentId: runId }),
    recorded: (key, make) => turn.recorded(key, make),
    say: ({ level, text, code }) => turn.emit({ type: 'notice', level, text, ...(code === undefined ? {} : { code }) }),
  };
}
