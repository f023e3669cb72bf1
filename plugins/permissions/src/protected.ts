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
    'pip.conf', 'pip.ini', '.pypirc', 'uv.toml', '.condarc', '.cargo', '.bundle', '.gemrc', '.m2', 'nuget.config',
  ],
  [SHELL]: [
    '.envrc', '.profile', '.bashrc', '.bash_profile', '.bash_login', '.bash_logout', '.bash_aliases', '.inputrc', '.kshrc', '.mkshrc', '.cshrc', '.tcshrc', '.login',
    '.logout', '.zshrc', '.zshenv', '.zprofile', '.zlogin', '.zlogout', '.xprofile', '.xsessionrc', '.xinitrc', 'config.fish', 'profile.ps1', 'microsoft.powershell_profile.ps1',
  ],
};
const BY_NAME = new Map(Object.entries(NAMES).flatMap(([reason, names]) => names.map((name) => [name, reason] as const)));
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/^pith\.config\.[^.]+$/, AGENT],
  [/^pith-.*\.lock$/, AGENT],
  // What Windows calls .git where short names are on.
  [/^git~\d+$/, GIT],
];

/** @returns why a person must say yes before a path below `root` is changed; nothing where it need not be asked */
export function protectedReason(path: string, root: string): string | undefined {
  for (const part of relative(root, path).split(sep)) {
    const name = fold(part);
    const reason = BY_NAME.get(name) ?? PATTERNS.find(([pattern]) => pattern.test(name))?.[1];
    if (reason !== undefined) return `${part} is protected: ${reason}`;
  }
  return undefined;
}

/** A name as the most forgiving file system reads it: in any case, without invisible characters, without what Windows drops at its end. */
function fold(part: string): string {
  return part.normalize('NFKC').replace(/\p{DI}/gu, '').toLowerCase().replace(/:.*$/s, '').replace(/[. ]+$/, '');
}
