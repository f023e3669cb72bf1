/** How many rows each part of the small region at the bottom may take. */
export interface Room { open: number; calls: number; agents: number; todo: number; queue: number; input: number; question: number; gap: number }

export interface Wanted {
  /** Of the window. */
  rows: number;
  isAtWork: boolean;
  calls: number;
  agents: number;
  todo: number;
  queue: number;
  hasQuestion: boolean;
}

/** The question and the input come first: what waits for a person is seen in the smallest window. One row stays free below. */
export function divideRoom({ rows, isAtWork, calls, agents, todo, queue, hasQuestion }: Wanted): Room {
  let left = Math.max(2, rows - 1) - 1; // The status.
  const take = (wanted: number, most: number): number => {
    const taken = Math.max(0, Math.min(wanted, most, left));
    left -= taken;
    return taken;
  };
  const question = hasQuestion ? take(Math.max(6, Math.floor(rows * 0.8)), left) : 0;
  if (isAtWork) take(1, 1);
  const input = hasQuestion ? take(1, 1) : take(Math.max(3, Math.floor(rows * 0.4)), left);
  const gap = rows < 16 ? 0 : hasQuestion ? take(1, 1) : take(2, 2);
  const queueRows = take(queue, 3);
  const callRows = take(calls, Math.max(1, Math.floor(rows * 0.2)));
  const agentRows = agents === 0 ? 0 : take(agents * 4, Math.floor(rows * 0.3));
  const todoRows = take(todo, Math.max(1, Math.floor(rows * 0.25)));
  return { question, input, gap, queue: queueRows, calls: callRows, agents: agentRows, todo: todoRows, open: left };
}
