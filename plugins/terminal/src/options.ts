import { describe, type Schema } from '@pith/kernel';

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

const CHOICES: Partial<Record<keyof TerminalOptions, readonly string[]>> = {
  theme: ['auto', 'dark', 'light'], colors: ['auto', 'none', '16', '256', 'all'], notify: ['bell', 'message', 'both', 'off'],
};

/** Checked by hand: zod would be loaded at every start. */
export const optionsSchema: Schema<TerminalOptions> = {
  '~standard': {
    version: 1, vendor: 'pith',
    validate: (value = {}) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return { issues: [{ path: [], message: `must be an object; found ${describe(value)}` }] };
      const issues = Object.entries(value).flatMap(([key, given]: [string, unknown]) => {
        const problem = Object.hasOwn(DEFAULTS, key) ? findProblem(key as keyof TerminalOptions, given) : `is not known; the options are ${Object.keys(DEFAULTS).join(', ')}`;
        return problem === undefined ? [] : [{ path: [key], message: problem }];
      });
      return issues.length > 0 ? { issues } : { value: { ...DEFAULTS, ...value } };
    },
  },
};

function findProblem(key: keyof TerminalOptions, given: unknown): string | undefined {
  const choices = CHOICES[key];
  if (choices !== undefined) return choices.includes(given as string) ? undefined : `must be one of ${choices.join(', ')}; found ${describe(given)}`;
  const wanted = typeof DEFAULTS[key];
  const name = wanted === 'boolean' ? 'true or false' : 'a text';
  return typeof given === wanted ? undefined : `must be ${name}; found ${describe(given)}`;
}
