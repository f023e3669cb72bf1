import { escapeControl, type TurnEvent } from '@pith/kernel';

type ToolStart = Extract<TurnEvent, { type: 'tool-start' }>;
type ToolEnd = Extract<TurnEvent, { type: 'tool-end' }>;

const WIDTH = 100;

/** A call in one line: the tool and what it touches. */
export function describeCall({ tool, targets, input }: Pick<ToolStart, 'tool' | 'targets' | 'input'>, cwd: string): string {
  const subjects = targets.map(({ path, command, url, name }) => (path === undefined ? command ?? url ?? name ?? '' : shorten(path, cwd)));
  const subject = subjects.length > 0 ? subjects.join(', ') : JSON.stringify(input) ?? '';
  return oneLine(`${tool} ${subject}`);
}

/** How a call ended, in one line; nothing to add where it went well. */
export function describeEnd({ status, error, content, durationMs }: ToolEnd): string {
  const last = content.findLast((block) => block.type === 'text')?.text.trim().split('\n').at(-1) ?? '';
  if (status === 'done') return durationMs >= 1000 ? `${(durationMs / 1000).toFixed(1)} s` : '';
  return oneLine(`${status}: ${error?.message ?? last}`);
}

function shorten(path: string, cwd: string): string {
  return path === cwd ? '.' : path.startsWith(`${cwd}/`) ? path.slice(cwd.length + 1) : path;
}

function oneLine(text: string): string {
  const flat = escapeControl(text.replaceAll(/\s+/g, ' ').trim());
  return flat.length > WIDTH ? `${flat.slice(0, WIDTH - 1)}…` : flat;
}
