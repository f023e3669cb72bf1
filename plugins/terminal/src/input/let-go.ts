import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Stops reading keys, for the time that another program has the terminal. Ink takes away its listener only: the stream would still take
 * in one more piece, and the other program would miss its first key. Whoever listens again starts it again.
 */
export async function letGo(stdin: NodeJS.ReadStream): Promise<void> {
  await nextTurn();
  stdin.pause();
  await nextTurn();
}
