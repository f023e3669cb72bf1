import { escapeControl } from '@pith/kernel';
import { factsOf } from './events.ts';
import type { Handler } from './handler.ts';
import type { HookSet } from './hook-set.ts';
import { type CommandHooksOptions, type FailureRule, failureRule } from './options.ts';

/** Something for the person. */
export interface Said { level: 'info' | 'warning'; text: string; code?: string }

/** What a person should know of the hooks before they run: which are passed over, and what it means when one fails. */
export function introduce({ trust, projectFiles, notes, handlers }: HookSet, options: CommandHooksOptions): Said[] {
  const said: Said[] = notes.map((text) => ({ level: 'warning', text }));
  if (trust === 'untrusted') {
    const files = [...projectFiles.keys()].map((path) => escapeControl(path)).join(', ');
    said.unshift({ level: 'warning', text: `Hooks of this project were passed over, since it is not trusted: ${files}. Look at them, then: pith trust` });
  }
  const eventsOf = (rule: FailureRule, more: (handler: Handler) => boolean = () => true): string =>
    [...new Set(handlers.filter((handler) => failureRule(handler, options) === rule && more(handler)).map(({ event }) => event))].join(', ');
  const closed = eventsOf('closed');
  if (closed !== '') said.push({ level: 'info', text: `Hooks that fail do not let pass what they guard: ${closed}. Claude Code would; failure under plugins.command-hooks in the settings says otherwise` });
  const open = eventsOf('open', ({ event }) => factsOf(event).guards === true);
  if (open !== '') said.push({ level: 'info', text: `Hooks of ${open} let everything pass when they fail, as the settings say` });
  return said;
}
