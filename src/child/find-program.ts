import { access, constants } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_PATH = process.platform === 'win32' ? '' : ['/usr/local/bin', '/usr/bin', '/bin'].join(delimiter);
/** Where Git for Windows puts its bash, which is not on the path there; the one of System32 starts another system. */
const GIT_FOR_WINDOWS = ['C:\\Program Files\\Git\\bin', 'C:\\Program Files (x86)\\Git\\bin'];

/** The first program of this name on the search path. Entries that are not absolute would depend on the folder, and are passed over. */
export async function findProgram(name: string, env: Environment): Promise<string | undefined> {
  const isWindows = process.platform === 'win32';
  const folders = (env['PATH'] ?? env['Path'] ?? DEFAULT_PATH).split(delimiter).filter(isAbsolute);
  for (const folder of isWindows ? [...GIT_FOR_WINDOWS, ...folders] : folders) {
    const path = join(folder, isWindows ? `${name}.exe` : name);
    try {
      await access(path, constants.X_OK);
      return path;
    } catch {
      // Not here; the next folder may have it.
    }
  }
  return undefined;
}
