import { isAbsolute, relative, sep } from 'node:path';
import { PithError } from '@pith/kernel';
import { digestOf, toKey } from '../trust.ts';

/** Which files hook files may load, and with what content. */
export interface LoadRules {
  /** The folder that paths are shown relative to. */
  root: string;
  /**
   * True for a file that belongs to the hooks: it is checked, watched, and loaded anew with them.
   * @param target where the import leads: an address, and a path where it is a file
   * @throws PithError HOOK_FILE_OUTSIDE
   */
  owns(target: { url: string; file: string | undefined }): boolean;
  /** @throws PithError TRUST_CHANGED where just these bytes may not be run */
  check(file: string, bytes: Uint8Array): void;
}

/** A project's hook files load what a person has approved, from below the project, and nothing else. */
export function projectRules(root: string, approved: ReadonlyMap<string, string>): LoadRules {
  return {
    root,
    owns({ url, file }) {
      if (url.startsWith('node:')) return false;
      // A native addon is read by the system's own loader: nobody can say which bytes it ran.
      if (file !== undefined && isInside(root, file) && !file.endsWith('.node')) return true;
      throw new PithError(`A hook file imports ${file ?? url.slice(0, 80)}, which ${file?.endsWith('.node') ? 'is native code that cannot be checked' : 'lies outside of the project'}`, {
        code: 'HOOK_FILE_OUTSIDE', hint: `Hook files of a project import files below ${root}, Node’s own modules and @pith/kernel.`,
      });
    },
    check(file, bytes) {
      const key = toKey(file, [root]);
      const digest = approved.get(key);
      if (digest === digestOf(bytes)) return;
      throw new PithError(`${key} ${digest === undefined ? 'was not there when this folder was trusted' : 'has changed since this folder was trusted'}, so it is not run`, { code: 'TRUST_CHANGED', hint: TRUST_HINT });
    },
  };
}

/** A person's own hook files load what they want; packages are not loaded anew with them. */
export function userRules(root: string): LoadRules {
  return { root, owns: ({ file }) => file !== undefined && !file.includes(`${sep}node_modules${sep}`), check: () => undefined };
}

export const TRUST_HINT = 'To look at what changed and approve it: pith trust. To work without the hooks of this folder: pith trust --revoke';

export function isInside(root: string, file: string): boolean {
  const path = relative(root, file);
  return path !== '' && path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path);
}
