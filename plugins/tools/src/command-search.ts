import { defineToolBody, type ToolBody, type ToolContext, type ToolResult } from '@pith/kernel';
import { endNotes, toContent } from './bash.ts';
import { toolError } from './errors.ts';
import { type WebSearchInput, webSearchInput } from './inputs.ts';
import type { Job } from './job.ts';
import { JobTable } from './job-table.ts';
import { QUERY } from './options.ts';

const LIMIT_MS = 30_000;

/** A search of the web by a program. What it writes is the result, within the bounds that `bash` has, too. */
export function createCommandSearch(argv: readonly string[]): ToolBody<WebSearchInput> {
  return defineToolBody<WebSearchInput>({
    input: webSearchInput,
    targets: ({ query }) => [{ family: 'WebSearch', name: query }],
    execute: ({ query }, context) => search(toCommand(argv, query), context),
  });
}

/** In single quotes nothing means anything to a shell, so each argument arrives as it is, and the query is one of them. */
export function toCommand(argv: readonly string[], query: string): string {
  return `exec ${argv.map((part) => `'${part.replaceAll(QUERY, () => query).replaceAll("'", "'\\''")}'`).join(' ')}`;
}

async function search(command: string, context: ToolContext): Promise<ToolResult> {
  const table = JobTable.of(context);
  const job = await table.start(command, context);
  try {
    const isOver = await waitFor(job, context.signal);
    await job.stop(); // Also what the program may have left running.
    context.signal.throwIfAborted();
    if (!isOver) throw toolError(`The search did not end within ${LIMIT_MS / 1000} s`, 'SEARCH_STOPPED', 'Try once more with other words, or go on without it.');
  } finally {
    table.forget(job);
  }
  const { exitCode } = job.end!;
  return { content: toContent(job.output.take(), endNotes(job.end!)), isError: exitCode !== 0, details: { exitCode } };
}

/** @returns whether the program has ended by itself */
async function waitFor(job: Job, signal: AbortSignal): Promise<boolean> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
  const stopped = Promise.withResolvers<boolean>();
  const onAbort = (): void => stopped.resolve(false);
  if (limit.aborted) onAbort();
  limit.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([job.ended.then(() => true), stopped.promise]);
  } finally {
    limit.removeEventListener('abort', onAbort);
  }
}
