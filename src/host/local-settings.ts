import { existsSync, lstatSync, statSync } from 'node:fs';
import { mkdir, realpath, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type LocalSettings, type Paths, PithError, PROJECT_FILES, readProjectFiles, type Restrictions } from '@pith/kernel';
import { addRules } from './add-rules.ts';
import { withLock, writeWhole } from './store.ts';
import { approveFile, readTrust } from './trust.ts';

const [LOCAL] = PROJECT_FILES;
/** Keeps the person's own file, and itself, out of what they commit; the settings of the project are for all. */
const IGNORED = '/settings.local.json\n/.gitignore\n';

/** The project that a rule is kept for, or why there is none. */
interface Found { project: string; why?: string; text?: string }

/** Keeps what a person has allowed for good in their own settings of a project. */
export function createLocalSettings(paths: Paths, { allowManagedRulesOnly }: Restrictions): LocalSettings {
  const find = async (cwd: string): Promise<Found> => (allowManagedRulesOnly === undefined ? findProject(paths, cwd) : { project: cwd, why: `only rules of the administrator allow (${allowManagedRulesOnly})` });
  return {
    find: async (cwd) => {
      const { project, why } = await find(cwd);
      return { project, ...(why === undefined ? {} : { why }) };
    },
    // One lock for all projects of a person: answers are rare, and what is written under it, trust, is one file as well.
    allow: (cwd, rules) => withLock(join(paths.config, 'local-settings'), async () => {
      const { project, why, text } = await find(cwd);
      const file = join(project, LOCAL);
      if (why !== undefined) throw new PithError(`${rules.join(' and ')} cannot be kept in ${file}: ${why}`, { code: 'RULE_NOT_KEPT', hint: 'It holds for this session. To keep it, write it into that file, then: pith trust' });
      const next = addRules(text, 'allow', rules);
      if (next === text) return { file };
      await mkdir(dirname(file), { recursive: true });
      if (text === undefined) await writeFile(join(dirname(file), '.gitignore'), IGNORED, { flag: 'wx' }).catch(() => undefined); // There is one: it is the project's.
      // The person's own answer is as good as their trust; both texts count until the new one is there.
      await approveFile(paths, project, { file: LOCAL, before: text, after: next, write: () => writeWhole(file, next, existsSync(file) ? statSync(file).mode & 0o777 : 0o600) });
      return { file };
    }),
  };
}

async function findProject(paths: Paths, cwd: string): Promise<Found> {
  const { project: found, files } = await readProjectFiles(cwd);
  const project = await realpath(files.size > 0 ? found : findRepository(cwd) ?? cwd);
  const { state, approved } = await readTrust(paths, project, files);
  const linked = [join(project, dirname(LOCAL)), join(project, LOCAL)].find((path) => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink());
  if (linked !== undefined) return { project, why: `${linked} is a link` };
  // Settings in a home folder, say, would hold in all that lies below it.
  if (project !== await realpath(cwd) && !existsSync(join(project, '.git'))) return { project, why: `${project}, whose settings hold here, is no repository` };
  // Where there is nothing to trust, and never was, the person's own file is the first.
  if (state !== 'trusted' && (files.size > 0 || approved.size > 0)) return { project, why: 'the folder is not trusted with what is in it' };
  const text = files.get(join(found, LOCAL));
  return { project, ...(text === undefined ? {} : { text }) };
}

/** Settings in a folder within would hide from it what the repository says one day. */
function findRepository(cwd: string): string | undefined {
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}
