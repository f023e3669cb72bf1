import { defineToolBody, type TextBlock, type ToolContext, type ToolResult } from '@pith/kernel';
import { type BashInput, bashInput, DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS } from './inputs.ts';
import type { Job, JobEnd } from './job.ts';
import { JobTable } from './job-table.ts';
import { Progress } from './progress.ts';

type Cause = 'ended' | 'time' | 'signal';

/**
 * The first block of the result is what the command wrote, both its streams in their order. A second block, in brackets, says
 * how it ended where that was not exit code 0.
 */
export default defineToolBody<BashInput>({
  input: bashInput,
  targets: ({ command }) => [{ family: 'Bash', command }],
  async execute({ command, timeoutMs = DEFAULT_TIMEOUT_MS, background = false }, context) {
    const table = JobTable.of(context);
    const job = await table.start(command, context);
    if (!background) return await finish(table, job, timeoutMs, context);
    table.keep(job);
    return { content: [{ type: 'text', text: `Started ${job.id}. Look at its output, wait for it or stop it with jobs.` }], details: { job: job.id } };
  },
});

async function finish(table: JobTable, job: Job, timeoutMs: number, context: ToolContext): Promise<ToolResult> {
  const cause = await waitFor(job, timeoutMs, context);
  const stopped = cause === 'ended' || await job.stop();
  if (cause === 'signal') {
    table.forget(job);
    throw context.signal.reason;
  }
  const notes = stopped ? [] : ['some of its processes could not be stopped'];
  if (cause === 'time') notes.push(`stopped after ${timeoutMs / 1000} s, its time limit; allow more with timeoutMs, at most ${MAX_TIMEOUT_MS}, or run it in the background`);
  const end = job.end ?? { exitCode: null, signal: null, durationMs: Math.round(performance.now() - job.startMs) };
  if (cause === 'ended') notes.push(...endNotes(end));
  const output = job.output.take();
  if (cause === 'ended' && job.isAlive()) {
    table.keep(job);
    notes.push(`something it started still runs, as ${job.id}; look at it or stop it with jobs`);
  } else {
    table.forget(job);
  }
  return {
    content: toContent(output, notes), isError: cause === 'time' || end.exitCode !== 0,
    details: { exitCode: end.exitCode, signal: end.signal, timedOut: cause === 'time', durationMs: end.durationMs },
  };
}

/** Waits for the end of the shell, and for nothing after it. */
async function waitFor(job: Job, timeoutMs: number, { signal, progress: report }: ToolContext): Promise<Cause> {
  const progress = new Progress(report);
  job.onBytes = (bytes) => progress.add(bytes);
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  try {
    return await new Promise<Cause>((resolve) => {
      onAbort = () => resolve('signal');
      if (signal.aborted) onAbort();
      signal.addEventListener('abort', onAbort, { once: true });
      timer = setTimeout(() => resolve('time'), timeoutMs);
      void job.ended.then(() => resolve('ended'));
    });
  } finally {
    job.onBytes = undefined;
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort!);
    progress.end();
  }
}

export function endNotes({ exitCode, signal }: JobEnd): string[] {
  if (signal !== null) return [`ended by ${signal}`];
  return exitCode === 0 ? [] : [`exit code ${exitCode}`];
}

export function toContent(output: string, notes: readonly string[]): TextBlock[] {
  const content: TextBlock[] = [];
  if (output !== '') content.push({ type: 'text', text: output });
  const said = output === '' && notes.length === 0 ? ['no output'] : notes;
  if (said.length > 0) content.push({ type: 'text', text: `${output === '' || output.endsWith('\n') ? '' : '\n'}[${said.join('; ')}]` });
  return content;
}
