import type { ColorLevel, ThemeOptions } from './theme.ts';
import { type Environment, nameTerminal, type TerminalName } from './which-terminal.ts';

export interface TerminalFacts {
  name: TerminalName;
  /** Only lines one below the other: it cannot be drawn upon. */
  isDumb: boolean;
  /** Says for certain when its window comes to the front and goes. Others may: tmux does where `focus-events` is on. */
  reportsFocus: boolean;
  /** How it takes a message that it shows outside of its window; with none the bell is left. */
  message: 'osc9' | 'osc99' | 'osc777' | undefined;
  /** How it takes a picture. */
  images: 'kitty' | 'iterm' | undefined;
  /** The person sits at another machine: clipboard and windows of this one are not theirs. */
  isRemote: boolean;
}

type Ability = Partial<Pick<TerminalFacts, 'reportsFocus' | 'message' | 'images'> & { links: boolean; mostColors: ColorLevel; allColors: boolean }>;

/** VS Code draws pictures and Konsole shows messages only where a setting says so, so they do not. Inside of another program nothing of this is certain. */
const ABILITIES: Readonly<Partial<Record<TerminalName, Ability>>> = {
  kitty: { reportsFocus: true, message: 'osc99', images: 'kitty', links: true, allColors: true },
  ghostty: { reportsFocus: true, message: 'osc9', images: 'kitty', links: true, allColors: true },
  wezterm: { reportsFocus: true, message: 'osc9', images: 'iterm', links: true, allColors: true },
  iterm: { reportsFocus: true, message: 'osc9', images: 'iterm', links: true, allColors: true },
  foot: { reportsFocus: true, message: 'osc777', links: true, allColors: true },
  mintty: { reportsFocus: true, images: 'iterm', links: true, allColors: true },
  'windows-terminal': { reportsFocus: true, links: true, allColors: true },
  vscode: { reportsFocus: true, links: true },
  alacritty: { reportsFocus: true, links: true, allColors: true },
  konsole: { reportsFocus: true, links: true },
  vte: { reportsFocus: true },
  hyper: { links: true },
  // These take `38;2;r;g;b` for five settings, blinking among them, whatever COLORTERM was left behind by another terminal.
  apple: { mostColors: 2 },
  screen: { mostColors: 2 },
  linux: { mostColors: 1 },
};

/** What a terminal can besides drawing text, as far as its environment tells. */
export function toTerminalFacts(environment: Environment, { platform }: { platform: NodeJS.Platform }): TerminalFacts {
  const name = nameTerminal(environment, platform);
  const { reportsFocus = false, message, images } = ABILITIES[name] ?? {};
  return { name, isDumb: name === 'dumb', reportsFocus, message, images, isRemote: (environment['SSH_CONNECTION'] ?? environment['SSH_TTY'] ?? '') !== '' };
}

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
    links: isTerminal && !words && knowsLinks(environment, platform),
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
  const { mostColors = 3, allColors = false } = ABILITIES[nameTerminal(environment, platform)] ?? {};
  if (allColors || /-direct$/.test(term) || (/^(?:truecolor|24bit)$/.test(colors) && mostColors === 3)) return 3;
  if ((/-256(?:color)?$/.test(term) || platform === 'win32') && mostColors >= 2) return 2;
  return term === '' ? 0 : 1;
}

/** The first of the three that is set decides, as for every program; Windows has none of them. */
function knowsUnicode(environment: Environment, platform: NodeJS.Platform): boolean {
  const locale = environment['LC_ALL'] || environment['LC_CTYPE'] || environment['LANG'];
  if (locale !== undefined && locale !== '') return /utf-?8/i.test(locale);
  if (platform === 'win32') return ABILITIES[nameTerminal(environment, platform)] !== undefined;
  return platform === 'darwin';
}

/** An unknown terminal gets text and address: some print what they do not know. */
function knowsLinks(environment: Environment, platform: NodeJS.Platform): boolean {
  const name = nameTerminal(environment, platform);
  return ABILITIES[name]?.links === true || (name === 'vte' && Number(environment['VTE_VERSION']) >= 5000);
}
