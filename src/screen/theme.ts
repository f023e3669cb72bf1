import { Chalk, type ChalkInstance } from 'chalk';
import type { Role } from './span.ts';

export type ColorLevel = 0 | 1 | 2 | 3;

export interface ThemeOptions {
  /** 0 none, 1 sixteen colours, 2 256, 3 all. */
  level: ColorLevel;
  background: 'dark' | 'light';
  /** For a screen reader: words in the place of colours, signs and boxes. */
  words: boolean;
  /** The terminal knows UTF-8. */
  unicode: boolean;
  /** The terminal knows links (OSC 8). */
  links: boolean;
}

/** How everything looks, for one terminal. */
export interface Theme extends ThemeOptions {
  paint(role: Role, text: string): string;
  signs: Readonly<typeof UNICODE_SIGNS>;
}

const UNICODE_SIGNS = { bullet: '•', done: '☑', open: '☐', bar: '│', rule: '─', cross: '┼', ellipsis: '…' };
const ASCII_SIGNS = { bullet: '*', done: '[x]', open: '[ ]', bar: '|', rule: '-', cross: '+', ellipsis: '...' };

export function createTheme(options: ThemeOptions): Theme {
  const level = options.words ? 0 : options.level;
  const painters = toPainters(new Chalk({ level }), options.background === 'light', level >= 2);
  return {
    ...options,
    level,
    signs: options.unicode && !options.words ? UNICODE_SIGNS : ASCII_SIGNS,
    paint: (role, text) => painters[role](text),
  };
}

/** Sixteen colours are the terminal's own and fit its background; of the others the lighter or the darker is taken. */
function toPainters(chalk: ChalkInstance, isLight: boolean, many: boolean): Record<Role, ChalkInstance> {
  const either = (few: ChalkInstance, onDark: string, onLight: string): ChalkInstance => (many ? chalk.hex(isLight ? onLight : onDark) : few);
  const behind = (few: ChalkInstance, onDark: string, onLight: string): ChalkInstance => (many ? chalk.bgHex(isLight ? onLight : onDark) : few);
  return {
    heading: either(chalk.cyan, '#7dcfff', '#005f87').bold, strong: chalk.bold, emphasis: chalk.italic, struck: chalk.strikethrough,
    code: either(chalk.yellow, '#e0af68', '#875f00'), link: either(chalk.blue, '#7aa2f7', '#0000af').underline, address: either(chalk.blue, '#7aa2f7', '#0000af'),
    quote: chalk.italic, sign: either(chalk.cyan, '#7dcfff', '#005f87'), dim: chalk.dim, html: chalk.dim,
    keyword: either(chalk.magenta, '#bb9af7', '#8700af'), string: either(chalk.green, '#9ece6a', '#005f00'), number: either(chalk.yellow, '#ff9e64', '#af5f00'),
    comment: either(chalk.dim, '#8a90b0', '#5f5f5f').italic, name: either(chalk.blue, '#7aa2f7', '#0000af'), type: either(chalk.cyan, '#2ac3de', '#005f87'),
    added: either(chalk.green, '#9ece6a', '#005f00'), removed: either(chalk.red, '#f7768e', '#870000'),
    'added-word': behind(chalk.inverse, '#2f5a2f', '#afd7af'), 'removed-word': behind(chalk.inverse, '#6a2f3a', '#ffafaf'),
    'line-number': chalk.dim, hunk: either(chalk.cyan, '#7dcfff', '#005f87'), file: chalk.bold,
  };
}
