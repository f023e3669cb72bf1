import { isAbsolute, relative, sep } from 'node:path';
import { escapeControl, type RestoredFile } from '@pith/kernel';
import { toCount } from '../slash/words.ts';
import type { Step } from './facts.ts';

const NAMED_MAX = 20;
type Words = Readonly<Record<RestoredFile['kind'], string>>;

/** What becomes of files, and what became of them. */
const WILL: Readonly<Record<'undo' | 'redo', Words>> = {
  undo: { create: 'comes back', update: 'becomes what it was', delete: 'goes' },
  redo: { create: 'comes back', update: 'is changed again', delete: 'goes again' },
};
const DONE: typeof WILL = {
  undo: { create: 'is there again', update: 'is as it was', delete: 'is gone' },
  redo: { create: 'is there again', update: 'is changed again', delete: 'is gone again' },
};

/** A line for each of the first files, and one for the rest. */
export function toFileLines(files: readonly RestoredFile[], { what, cwd, isDone = false }: { what: 'undo' | 'redo'; cwd: string; isDone?: boolean }): string[] {
  const rest = files.length - NAMED_MAX;
  const lines = files.slice(0, NAMED_MAX).map(({ path, kind, lost }) => `${toName(path, cwd)}: ${lost ?? (isDone ? DONE : WILL)[what][kind]}`);
  return rest > 0 ? [...lines, `and ${toCount(rest, 'more file', 'more files')}`] : lines;
}

/** As a person would type it in the folder. */
export function toName(path: string, cwd: string): string {
  const name = relative(cwd, path);
  return escapeControl(name === '' || name === '..' || name.startsWith(`..${sep}`) || isAbsolute(name) ? path : name);
}

/** What stays done whatever is taken back of files. One sentence each. */
export function toStaying(steps: readonly Step[], notKept: readonly string[]): string[] {
  const byTool = Map.groupBy(steps.flatMap(({ outside }) => outside), ({ tool }) => tool);
  const sum = (calls: readonly { calls: number }[]): number => calls.reduce((count, each) => count + each.calls, 0);
  const reached = [...byTool].filter(([, [first]]) => !first!.runs).map(([tool, calls]) => `${toCount(sum(calls), 'call')} of ${tool}`);
  const commands = sum([...byTool].filter(([, [first]]) => first!.runs).flatMap(([, calls]) => calls));
  return [
    ...(reached.length === 0 ? [] : [`Not taken back: ${reached.join(', ')}.`]),
    ...(commands === 0 ? [] : [`What ${toCount(commands, 'command')} did elsewhere, in ignored files or over the network stays.`]),
    ...notKept.map((what) => `Not kept: ${what}.`),
  ];
}
