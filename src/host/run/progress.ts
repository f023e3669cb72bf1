import { describeChange, escapeControl, joinRoom, type RoomMade, type Sink, type TurnEvent } from '@pith/kernel';
import { describeCall, describeEnd } from './describe-call.ts';
import type { Out } from './out.ts';

export interface ProgressOptions { err: Out; cwd: string; verbose: boolean; color: boolean }

/** Shows what a turn does on standard error: live at a terminal, a line for each step elsewhere. */
export interface Progress {
  sink: Sink;
  /** Writes all that waits to be written. */
  settle(): Promise<void>;
  /** Leaves the terminal to somebody else, though calls may still run. @returns ends that */
  pause(): Promise<() => void>;
}

export type Style = (text: string, kind: 'dim' | 'good' | 'bad' | 'warn') => string;

/** The stages of one pass that made room go on as one event: what a person is told is how much there was and is. */
export function joinStages(sink: Sink): Sink {
  let held: RoomMade | undefined;
  const release = (): void | Promise<void> => {
    const given = held;
    held = undefined;
    return given === undefined ? undefined : sink(given);
  };
  return (event) => {
    if (event.type !== 'compaction') return both(release(), sink(event));
    const joined = held === undefined ? undefined : joinRoom(held, event);
    const released = joined === undefined ? release() : undefined;
    held = joined ?? event;
    return released;
  };
}

/** Waits for both, where there is anything to wait for. */
export function both(a: void | Promise<void>, b: void | Promise<void>): void | Promise<void> {
  if (a === undefined) return b;
  return b === undefined ? a : Promise.all([a, b]).then(() => undefined);
}

/** Plain lines, for logs and pipes. */
export async function createLineProgress(options: ProgressOptions): Promise<Progress> {
  const style = await createStyle(options.color);
  return { sink: joinStages((event) => options.err.write(toLine(event, options, style))), settle: async () => undefined, pause: async () => () => undefined };
}

function toLine(event: TurnEvent, { cwd, verbose }: ProgressOptions, style: Style): string {
  const indent = '  '.repeat(event.ancestorRunIds?.length ?? 0);
  const line = (text: string): string => `${indent}${text}\n`;
  switch (event.type) {
    case 'tool-start': return line(`${style('›', 'dim')} ${describeCall(event, cwd)}`);
    case 'tool-end': {
      const end = describeEnd(event);
      if (event.status === 'done') return verbose ? line(style(`  ${event.tool} done ${end}`.trimEnd(), 'dim')) : '';
      return line(`${style('✗', 'bad')} ${event.tool} ${end}`);
    }
    default: return toNote(event, verbose, style, line);
  }
}

/** Lines that are the same whichever way progress is shown. */
export function toNote(event: TurnEvent, verbose: boolean, style: Style, line: (text: string) => string): string {
  switch (event.type) {
    case 'notice': return line(`${style(event.level === 'info' ? '·' : '!', event.level === 'info' ? 'dim' : 'warn')} ${escapeControl(event.text)}`);
    case 'retry': return event.waitMs === 0 && !verbose ? '' : line(`${style('!', 'warn')} ${describeWait(event)}: ${escapeControl(event.reason)}`);
    case 'compaction': return line(style(`· ${describeChange(event)}`, 'dim'));
    case 'run-start': return line(`${style('›', 'dim')} ${escapeControl(event.name)}: ${escapeControl(event.task.split('\n', 1)[0] ?? '')}`);
    default: return verbose ? toVerbose(event, style, line) : '';
  }
}

/** From here on a person may not want to wait. */
const LONG_MS = 10_000;

/** What is tried again at once has a notice of its own where it matters. */
function describeWait({ waitMs }: Extract<TurnEvent, { type: 'retry' }>): string {
  return waitMs === 0 ? 'trying again' : `trying again in ${(waitMs / 1000).toFixed(1)} s${waitMs < LONG_MS ? '' : ' (Ctrl-C ends it)'}`;
}

function toVerbose(event: TurnEvent, style: Style, line: (text: string) => string): string {
  switch (event.type) {
    case 'history-changed': case 'model-changed': case 'mode-changed': return line(style(`  ${describeChange(event)}`, 'dim'));
    case 'model-start': return line(style(`  step ${event.step}: ${event.provider}/${escapeControl(event.model)}`, 'dim'));
    case 'model-end': return line(style(`  ${event.usage === null ? 'usage unknown' : `${event.usage.input} in, ${event.usage.output} out`}, ${event.costMicroUsd === null ? 'cost unknown' : `$${(event.costMicroUsd / 1e6).toFixed(6)}`}, ${event.durationMs} ms`, 'dim'));
    case 'permission-decided': return line(style(`  ${event.verdict} by ${event.by}: ${escapeControl(event.reason)}${event.rule === null ? '' : ` (${escapeControl(event.rule)})`}`, 'dim'));
    default: return '';
  }
}

export function usesColor(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR, FORCE_COLOR } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '0') return true;
  return Boolean(stream.isTTY) && stream.hasColors?.() !== false;
}

/** chalk is loaded only where something is coloured. */
export async function createStyle(color: boolean): Promise<Style> {
  if (!color) return (text) => text;
  const { Chalk } = await import('chalk');
  const chalk = new Chalk();
  const styles = { dim: chalk.dim, good: chalk.green, bad: chalk.red, warn: chalk.yellow };
  return (text, kind) => styles[kind](text);
}
