import { isWithin } from '@pith/files';
import { candidatesIn, findTop } from './places.ts';
import { InstructionReader } from './reader.ts';

/**
 * The files of a project that would be told to the model together with something from outside of it: what a person looks at before
 * they trust the folder. All others are text that is told anyway.
 */
export async function listProjectFiles(project: string, env: Readonly<Record<string, string | undefined>>): Promise<string[]> {
  const reaching = new Set<string>();
  const judges = {
    isTrusted: async ({ path }: { path: string }) => {
      if (isWithin(path, project)) reaching.add(path);
      return false;
    },
    whyForbidden: async () => undefined,
  };
  await new InstructionReader({ cwd: project, home: env['HOME'] ?? env['USERPROFILE'], exclude: [], judges }).read(candidatesIn(project, { level: 'project', bound: findTop(project) }));
  return [...reaching];
}
