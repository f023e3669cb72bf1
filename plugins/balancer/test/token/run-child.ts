import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Child {
  /** Writes to its standard input; without more, that is its end. */
  type(text: string, more?: 'more'): void;
  /** What stands on its standard error, once it holds this. */
  shows(text: RegExp): Promise<string>;
  ended: Promise<Ended>;
  kill(): void;
}
export interface Ended { stderr: string; out: string; result: Record<string, unknown> | null; error: { code: string; message: string; hint?: string; exitCode: number; details?: Record<string, unknown> } | null; /** All that it has said, anywhere. */ all: string }

const SCRIPT = fileURLToPath(new URL('command-child.ts', import.meta.url));

/** `pith accounts COMMAND WORDS…` as a process of its own. */
export function startCommand(home: string, words: readonly string[], { options = {}, env = {} }: { options?: object; env?: Record<string, string> } = {}): Child {
  const child = spawn(process.execPath, ['--conditions=pith-source', '--disable-warning=ExperimentalWarning', SCRIPT, home, ...words], { stdio: ['pipe', 'pipe', 'pipe', 'pipe'], env: { ...process.env, ...env, BALANCER_OPTIONS: JSON.stringify(options) } });
  const said = { stdout: '', stderr: '', result: '' };
  for (const [name, stream] of [['stdout', child.stdout], ['stderr', child.stderr], ['result', child.stdio[3]]] as const) {
    (stream as NodeJS.ReadableStream).setEncoding('utf8').on('data', (text: string) => { said[name] += text; });
  }
  const ended = once(child, 'close').then((): Ended => ({ ...JSON.parse(said.result === '' ? '{"out":"","result":null,"error":null}' : said.result) as Ended, stderr: said.stderr, all: said.stdout + said.stderr + said.result }));
  child.stdin.on('error', () => undefined); // It has ended before it was told all.
  return {
    type: (text, more) => (more === undefined ? child.stdin.end(text) : child.stdin.write(text)),
    shows: async (text) => {
      while (!text.test(said.stderr)) await Promise.race([once(child.stderr, 'data'), ended.then((how) => { throw new Error(`It ended: ${how.all}`); })]);
      return said.stderr;
    },
    ended, kill: () => child.kill('SIGKILL'),
  };
}
