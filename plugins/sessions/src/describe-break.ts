import type { TurnEvent } from '@pith/kernel';

export type ToolStart = Extract<TurnEvent, { type: 'tool-start' }>;

/** As much of a command as tells it from others. */
const TARGET_LENGTH = 80;

/**
 * What a person should know of a turn that broke off, one sentence each.
 * @param running the calls that had begun and not ended, those of sub-turns included, oldest first
 * @param notRun how many calls had not even begun
 */
export function describeBreak({ running, notRun }: { running: readonly ToolStart[]; notRun: number }): string[] {
  const sentences = [running.length === 0 ? 'The last turn broke off before its end.' : describeRunning(running)];
  if (notRun > 0) sentences.push(notRun === 1 ? 'A call after that was not run.' : `${notRun} calls after that were not run.`);
  return sentences;
}

function describeRunning(running: readonly ToolStart[]): string {
  const names = running.map(nameOf);
  const listed = names.length === 1 ? names[0] : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  // What only reads leaves nothing behind.
  if (running.every(({ effect }) => effect === 'read')) return `The last turn broke off while ${listed} ran.`;
  return `The last turn broke off while ${listed} ran: what ${names.length === 1 ? 'it was' : 'they were'} to do may or may not have happened, and is not done again by itself.`;
}

function nameOf({ tool, targets: [target] }: ToolStart): string {
  const what = (target?.command ?? target?.path ?? target?.url ?? '').replace(/\s+/g, ' ').trim();
  if (what === '') return tool;
  const characters = Array.from(what);
  return `${tool} (${characters.length <= TARGET_LENGTH ? what : `${characters.slice(0, TARGET_LENGTH - 1).join('').trimEnd()}…`})`;
}
