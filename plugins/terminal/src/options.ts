import { defineOptions, isFlag, isOneOf, isText } from '@pith/kernel';

export interface TerminalOptions {
  /** Colours for a dark or a light background; `auto` asks the terminal. */
  theme: 'auto' | 'dark' | 'light';
  /** How many colours; `auto` is what the environment tells, NO_COLOR and FORCE_COLOR included. */
  colors: 'auto' | 'none' | '16' | '256' | 'all';
  /** What is done when it waits for the person and the window is not in front: `bell`, a `message` of the terminal (OSC 9), both, or nothing. */
  notify: 'bell' | 'message' | 'both' | 'off';
  /** The window is called after the folder. */
  title: boolean;
  /** Plain lines in their order, as with `--plain`. */
  screenReader: boolean;
  /** The editor for Ctrl-G, with its arguments; empty is `$VISUAL`, then `$EDITOR`. */
  editor: string;
  /** A program for long texts, with its arguments, as `less -R`; empty is the pager of pith. */
  pager: string;
}

export const DEFAULTS: TerminalOptions = { theme: 'auto', colors: 'auto', notify: 'bell', title: true, screenReader: false, editor: '', pager: '' };

export const optionsSchema = defineOptions<TerminalOptions>({
  theme: isOneOf('auto', 'dark', 'light'), colors: isOneOf('auto', 'none', '16', '256', 'all'), notify: isOneOf('bell', 'message', 'both', 'off'),
  title: isFlag, screenReader: isFlag, editor: isText, pager: isText,
}, { defaults: DEFAULTS });
