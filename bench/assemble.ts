// One session with the plugin context, up to its first request; with the sources or the built bundles, as the process was started.
import { createKernel, type TurnEvent } from '@pith/kernel';
import { testModel } from '@pith/kernel/testing';
import context from '@pith/plugin-context';

/** From the begin of a turn until its first request stands, and the steps after it. */
export interface Assembled { firstMs: number; firstCpuMs: number; stepsMs: number[] }

export async function assemble({ cwd, home, git, steps = 1 }: { cwd: string; home: string; git: boolean; steps?: number }): Promise<Assembled> {
  const model = testModel(Array.from({ length: steps - 1 }, () => ({ calls: [{ name: 'none' }] })));
  const marks: { atMs: number; cpuMs: number }[] = [];
  const sink = ({ type }: TurnEvent): void => {
    if (type !== 'turn-start' && type !== 'context-ready') return;
    const { user, system } = process.cpuUsage();
    marks.push({ atMs: performance.now(), cpuMs: (user + system) / 1000 });
  };
  const kernel = await createKernel({ plugins: [context, model.plugin], env: { HOME: home, PATH: process.env['PATH'] }, options: { context: { git } } });
  const { status } = await kernel.openSession({ cwd, sink }).runTurn({ text: 'go' });
  if (status !== 'done') throw new Error(status);
  await kernel.close();
  const stepsMs = marks.slice(1).map(({ atMs }, index) => atMs - marks[index]!.atMs);
  return { firstMs: stepsMs[0]!, firstCpuMs: marks[1]!.cpuMs - marks[0]!.cpuMs, stepsMs: stepsMs.slice(1) };
}

if (process.argv[1] === import.meta.filename) console.log(JSON.stringify(await assemble(JSON.parse(process.argv[2]!) as Parameters<typeof assemble>[0])));
