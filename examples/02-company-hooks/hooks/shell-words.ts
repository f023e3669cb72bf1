// What hook files share they import like any other file: trust covers it, too.

/**
 * The commands of a line of the shell, each as its words, quotes taken off. It does not understand the shell, and errs on
 * the careful side: what stands in quotes, in `$( )` or behind `&&` counts like what stands alone.
 */
export function commandsIn(line: string): string[][] {
  return line.split(/[;&|\n()`]+/)
    .map((command) => command.trim().split(/\s+/).map((word) => word.replaceAll(/['"]/g, '')).filter((word) => word !== ''))
    .filter((words) => words.length > 0);
}
