import { relative, sep } from 'node:path';

const GIT = 'git runs what its settings and hooks name';
const AGENT = 'it steers what the agent may do';
const EDITOR = 'an editor runs what it names';
const PACKAGES = 'a package manager obeys it, and may run what it names';
const SHELL = 'a shell runs it when it starts';

/** Names that are protected wherever they stand below a root, with all below them; also before they exist. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  [GIT]: ['.git', '.gitconfig', '.husky'],
  [AGENT]: ['.pith', '.claude', '.agents', 'agents.md', 'claude.md', '.mcp.json'],
  [EDITOR]: ['.vscode', '.idea'],
  [PACKAGES]: [
    '.npmrc', '.yarnrc', '.yarnrc.yml', '.yarn', '.pnpmfile.cjs', '.pnpmfile.mjs', 'pnpm-workspace.yaml', '.pnp.cjs', '.pnp.loader.mjs', 'bunfig.toml',
    'pip.conf', 'pip.ini', '.pypirc', 'uv.toml', 'poetry.toml', 'pdm.toml', '.pdm.toml', '.condarc', '.mambarc', '.cargo', '.bundle', '.gemrc', '.m2', '.mvn', 'gradle-wrapper.properties',
    'nuget.config', '.bunfig.toml', '.corepack.env',
  ],
  [SHELL]: [
    '.envrc', '.profile', '.bashrc', '.bash_profile', '.bash_login', '.bash_logout', '.bash_aliases', '.inputrc', '.kshrc', '.mkshrc', '.cshrc', '.tcshrc', '.login',
    '.logout', '.zshrc', '.zshenv', '.zprofile', '.zlogin', '.zlogout', '.xprofile', '.xsession', '.xsessionrc', '.xinitrc', '.pam_environment', 'config.fish', 'profile.ps1', 'microsoft.powershell_profile.ps1',
  ],
};
/** Why a name is protected. */
const BY_NAME: ReadonlyMap<string, string> = new Map(Object.entries(NAMES).flatMap(([reason, names]) => names.map((name) => [name, reason] as const)));
const CONFIG = /^pith\.config\.[^.]+$/;
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [CONFIG, AGENT],
  [/^pith-.*\.lock$/, AGENT],
  // What Windows calls them where short names are on.
  [/^(?:git|gitcon|husky)~\d+$/, GIT],
  [/^(?:pith|pithco|pith-[a-z]|claude|agents|mcp)~\d+(?:\.\w+)?$/, AGENT],
  [/^(?:vscode|idea)~\d+$/, EDITOR],
  [/^(?:npmrc|yarnrc|yarn|pnpmfi|pnpm-w|cargo|bundle|m2|mvn)~\d+(?:\.\w+)?$/, PACKAGES],
  [/^(?:envrc|profil|bashrc|bash_p|bash_l|bash_a|zshrc|zshenv|zprofi|zlogin|kshrc)~\d+$/, SHELL],
];

/** @returns why a person must say yes before a path below `root` is changed; nothing where it need not be asked */
export function protectedReason(path: string, root: string): string | undefined {
  for (const part of relative(root, path).split(sep)) {
    const reason = whyProtected(part);
    if (reason !== undefined) return `${part} is protected: ${reason}`;
  }
  return undefined;
}

/** @param name of one file or folder @returns nothing where it is as any other */
export function whyProtected(name: string): string | undefined {
  const folded = fold(name);
  return BY_NAME.get(folded) ?? PATTERNS.find(([pattern]) => pattern.test(folded))?.[1];
}

/** Whether pith itself would read such a file as the settings of its hook files. */
export function isConfigName(name: string): boolean {
  return CONFIG.test(fold(name));
}

/** A name as the most forgiving file system reads it: in any case, without invisible characters, without what Windows drops at its end. */
function fold(name: string): string {
  return name.normalize('NFKC').replace(/\p{DI}/gu, '').toLowerCase().replace(/:.*$/s, '').replace(/[. ]+$/, '');
}
