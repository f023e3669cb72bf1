import { escapeControl } from '@pith/kernel';

export interface Setting {
  cwd: string;
  roots: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  platform: NodeJS.Platform;
}

/** What a model must know of the machine to name files and write commands. */
export function describeEnvironment({ cwd, roots, env, platform }: Setting): string {
  const added = roots.filter((root) => root !== cwd);
  const shell = env['SHELL'] ?? env['ComSpec'];
  return [
    `Working folder: ${escapeControl(cwd)}`,
    ...(added.length === 0 ? [] : [`Further folders: ${added.map((root) => escapeControl(root)).join(', ')}`]),
    `Platform: ${platform}`,
    ...(shell === undefined || shell === '' ? [] : [`Shell: ${escapeControl(shell)}`]),
  ].join('\n');
}

/** The day, and where its hours are counted. @param nowMs milliseconds since 1970 */
export function describeDate(nowMs: number, timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone): string {
  const parts = Object.fromEntries(new Intl.DateTimeFormat('en-US', { timeZone, weekday: 'long', year: 'numeric', month: '2-digit', day: '2-digit', timeZoneName: 'longOffset' }).formatToParts(nowMs).map(({ type, value }) => [type, value]));
  return `Date: ${parts['weekday']}, ${parts['year']}-${parts['month']}-${parts['day']}, ${timeZone} (${parts['timeZoneName']})`;
}
