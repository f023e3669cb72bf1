/** The person's own folder, as the shell that they type in knows it. */
export function homeOf(env: Readonly<Record<string, string | undefined>>): string | undefined {
  return env['HOME'] ?? env['USERPROFILE'];
}
