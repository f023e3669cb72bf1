import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ErrorReport } from '@pith/kernel';
import type { ExampleResult, StartedExample } from '@pith/kernel/testing';
import type { ExampleMessage, ExampleRequest } from './example-child.ts';

/** How long the child may say nothing: longer than a tap may take, whose own limit tells more. */
export const EXAMPLE_LIMIT_MS = 15_000;

export interface ChildOptions {
  options?: Readonly<Record<string, unknown>>;
  knownPlugins?: readonly string[];
  /** Of a project's hook file: what may be loaded. */
  approved?: ExampleRequest['approved'];
  /** How long loading, or one example, may take. */
  limitMs?: number;
  /** Shows on standard error what the tested code prints. */
  isShown?: boolean;
  signal?: AbortSignal;
}

/** What came of the examples of one hook file or package. With `error` it could not be loaded, or its process was lost. */
export interface ExamplesOutcome { entry: string; plugin: string | null; taps: number | null; results: ExampleResult[]; error?: ErrorReport }

/**
 * Runs the examples of a hook file, or of the package in a folder, in a process of their own with a time limit: an endless
 * loop is ended and named. The code that is named is run, so the caller has a person's word for it.
 * @param entry absolute
 */
export async function runExamplesInChild(entry: string, { options = {}, knownPlugins = [], approved, limitMs = EXAMPLE_LIMIT_MS, isShown = false, signal }: ChildOptions = {}): Promise<ExamplesOutcome> {
  const folder = await mkdtemp(join(tmpdir(), 'pith-examples-'));
  try {
    const out = isShown ? 2 : 'ignore';
    const child = fork(fileURLToPath(import.meta.resolve('#run-examples')), {
      env: childEnvironment(folder), execArgv: ['--disable-warning=ExperimentalWarning', '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON'],
      stdio: ['ignore', out, out, 'ipc'], ...(signal === undefined ? {} : { signal, killSignal: 'SIGKILL' as const }),
    });
    const outcome: ExamplesOutcome = { entry, plugin: null, taps: null, results: [] };
    await new Promise<void>((resolve) => {
      let running: StartedExample | undefined;
      let isWhole = false;
      let isLate = false;
      const timer = setTimeout(() => { isLate = true; child.kill('SIGKILL'); }, limitMs);
      child.on('message', (message: ExampleMessage) => {
        timer.refresh();
        if (message.type === 'start') running = message.example;
        else if (message.type === 'result') outcome.results.push(message.result);
        else if (message.type === 'end') Object.assign(outcome, { plugin: message.plugin, taps: message.taps });
        else outcome.error = message.error;
        if (message.type === 'result') running = undefined;
        isWhole ||= message.type === 'end' || message.type === 'failed';
      });
      child.on('error', (error) => {
        if (child.pid !== undefined) return; // The end that follows says what there is to say.
        clearTimeout(timer);
        outcome.error = { code: 'EXAMPLES_FAILED', message: `No process could be started for ${entry}: ${error.message}` };
        resolve();
      });
      child.on('close', (code, killed) => {
        clearTimeout(timer);
        if (!isWhole) takeLoss(outcome, running, isLate ? `never ended: it was stopped after ${limitMs / 1000} s` : `ended the process (${killed ?? `exit ${code}`})`);
        resolve();
      });
      child.send({ entry, options, knownPlugins, ...(approved === undefined ? {} : { approved }) } satisfies ExampleRequest, () => undefined);
    });
    signal?.throwIfAborted();
    return outcome;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The child is gone: because of the example that ran, or while the code was loaded. */
function takeLoss(outcome: ExamplesOutcome, running: StartedExample | undefined, what: string): void {
  if (running === undefined) {
    outcome.error = { code: 'EXAMPLES_FAILED', message: `${outcome.entry} ${what}${outcome.results.length === 0 ? ' while it was loaded' : ''}` };
    return;
  }
  outcome.plugin = running.plugin;
  outcome.results.push({ ...running, ok: false, got: `${what}; the examples after it were not run` });
}

/** No secrets, no home folder: what an example needs it states. */
function childEnvironment(folder: string): NodeJS.ProcessEnv {
  const kept = ['PATH', 'Path', 'LANG', 'LC_ALL', 'TZ', 'SystemRoot', 'NODE_DISABLE_COMPILE_CACHE'];
  const env = Object.fromEntries(kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
  return { ...env, HOME: folder, USERPROFILE: folder, TMPDIR: folder, TEMP: folder, TMP: folder };
}
