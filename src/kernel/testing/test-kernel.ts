import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TurnEvent } from '../event.ts';
import { allow } from '../hooks.ts';
import { createKernel, type Host, type Kernel, type KernelOptions } from '../kernel.ts';
import { definePlugin } from '../plugin.ts';
import type { Session, SessionOptions } from '../session.ts';

/** Allows everything; for tests that are not about permission. */
export const allowAll = definePlugin({
  name: 'allow-all', capabilities: ['permission:allow'],
  setup({ hooks }) { hooks.permission.tap('allow-all', () => allow('test')); },
});

/** A clock that moves only when told, ids that count, randomness that repeats. `sleep` moves the clock and returns. */
export function testHost(startMs = Date.UTC(2026, 0, 1)): Host & { advance(ms: number): void } {
  let nowMs = startMs;
  let ids = 0;
  let seed = 1;
  return {
    now: () => nowMs,
    advance: (ms) => { nowMs += ms; },
    newId: () => `id-${++ids}`,
    random: () => (seed = (seed * 16807) % 2147483647) / 2147483647,
    sleep: async (ms, signal) => { signal.throwIfAborted(); nowMs += ms; },
  };
}

export interface TestKernel {
  kernel: Kernel;
  session: Session;
  /** Everything the session's sink got. */
  events: TurnEvent[];
  /** A temporary folder, links resolved; the session's working folder. */
  folder: string;
  close(): Promise<void>;
}

/** A kernel with one session in a temporary folder. No home folder, network or clock of the machine is touched by it. */
export async function createTestKernel(options: KernelOptions & { session?: Partial<SessionOptions>; folder?: string } = {}): Promise<TestKernel> {
  const folder = options.folder ?? await realpath(await mkdtemp(join(tmpdir(), 'pith-test-')));
  const home = join(folder, '.pith-home');
  const events: TurnEvent[] = [];
  const kernel = await createKernel({
    env: {}, host: testHost(), ...options,
    paths: { config: join(home, 'config'), data: join(home, 'data'), cache: join(home, 'cache') },
  });
  const session = kernel.openSession({ cwd: folder, sink: (event) => { events.push(event); }, ...options.session });
  return {
    kernel, session, events, folder,
    close: async () => {
      await kernel.close();
      if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}
