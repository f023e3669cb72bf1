import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import type { FileAnswer, FileJob } from './read-file.ts';

/**
 * Where a worker begins: this very module, in the sources and in the bundle alike. Files are read and parsed in a thread of their
 * own, since what a file of somebody else does to a parser, in time or in memory, must not be done to pith.
 */
export const workerUrl = new URL(import.meta.url);

export interface WorkerData { pith: 'codemap'; root: string }
export type Answers = { answers: FileAnswer[] } | { failed: string };

if (!isMainThread && (workerData as Partial<WorkerData> | null)?.pith === 'codemap') {
  const { root } = workerData as WorkerData;
  parentPort!.on('message', (jobs: readonly FileJob[]) => void answer(root, jobs));
}

async function answer(root: string, jobs: readonly FileJob[]): Promise<void> {
  let answers: Answers;
  try {
    const { readCode } = await import('./read-file.ts');
    const done: FileAnswer[] = [];
    for (const job of jobs) done.push(await readCode(root, job));
    answers = { answers: done };
  } catch (error) {
    answers = { failed: error instanceof Error ? error.message : String(error) };
  }
  parentPort!.postMessage(answers);
}
