import type { HostConfig } from '../host.ts';
import { hasHooks, toChangeText } from '../trust.ts';

/** What a person should know of project files that are passed over, in one line; nothing where all is in force. */
export function toPassedOverText({ untrusted, trust }: HostConfig): string | undefined {
  // With hooks that were trusted no turn runs at all, which says so itself.
  if (untrusted.length === 0 || (trust !== undefined && hasHooks(trust.approved))) return undefined;
  const why = trust?.state === 'changed' ? ` (${toChangeText(trust.changes)} since you trusted this folder)`
    : trust?.outdated ? ' (an earlier pith trusted this folder without keeping each file apart)' : '';
  return `${untrusted.join(' and ')} ${untrusted.length > 1 ? 'are' : 'is'} passed over until you say: pith trust${why}`;
}
