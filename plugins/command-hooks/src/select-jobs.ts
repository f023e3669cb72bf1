import { isSurelyUnmet } from './condition.ts';
import { type EventName, factsOf, TOOL_EVENTS } from './events.ts';
import { type Handler, identityOf } from './handler.ts';
import type { HookSet } from './hook-set.ts';
import type { Fields, Seen, Shown } from './seen.ts';

export interface EventRequest {
  event: EventName;
  /** What the event tells besides what every event does. */
  fields: Fields;
  /** Of an event of tools: what the call does, thing by thing. */
  seen?: readonly Seen[];
  /** For these hooks together, instead of what each may take. */
  budgetMs?: number;
  envFile?: string;
}

/** One hook that is to run, and what it is told. */
export interface Job { handler: Handler; fields: Fields; shown: Shown | undefined; /** Which thing of a call it is about. */ index: number }

/**
 * The hooks of an event that match, in the order of the files; the same one once for each thing that a call does.
 * @param hasRun identities of those that run once and have
 */
export function selectJobs({ handlers, root }: HookSet, { event, fields, seen = [[]] }: EventRequest, { base, hasRun, home }: { base: Fields; hasRun: ReadonlySet<string>; home: string }): Job[] {
  const { matchOn } = factsOf(event);
  const isOfTool = TOOL_EVENTS.has(event);
  const jobs: Job[] = [];
  const known = new Set<string>();
  for (const handler of handlers) {
    const own = identityOf(handler);
    if (handler.event !== event || hasRun.has(own)) continue;
    for (const [index, things] of seen.entries()) {
      const shown = things.find(({ name }) => handler.matches(name));
      const isMatch = isOfTool ? shown !== undefined : matchOn === undefined || handler.matches(String(fields[matchOn] ?? ''));
      if (!isMatch || known.has(`${index} ${own}`) || !meets(handler, shown, { root, home })) continue;
      known.add(`${index} ${own}`);
      jobs.push({ handler, shown, index, fields: { ...base, ...(shown === undefined ? {} : { tool_name: shown.name, tool_input: shown.input }), ...fields } });
    }
  }
  return jobs;
}

function meets({ condition }: Handler, shown: Shown | undefined, at: { root: string; home: string }): boolean {
  return condition === undefined || (shown !== undefined && !isSurelyUnmet(condition, shown, at));
}
