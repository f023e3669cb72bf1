/** The variables of a process, as whoever draws has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

export type TerminalName =
  | 'kitty' | 'ghostty' | 'wezterm' | 'iterm' | 'vscode' | 'windows-terminal' | 'windows-console' | 'mintty' | 'apple' | 'konsole' | 'vte' | 'foot' | 'alacritty' | 'hyper' | 'linux'
  | 'tmux' | 'screen' | 'zellij' | 'dumb' | 'unknown';

const BY_TERM: readonly (readonly [RegExp, TerminalName])[] = [
  [/^dumb$/, 'dumb'], [/^linux/, 'linux'], [/^xterm-kitty/, 'kitty'], [/^xterm-ghostty/, 'ghostty'], [/^wezterm/, 'wezterm'], [/^foot/, 'foot'], [/^alacritty/, 'alacritty'], [/^mintty/, 'mintty'], [/^konsole/, 'konsole'],
];
const BY_PROGRAM: Readonly<Record<string, TerminalName>> = {
  ghostty: 'ghostty', WezTerm: 'wezterm', 'iTerm.app': 'iterm', vscode: 'vscode', mintty: 'mintty', Apple_Terminal: 'apple', Hyper: 'hyper',
};

/**
 * The terminal that stands between a program and the person. What runs between them comes first: inside tmux the variables of the
 * terminal around it are still there. TERM comes before the others, as only that is always set anew, and comes along over ssh.
 */
export function nameTerminal(environment: Environment, platform: NodeJS.Platform): TerminalName {
  const { TERM: term = '', TERM_PROGRAM: program = '' } = environment;
  if (environment['TMUX'] !== undefined || /^tmux/.test(term) || program === 'tmux') return 'tmux';
  if (environment['ZELLIJ'] !== undefined) return 'zellij';
  if (environment['STY'] !== undefined || /^screen/.test(term)) return 'screen';
  const named = BY_TERM.find(([pattern]) => pattern.test(term))?.[1] ?? (Object.hasOwn(BY_PROGRAM, program) ? BY_PROGRAM[program] : undefined);
  if (named !== undefined) return named;
  if (environment['WT_SESSION'] !== undefined) return 'windows-terminal';
  if (environment['KONSOLE_VERSION'] !== undefined) return 'konsole';
  if (environment['VTE_VERSION'] !== undefined) return 'vte';
  return platform === 'win32' && term === '' ? 'windows-console' : 'unknown';
}
