import { isAbsolute, relative, sep } from 'node:path';
import { PithError } from '@pith/kernel';
import { type Approval, digestOf, linkKey, toKey } from '../trust.ts';

/** Which files hook files may load, and with what content. */
export interface LoadRules {
  /** The folder that paths are shown relative to. */
  root: string;
  /**
   * True for a file that belongs to the hooks: it is checked, watched, and loaded anew with them.
   * @param target where the import leads: an address, and a path where it is a file
   * @param from what imports it, unless it is loaded as such
   * @throws PithError HOOK_FILE_OUTSIDE, TRUST_CHANGED
   */
  owns(target: { url: string; file: string | undefined }, from?: { file: string; specifier: string; kind: 'import' | 'require' }): boolean;
  /** @throws PithError TRUST_CHANGED where just these bytes may not be run */
  check(file: string, bytes: Uint8Array): void;
}

/** A project's hook files load what a person has approved, from below the project, and nothing else. */
export function projectRules(root: string, { digests, links }: Approval): LoadRules {
  return {
    root,
    owns({ url, file }, from) {
      if (url.startsWith('node:')) return false;
      // A native addon is read by the system's own loader: nobody can say which bytes it ran.
      if (file !== undefined && isInside(root, file) && !file.endsWith('.node')) {
        if (from !== undefined) checkLink(links, { kind: from.kind, specifier: from.specifier, from: toKey(from.file, [root]), to: toKey(file, [root]) });
        return true;
      }
      throw new PithError(`A hook file imports ${file ?? url.slice(0, 80)}, which ${file?.endsWith('.node') ? 'is native code that cannot be checked' : 'lies outside of the project'}`, {
        code: 'HOOK_FILE_OUTSIDE', hint: `Hook files of a project import files below ${root}, Node’s own modules and @pith/kernel.`,
      });
    },
    check(file, bytes) {
      const key = toKey(file, [root]);
      const digest = digests.get(key);
      if (digest === digestOf(bytes)) return;
      throw new PithError(`${key} ${digest === undefined ? 'was not there when this folder was trusted' : 'has changed since this folder was trusted'}, so it is not run`, { code: 'TRUST_CHANGED', hint: TRUST_HINT });
    },
  };
}

/**
 * What was seen to be imported leads where it led then. An import that could not be seen is judged by its bytes alone.
 * @throws PithError TRUST_CHANGED
 */
export function checkLink(links: ReadonlyMap<string, string>, { kind, specifier, from, to }: { kind: 'import' | 'require' | 'hook'; specifier: string; from: string; to: string }): void {
  const approved = links.get(linkKey(kind, from, specifier));
  if (approved === undefined || approved === to) return;
  throw new PithError(`${JSON.stringify(specifier)} in ${from} leads to ${to}, and led to ${approved} when this folder was trusted, so it is not run`, { code: 'TRUST_CHANGED', hint: TRUST_HINT });
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
