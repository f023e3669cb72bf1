import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { FileAnswer, FileJob } from './read-file.ts';
import type { Answers, WorkerData } from './worker.ts';

const MAX_WORKERS = 4;
/** Files that a worker gets at a time. */
const BATCH = 24;
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

  /** The answers, in no order. Of files that ended their worker none is given: they count as slow. */
  async read(jobs: readonly FileJob[], signal: AbortSignal): Promise<FileAnswer[]> {
    if (jobs.length === 0) return [];
    const wanted = jobs.length < MIN_FOR_TWO ? 1 : Math.min(MAX_WORKERS, availableParallelism());
    const { workerUrl } = await import('./worker.ts');
    while (this.#workers.length < wanted) this.#start(workerUrl);
    const left = [...jobs].reverse();
    const answers: FileAnswer[] = [];
    const serve = async (worker: Worker | undefined): Promise<void> => {
      while (left.length > 0) {
        signal.throwIfAborted();
        const batch = left.splice(-BATCH).reverse();
        const answered = await this.#ask(worker ??= this.#start(workerUrl), batch, signal);
        if (answered === undefined) {
          await this.#drop(worker);
          worker = undefined;
        }
        answers.push(...answered ?? batch.map(toSlow));
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
      workerData: { pith: 'codemap', root: this.#root } satisfies WorkerData, execArgv: [], stdout: true, stderr: true, resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
      env: {}, // It needs nothing of it.
    });
    worker.unref(); // An idle one keeps no process from ending.
    worker.on('error', () => {}); // Whoever waits for it hears of its end.
    this.#workers.push(worker);
    return worker;
  }

  async #drop(worker: Worker): Promise<void> {
    this.#workers = this.#workers.filter((one) => one !== worker);
    await worker.terminate();
  }

  /** @returns nothing where the worker ended, or did not answer in time */
  async #ask(worker: Worker, batch: readonly FileJob[], signal: AbortSignal): Promise<FileAnswer[] | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<FileAnswer[] | undefined>();
    const onMessage = (answers: Answers): void => ('failed' in answers ? reject(new Error(answers.failed)) : resolve(answers.answers));
    const onEnd = (): void => resolve(undefined);
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

function toSlow({ path }: FileJob): FileAnswer {
  return { path, stamp: '', entry: { path, stamp: '', hash: '', lines: 0, symbols: [], calls: [], skipped: 'slow' } };
}
