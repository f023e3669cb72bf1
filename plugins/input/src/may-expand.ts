import type { UserInput } from '@pith/kernel';

/** Only what a person or the parent program typed is expanded; text of agents, triggers, files and pipes is data. */
export function mayExpand({ origin, verbatim, handled }: UserInput): boolean {
  return (origin === 'person' || origin === 'parent') && verbatim !== true && handled === undefined;
}
