import type { ChildProcess } from 'node:child_process';
import { execa } from 'execa';
import { findProgram } from '@pith/child';

/**
 * Waits until its input ends, which the system sees to when pith is killed; then ends whatever carries the mark, group by group, until
 * a look finds nothing more. The rounds are bounded, since what cannot be killed would be found for ever.
 */
const SCRIPT = `
while read -r line; do :; done
round=0
while [ "$round" -lt 50 ]; do
  found=$("$1" -lsF -e "$2" /proc/[0-9]*/environ)
  [ -n "$found" ] || exit 0
  for place in $found; do
    pid=\${place#/proc/}
    pid=\${pid%/environ}
    kill -9 "-$pid" "$pid"
  done
  round=$((round + 1))
done
`;

/**
 * Ends the commands of a process that is killed, and so cannot do that itself: a command that nobody hears of any more must not go on
 * changing files, least of all beside the session that was resumed. A small shell of its own session, for as long as pith runs.
 */
export class Watchdog {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** @param mark as in `ProcessTree` @returns nothing where processes do not show their environment, or no program can look at it */
  static async start(mark: string, env: Readonly<Record<string, string | undefined>>): Promise<Watchdog | undefined> {
    if (process.platform !== 'linux') return undefined;
    const [shell, grep] = await Promise.all([findProgram('sh', env), findProgram('grep', env)]);
    if (shell === undefined || grep === undefined) return undefined;
    // The mark is among its arguments and not in its environment, so it does not find itself. That is not empty: so it looks while a
    // process turns into another program, and whoever looks for members (`stopTree`) would look again and again.
    const { nodeChildProcess: child } = execa(shell, ['-c', SCRIPT, 'pith-watchdog', grep, mark], {
      stdin: 'pipe', stdout: 'ignore', stderr: 'ignore', cwd: '/', env: { LC_ALL: 'C' }, extendEnv: false, detached: true, cleanup: false, buffer: false, reject: false,
    });
    child.unref();
    (child.stdin as (typeof child.stdin & { unref?: () => void }) | null)?.unref?.();
    child.stdin?.on('error', () => undefined); // It was killed: then commands end as they did without it.
    return new Watchdog(child);
  }

  /** There is nothing to wait for any more. */
  end(): void {
    this.#child.kill('SIGKILL');
  }
}
