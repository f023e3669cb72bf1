/** One setting of a git configuration file, its names in lower case, the middle part as it is written. */
export interface GitSetting { section: string; sub: string; key: string; value: string }

const HEADER = /^[ \t]*\[([A-Za-z0-9-]+)(?:[ \t]+"((?:[^"\\\n\0]|\\["\\])*)")?\][ \t]*/;
const SETTING = /^[ \t]*([A-Za-z][A-Za-z0-9-]*)[ \t]*(?:=[ \t]*(.*))?$/;
const NOTHING = /^[ \t]*(?:[#;].*)?$/;

/**
 * The settings of a file as `git config` writes it. Rarer spellings, as a value over several lines or `[section.sub]`, are not read.
 * @returns nothing where a line is not certain
 */
export function parseGitConfig(text: string): GitSetting[] | undefined {
  const settings: GitSetting[] = [];
  let section: { section: string; sub: string } | undefined;
  for (const line of text.split(/\r?\n/)) {
    const header = HEADER.exec(line);
    if (header !== null) section = { section: header[1]!.toLowerCase(), sub: (header[2] ?? '').replace(/\\(.)/g, '$1') };
    const rest = header === null ? line : line.slice(header[0].length);
    if (NOTHING.test(rest)) continue;
    const setting = SETTING.exec(rest);
    if (setting === null || section === undefined || /\\[ \t]*$|[\0\r]/.test(rest)) return undefined;
    settings.push({ ...section, key: setting[1]!.toLowerCase(), value: setting[2] ?? 'true' });
  }
  return settings;
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

/** What a repository's own settings may say without making a command that looks at it run, fetch or read anything else. `*` is every key. */
const HARMLESS: Readonly<Record<string, ReadonlySet<string>>> = {
  core: words(
    'repositoryformatversion filemode bare logallrefupdates ignorecase precomposeunicode autocrlf eol safecrlf symlinks abbrev quotepath compression loosecompression untrackedcache '
      + 'preloadindex longpaths sparsecheckout sparsecheckoutcone commentchar whitespace hidedotfiles trustctime checkstat splitindex multipackindex commitgraph fscache protecthfs protectntfs '
      + 'bigfilethreshold packedgitlimit packedgitwindowsize deltabasecachelimit sharedrepository',
  ),
  extensions: words('objectformat refstorage worktreeconfig noop'),
  // What is fetched, and how, does not concern a look. A promisor is fetched from by a look, too.
  remote: words('url fetch push pushurl pushdefault mirror tagopt prune prunetags skipdefaultupdate skipfetchall gh-resolved'),
  branch: words('*'),
  submodule: words('url active branch ignore fetchrecursesubmodules'),
  user: words('name email signingkey useconfigonly'),
  author: words('name email'),
  committer: words('name email'),
  init: words('*'),
  pull: words('*'),
  push: words('default autosetupremote followtags pushoption recursesubmodules'),
  fetch: words('prune prunetags parallel output writecommitgraph showforcedupdates'),
  rebase: words('*'),
  merge: words('conflictstyle ff renames renamelimit stat log'),
  commit: words('gpgsign verbose status cleanup'),
  tag: words('gpgsign sort forcesignannotated'),
  rerere: words('*'),
  color: words('*'),
  advice: words('*'),
  column: words('*'),
  status: words('*'),
  grep: words('*'),
  blame: words('showemail showroot date coloring blankboundary'),
  log: words('date decorate abbrevcommit follow showroot mailmap initialdecorationset excludedecoration graphcolors'),
  diff: words('algorithm renames renamelimit colormoved colormovedws mnemonicprefix noprefix context interhunkcontext ignoresubmodules statgraphwidth wserrorhighlight suppressblankempty indentheuristic relative'),
  gc: words('auto autodetach autopacklimit pruneexpire reflogexpire reflogexpireunreachable writecommitgraph'),
  maintenance: words('auto strategy'),
  pack: words('*'),
  index: words('*'),
  feature: words('*'),
  checkout: words('*'),
  stash: words('*'),
  // A name of an alias never stands for a command that git has.
  alias: words('*'),
  credential: words('*'),
  http: words('*'),
  https: words('*'),
  url: words('insteadof pushinsteadof'),
  // git-lfs, where a person has set it up, runs programs that other keys name.
  lfs: words('repositoryformatversion access'),
  gui: words('*'),
  gitflow: words('*'),
};

/** Whether a setting cannot make a look at the repository run, fetch or read anything else. Those of places are judged by who knows the places. */
export function isHarmlessSetting({ section, key, value }: GitSetting): boolean {
  if (section === 'core' && key === 'fsmonitor') return /^(?:false|no|off|0)$/i.test(value.trim());
  const keys = Object.hasOwn(HARMLESS, section) ? HARMLESS[section]! : undefined;
  return keys !== undefined && (keys.has('*') || keys.has(key));
}
