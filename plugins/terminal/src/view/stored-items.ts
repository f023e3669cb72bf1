import type { TurnEvent } from '@pith/kernel';
import type { Item } from '../view.ts';
import { withItems } from './change.ts';
import { createView } from './create-view.ts';
import { toOther } from './past-items.ts';
import { takeEvent } from './take-event.ts';

/**
 * Everything that was kept of a session, as items: also what was taken out of the conversation to make room, with times and changes.
 * @param untilMs what came later is left out
 */
export async function readStored(events: AsyncIterable<TurnEvent>, { cwd, untilMs }: { cwd: string; untilMs: number }): Promise<readonly Item[]> {
  const items: Item[] = [];
  let view = createView({ cwd, provider: '', model: '', mode: 'default', messages: [], atMs: 0 });
  for await (const event of events) {
    if (event.atMs >= untilMs) break;
    if (event.type === 'input-accepted' && event.parentRunId === undefined && event.goesOn === undefined) {
      view = withItems(view, event.atMs, { kind: 'input', text: event.text, attachments: event.message.content.flatMap(toOther) });
    }
    view = takeEvent(view, event);
    // Taken out at once, so that a long session costs no more for each event than a short one.
    items.push(...view.items);
    view = { ...view, items: [] };
  }
  return items;
}
