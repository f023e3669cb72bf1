import { dirname, join, normalize, parse } from 'node:path';
import { cosmiconfig } from 'cosmiconfig';

/**
 * The nearest folder from `cwd` upwards with one of these files. cosmiconfig finds the file, and only that.
 * @param check throws where something stands there that cannot be read: cosmiconfig reads what it finds, also a pipe or a device
 */
export async function findProject(cwd: string, places: readonly string[], check: (file: string) => void): Promise<string | undefined> {
  for (let folder = cwd; ; folder = dirname(folder)) {
    for (const place of places) check(join(folder, place));
    if (folder === dirname(folder)) break;
  }
  // Its loaders hand back the path: nothing is parsed or run before trust is known.
  const toPath = (path: string): { path: string } => ({ path });
  const loaders = Object.fromEntries(['.json', '.yaml', '.yml', '.js', '.ts', '.cjs', '.mjs', '.cts', '.mts', 'noExt'].map((extension) => [extension, toPath]));
  const explorer = inOwnFolder(() => cosmiconfig('pith', { searchPlaces: [...places], loaders, searchStrategy: 'global', cache: false }));
  const found = await explorer.search(cwd);
  // The global strategy also looks into a folder of its own for config.json, which is nothing of ours.
  const place = found === null ? undefined : places.find((place) => found.filepath.endsWith(normalize(`/${place}`)));
  return place === undefined ? undefined : found!.filepath.slice(0, -normalize(`/${place}`).length) || parse(found!.filepath).root;
}

/**
 * cosmiconfig looks into the working folder for settings of its own as it is made, and would run `.config/config.js`
 * there: an untrusted clone's code. So it is made in a folder that has none.
 */
function inOwnFolder<T>(make: () => T): T {
  const here = process.cwd();
  process.chdir(import.meta.dirname);
  try {
    return make();
  } finally {
    process.chdir(here);
  }
}
