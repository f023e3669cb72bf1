const TESTS = new Set(
  ('print print0 ls prune quit empty executable readable writable true false not and or a o mount xdev depth d nouser nogroup daystart noleaf '
    + 'ignore_readdir_race noignore_readdir_race warn nowarn').split(' '),
);
const WITH_VALUE = new Set(
  ('name iname path ipath wholename iwholename regex iregex lname ilname type xtype size mtime mmin atime amin ctime cmin perm user group uid gid links inum '
    + 'maxdepth mindepth fstype regextype printf used newermt newerat newerct newerBt').split(' '),
);
const WITH_PATH = new Set('newer anewer cnewer samefile'.split(' '));

/**
 * The paths that a `find` looks at, where it only tests and prints.
 * @param given the words behind `find` @returns nothing where it may do anything else
 */
export function pathsOfFind(given: readonly string[]): string[] | undefined {
  const paths: string[] = [];
  let isPath = true;
  for (let index = 0; index < given.length; index++) {
    const word = given[index]!;
    if (isPath && (word === '-P' || word === '-H' || word === '--')) continue;
    if (isPath && !/^[-(!,)]/.test(word)) { paths.push(word); continue; }
    isPath = false;
    if (['(', ')', '!', ','].includes(word)) continue;
    const name = word.startsWith('-') ? word.slice(1) : '';
    if (TESTS.has(name)) continue;
    const value = given[++index];
    if (value === undefined) return undefined;
    if (WITH_PATH.has(name)) paths.push(value);
    else if (!WITH_VALUE.has(name)) return undefined;
  }
  return paths;
}
