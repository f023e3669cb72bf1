import type { HostConfig } from '../host.ts';
import type { Change } from '../trust.ts';

const SHOWN_CHANGES = 5;

/** What a person should know of project files that are passed over, in one line; nothing where all is in force. */
export function toPassedOverText(config: HostConfig): string | undefined {
  const { untrusted, trust } = config;
  // With hooks that were trusted no turn runs at all, which says so itself.
  if (untrusted.length === 0 || trust?.hookConfig !== undefined) return undefined;
  const why = trust?.state === 'changed' ? ` (${toChangeText(trust.changes)} since you trusted this folder)`
    : trust?.outdated ? ' (an earlier pith trusted this folder without keeping each file apart)' : '';
  return `${untrusted.join(' and ')} ${untrusted.length > 1 ? 'are' : 'is'} passed over until you say: pith trust${why}${toStrictText(config)}`;
}

/** What holds of project files all the same. */
export function toStrictText({ rules }: HostConfig): string {
  return [...rules.deny, ...rules.ask].some(({ untrusted }) => untrusted) ? '; rules in it that deny or ask hold all the same' : '';
}

/** Changes in a sentence: `hooks/a.ts has changed, hooks/b.ts is gone`. */
export function toChangeText(changes: readonly Change[]): string {
  const shown = changes.slice(0, SHOWN_CHANGES).map(({ file, what }) => `${file} ${{ changed: 'has changed', new: 'is new', gone: 'is gone' }[what]}`);
  return `${shown.join(', ')}${changes.length > SHOWN_CHANGES ? `, and ${changes.length - SHOWN_CHANGES} more` : ''}`;
}
