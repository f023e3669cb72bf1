import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import type { FileAnswer, FileJob } from './read-file.ts';

/**
 * Where a worker begins: this very module, in the sources and in the bundle alike. Files are read and parsed in a thread of their
 * own, since what a file of somebody else does to a parser, in time or in memory, must not be done to pith.
 */
export const workerUrl = new URL(import.meta.url);

export interface WorkerData { pith: 'codemap'; root: string }
/** Of a file with `failed` the parser may be in any state: the worker is to be ended, and what comes after the file is not answered. */
export interface Answers { answers: FileAnswer[]; failed?: string }

if (!isMainThread && (workerData as Partial<WorkerData> | null)?.pith === 'codemap') {
  const { root } = workerData as WorkerData;
  parentPort!.on('message', (jobs: readonly FileJob[]) => void answer(root, jobs));
}

async function answer(root: string, jobs: readonly FileJob[]): Promise<void> {
  const answers: FileAnswer[] = [];
  let failed: string | undefined;
  for (const job of jobs) {
    try {
      const { readCode } = await import('./read-file.ts');
      answers.push(await readCode(root, job));
    } catch (error) {
      failed = `${job.path}: ${error instanceof Error ? error.message : String(error)}`;
      break;
    }
  }
  parentPort!.postMessage({ answers, ...(failed === undefined ? {} : { failed }) } satisfies Answers);
}
