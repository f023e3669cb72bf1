import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Place } from './pith.ts';

export type Line = { type: string } & Record<string, unknown>;

/** A conversation with a pith process, as a parent program holds it. */
export interface Talk {
  readonly child: ChildProcess;
  /** Everything it said, in order. */
  readonly lines: Line[];
  send(...lines: (object | string)[]): void;
  /** The next line that fits, of those that were not waited for before. @throws where the conversation ends first */
  until(fits: (line: Line) => boolean): Promise<Line>;
  /** The next of a type. */
  next(type: string): Promise<Line>;
  /** Closes standard input. @returns the exit code */
  end(): Promise<number | null>;
}

export function talk(place: Place, args: readonly string[], env: Record<string, string> = {}): Talk {
  const child = place.start(['run', '--input', 'stream-json', '--output', 'stream-json', ...args], { stdin: 'open', env });
  const lines: Line[] = [];
  let taken = 0;
  let changed = Promise.withResolvers<void>();
  let isOver = false;
  const wake = (): void => {
    changed.resolve();
    changed = Promise.withResolvers<void>();
  };
  child.stdin!.on('error', () => undefined); // It may end before it has read everything.
  const reader = createInterface({ input: child.stdout! });
  reader.on('line', (text) => { lines.push(JSON.parse(text) as Line); wake(); }).on('close', () => { isOver = true; wake(); });
  let stderr = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => { stderr += text; });
  const closed = once(child, 'close').then(([code]) => code as number | null);
  const until: Talk['until'] = async (fits) => {
    for (;;) {
      while (taken < lines.length) {
        const line = lines[taken++]!;
        if (fits(line)) return line;
      }
      if (isOver) throw new Error(`The conversation ended: ${stderr}`);
      await changed.promise;
    }
  };
  return {
    child, lines, until,
    send: (...given) => void child.stdin!.write(given.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('')),
    next: (type) => until((line) => line.type === type),
    end: () => {
      child.stdin!.end();
      return closed;
    },
  };
}

export const user = (text: string): Line => ({ type: 'user', text });
