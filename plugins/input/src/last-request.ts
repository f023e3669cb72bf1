import type { ModelRequest, Turn } from '@pith/kernel';

interface Held { request?: ModelRequest }

const heldIn = (turn: Turn): Held => turn.session.get<Held>('input:request', () => ({}));

/** What the last request of the session was made from, as every tap left it; nothing where none was made since pith was started. */
export function lastRequest(turn: Turn): ModelRequest | undefined {
  return heldIn(turn).request;
}

/** The tap that remembers it. A sub-turn has a conversation of its own. */
export function rememberRequest(request: ModelRequest, turn: Turn): undefined {
  if (turn.parentRunId === undefined) heldIn(turn).request = request;
  return undefined;
}
