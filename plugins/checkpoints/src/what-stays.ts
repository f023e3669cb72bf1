import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { lookAt } from '@pith/files';
import { isKept } from './entry.ts';
import type { Step } from './plan.ts';

const FOLDER = 'a folder stands in its place, and holds what nobody has kept';

/** No file comes where a folder stands by now that will not be empty: nothing of it is taken away, whoever forces it. */
export function seeWhatStays(steps: readonly Step[]): Step[] {
  const going = new Set(steps.filter(({ target, lost }) => target === null && lost === undefined).map(({ path }) => path));
  return steps.map((step) => (step.lost === undefined && step.found === null && isKept(step.target) && holdsOthers(step.path, going) ? { ...step, lost: FOLDER } : step));
}

/** Ends at the first that stays. */
function holdsOthers(folder: string, going: ReadonlySet<string>): boolean {
  if (lookAt(folder)?.isDirectory() !== true) return false;
  try {
    return readdirSync(folder, { withFileTypes: true }).some(({ name }) => {
      const path = join(folder, name);
      return !going.has(path) && (lookAt(path)?.isDirectory() !== true || holdsOthers(path, going));
    });
  } catch {
    return true; // It cannot be looked into: nobody knows what would be lost.
  }
}
