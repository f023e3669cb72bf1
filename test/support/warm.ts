import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Ran } from './pith.ts';

const CHILD = fileURLToPath(new URL('warm-child.js', import.meta.url));

/** By the width of the screen, which oclif asks for once. */
const children = new Map<string, ChildProcess>();
let last: Promise<unknown> = Promise.resolve();

/**
 * Runs a command of the built pith in a process that is there already: nearly all of what a command takes is its start. For
 * tests whose subject is what a command does and says, not the process: no input, no signals, no keys in the environment, nothing that
 * is loaded twice from one place. It ends with whoever runs the tests.
 */
export function runWarm(args: readonly string[], { cwd, env }: { cwd: string; env: Record<string, string | undefined> }): Promise<Ran> {
  const columns = env['OCLIF_COLUMNS'] ?? '';
  const running = last.then(async () => {
    const warm = children.get(columns) ?? start(columns);
    warm.send({ args, cwd, env });
    const gone = new AbortController();
    const [answer] = await Promise.race([
      once(warm, 'message', { signal: gone.signal }),
      once(warm, 'exit', { signal: gone.signal }).then(([code, signal]: unknown[]) => { throw new Error(`pith ${args.join(' ')} took its process with it: ${String(code ?? signal)}`); }),
    ]).finally(() => gone.abort());
    return { signal: null, ...(answer as Omit<Ran, 'signal'>) };
  });
  last = running.catch(() => { children.get(columns)?.kill(); children.delete(columns); });
  return running;
}

function start(columns: string): ChildProcess {
  const started = fork(CHILD, { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'], env: { ...process.env, ...(columns === '' ? {} : { OCLIF_COLUMNS: columns }) } });
  children.set(columns, started);
  // It holds up nobody: the time limit of a test is what keeps mocha here until there is an answer.
  started.unref();
  started.channel!.unref();
  process.once('exit', () => started.kill());
  return started;
}
