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

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** The day here, and how its hours lie to those of the world. `Intl` would know its name, and take 14 ms to load. @param nowMs milliseconds since 1970 */
export function describeDate(nowMs: number): string {
  const date = new Date(nowMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  const east = -date.getTimezoneOffset();
  const offset = `UTC${east < 0 ? '-' : '+'}${two(Math.floor(Math.abs(east) / 60))}:${two(Math.abs(east) % 60)}`;
  return `Date: ${DAYS[date.getDay()]}, ${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}, ${offset}`;
}
