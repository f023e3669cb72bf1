import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import type { SearchAnswer, SearchJob } from './job.ts';

/**
 * Where the worker begins: this very module, in the sources and in the bundle alike. A search runs in a thread of its own, since
 * what a pattern, a rule or a file of somebody else does to it, in time or in memory, must not be done to pith.
 */
export const workerUrl = new URL(import.meta.url);

export interface WorkerData { pith: 'search'; job: SearchJob }
/** The one thing that the worker is told later on: to come to an end with what it has. */
export const STOP = 'stop';

if (!isMainThread && (workerData as Partial<WorkerData> | null)?.pith === 'search') void answer((workerData as WorkerData).job);

async function answer(job: SearchJob): Promise<void> {
  const stopped = new Promise<void>((resolve) => parentPort!.once('message', () => resolve()));
  parentPort!.postMessage(await run(job, stopped));
}

async function run(job: SearchJob, stopped: Promise<void>): Promise<SearchAnswer> {
  try {
    if (job.kind === 'grep') return await (await import('./grep-search.ts')).search(job, stopped);
    return { found: (await import('./glob-walk.ts')).walk(job) };
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error) };
  }
}
