import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { FileAnswer, FileJob } from './read-file.ts';
import type { Answers, WorkerData } from './worker.ts';

const MAX_WORKERS = 4;
/** Files that a worker gets at a time. */
const BATCH = 16;
/** Fewer are read by one worker: another would not have started before they are done. */
const MIN_FOR_TWO = 100;
const MAX_HEAP_MB = 512;
/** A worker that has not answered by then hangs in what cannot be interrupted, and is ended. */
const BATCH_LIMIT_MS = 60_000;

/** Threads that read files of one root. They stay until `close`, with the grammars that they have loaded. */
export class ReaderPool {
  readonly #root: string;
  #workers: Worker[] = [];

  constructor(root: string) {
    this.#root = root;
  }

  /** The answers, in no order; after `limitMs` no further file is begun. A file that ends its worker, or that its parser fails on, counts as broken. */
  async read(jobs: readonly FileJob[], { limitMs, signal }: { limitMs: number; signal: AbortSignal }): Promise<FileAnswer[]> {
    const endMs = performance.now() + limitMs;
    if (jobs.length === 0) return [];
    const wanted = jobs.length < MIN_FOR_TWO ? 1 : Math.min(MAX_WORKERS, availableParallelism());
    const { workerUrl } = await import('./worker.ts');
    while (this.#workers.length < wanted) this.#start(workerUrl);
    const left = toBatches(jobs, BATCH).reverse();
    const answers: FileAnswer[] = [];
    const serve = async (first: Worker): Promise<void> => {
      let worker: Worker | undefined = first;
      for (let batch = left.pop(); batch !== undefined && performance.now() < endMs; batch = left.pop()) {
        signal.throwIfAborted();
        const { answers: done, failed } = await this.#ask(worker ??= this.#start(workerUrl), batch, signal);
        for (const one of done) answers.push(one);
        if (failed === undefined) continue;
        await this.#drop(worker);
        worker = undefined;
        const rest = batch.slice(done.length);
        // One by one, so that only the one at fault is lost.
        if (rest.length > 1) left.push(...toBatches(rest, 1));
        else answers.push(...rest.map(toBroken));
      }
    };
    await Promise.all(this.#workers.slice(0, wanted).map(serve));
    return answers;
  }

  async close(): Promise<void> {
    const workers = this.#workers;
    this.#workers = [];
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  #start(url: URL): Worker {
    const worker = new Worker(url, {
      // From the sources, libraries are found by a condition; nothing else of how pith was started is the thread's.
      workerData: { pith: 'codemap', root: this.#root } satisfies WorkerData, execArgv: process.execArgv.filter((word) => word.startsWith('--conditions=')), stdout: true, stderr: true, resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
      env: {}, // It needs nothing of it.
    });
    worker.unref(); // An idle one keeps no process from ending.
    worker.on('error', () => {}); // Whoever waits for it hears of its end.
    worker.once('exit', () => { this.#workers = this.#workers.filter((one) => one !== worker); });
    this.#workers.push(worker);
    return worker;
  }

  async #drop(worker: Worker): Promise<void> {
    this.#workers = this.#workers.filter((one) => one !== worker);
    await worker.terminate();
  }

  /** What it answers; that it failed where it ends, or takes too long. */
  async #ask(worker: Worker, batch: readonly FileJob[], signal: AbortSignal): Promise<Answers> {
    const { promise, resolve, reject } = Promise.withResolvers<Answers>();
    const onMessage = (answers: Answers): void => resolve(answers);
    const onEnd = (): void => resolve({ answers: [], failed: 'it ended' });
    const onAbort = (): void => { void this.#drop(worker).then(() => reject(signal.reason)); };
    const timer = setTimeout(onEnd, BATCH_LIMIT_MS);
    worker.ref();
    worker.once('message', onMessage).once('exit', onEnd);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      worker.postMessage(batch);
      return await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      worker.off('message', onMessage).off('exit', onEnd);
      worker.unref();
    }
  }
}

function toBatches(jobs: readonly FileJob[], size: number): FileJob[][] {
  const batches: FileJob[][] = [];
  for (let start = 0; start < jobs.length; start += size) batches.push(jobs.slice(start, start + size));
  return batches;
}

function toBroken({ path }: FileJob): FileAnswer {
  return { path, stamp: '', entry: { path, stamp: '', hash: '', lines: 0, symbols: [], calls: [], skipped: 'broken' } };
}
