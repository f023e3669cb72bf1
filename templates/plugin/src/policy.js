/**
 * The rule itself, as a plain function: a test calls it directly, and so does the command.
 * @param {string} command a line of the shell
 * @returns {string | undefined} why it is refused
 */
export function whyRefused(command) {
  const isForced = /\bgit\s+push\b/.test(command) && /\s(--force|-f)\b(?!-)/.test(command);
  return isForced ? 'a forced push overwrites the work of others; use --force-with-lease' : undefined;
}
