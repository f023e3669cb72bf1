/** The exit code of an error that oclif made; nothing for any other error. */
export function cliErrorExit(error: unknown): number | undefined {
  const exit = (error as { oclif?: { exit?: unknown } } | null)?.oclif?.exit;
  return typeof exit === 'number' ? exit : undefined;
}

/** `this.exit()` ends a command by throwing; there is nothing to say. */
export function isQuietExit(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 'EEXIT';
}
