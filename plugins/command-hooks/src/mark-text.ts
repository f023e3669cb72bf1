import type { TextBlock } from '@pith/kernel';
import type { EventName } from './events.ts';

/** Text of a hook as the model reads it: set apart from what a person, a file or a tool says. */
export function markText(event: EventName, text: string): TextBlock {
  return { type: 'text', text: `<hook-output event="${event}">\n${text.replaceAll('</hook-output', '<\\/hook-output')}\n</hook-output>` };
}
