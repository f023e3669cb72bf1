import { createTheme, type Line, paintLine, textOf, type ThemeOptions } from '../index.ts';

/** A terminal of a person: dark, all colours, no links, unless it is told otherwise. */
export function themeFor(options: Partial<ThemeOptions> = {}): ReturnType<typeof createTheme> {
  return createTheme({ level: 3, background: 'dark', words: false, unicode: true, links: false, ...options });
}

/** What is read, row by row. */
export function shown(lines: readonly Line[]): string[] {
  return lines.map(textOf);
}

export function painted(lines: readonly Line[], theme = themeFor()): string[] {
  return lines.map((line) => paintLine(line, theme));
}
