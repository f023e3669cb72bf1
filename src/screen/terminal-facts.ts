import type { ColorLevel, ThemeOptions } from './theme.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What a terminal can, as far as its environment tells. Nothing is read here: whoever draws hands over the environment, so that
 * two terminals in one process are two themes.
 * @param isTerminal false for a pipe or a file: no colours, unless FORCE_COLOR asks for them, and no links
 */
export function toThemeOptions(environment: Environment, { isTerminal, platform, words = false }: { isTerminal: boolean; platform: NodeJS.Platform; words?: boolean }): ThemeOptions {
  return {
    level: toLevel(environment, isTerminal, platform),
    background: /;(?:7|15)$/.test(environment['COLORFGBG'] ?? '') ? 'light' : 'dark',
    words,
    unicode: knowsUnicode(environment, platform),
    links: isTerminal && !words && environment['TERM'] !== 'dumb' && knowsLinks(environment),
  };
}

/** FORCE_COLOR is the stronger one, as for Node and chalk; an empty NO_COLOR says nothing. */
function toLevel(environment: Environment, isTerminal: boolean, platform: NodeJS.Platform): ColorLevel {
  const { FORCE_COLOR: forced, NO_COLOR: none, TERM: term = '', COLORTERM: colors = '' } = environment;
  const known = levelOf(term, colors, platform, environment);
  if (forced === '0' || forced === 'false') return 0;
  if (forced === '1' || forced === '2' || forced === '3') return Number(forced) as ColorLevel;
  if (forced !== undefined) return known === 0 ? 1 : known;
  return (none !== undefined && none !== '') || !isTerminal ? 0 : known;
}

function levelOf(term: string, colors: string, platform: NodeJS.Platform, environment: Environment): ColorLevel {
  if (term === 'dumb') return 0;
  if (/^(?:truecolor|24bit)$/.test(colors) || environment['WT_SESSION'] !== undefined || /^xterm-(?:kitty|ghostty)$|-direct$/.test(term)) return 3;
  if (/-256(?:color)?$/.test(term) || platform === 'win32') return 2;
  return term === '' ? 0 : 1;
}

/** The first of the three that is set decides, as for every program; Windows has none of them. */
function knowsUnicode(environment: Environment, platform: NodeJS.Platform): boolean {
  const locale = environment['LC_ALL'] || environment['LC_CTYPE'] || environment['LANG'];
  if (locale !== undefined && locale !== '') return /utf-?8/i.test(locale);
  if (platform === 'win32') return environment['WT_SESSION'] !== undefined || environment['TERM_PROGRAM'] === 'vscode';
  return platform === 'darwin';
}

/** An unknown terminal gets text and address: some print what they do not know. */
function knowsLinks(environment: Environment): boolean {
  const { TERM_PROGRAM: program = '', TERM: term = '', VTE_VERSION: vte = '', WT_SESSION: windows, TMUX: tmux } = environment;
  if (tmux !== undefined || /^(?:screen|tmux)/.test(term)) return false;
  return windows !== undefined || Number(vte) >= 5000 || /^(?:iTerm\.app|vscode|WezTerm|ghostty|Hyper)$/.test(program) || /^xterm-(?:kitty|ghostty)$/.test(term);
}
