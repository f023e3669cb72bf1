import { PithError } from '../errors.ts';
import type { Run } from '../run.ts';

/** @throws PithError PREVIEW_ONLY where a preview would do more than look */
export function refuseInPreview({ session: { isPreview } }: Run, what: string): void {
  if (isPreview) throw new PithError(`Not done, because this only shows what would be sent: ${what}`, { code: 'PREVIEW_ONLY', hint: 'Nothing is sent, run or fetched for it.' });
}
