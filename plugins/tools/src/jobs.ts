import { setTimeout as sleep } from 'node:timers/promises';
import { defineToolBody, escapeControl, type ToolContext, type ToolResult } from '@pith/kernel';
import { endNotes, toContent } from './bash.ts';
import { type JobsInput, jobsInput } from './inputs.ts';
import type { Job } from './job.ts';
import { JobTable } from './job-table.ts';

/** Of a command, what the list shows. */
const SHOWN_CHARACTERS = 100;

/**
 * Touches nothing but what `bash` started in this session, which was allowed then. So looking is a read without a target;
 * stopping changes what runs, and is judged.
 */
export default defineToolBody<JobsInput>({
  input: jobsInput,
  effectOf: (input) => (isStop(input) ? 'exec' : 'read'),
  targets: (input) => (isStop(input) ? [{ family: 'jobs', name: `stop ${input.job}` }] : []),
  async execute({ job: id, action = 'output', waitMs = 0 }, context) {
    const table = JobTable.of(context);
    if (id === undefined) return list(table);
    const job = table.get(id);
    if (action === 'output') await waitForEnd(job, waitMs, context);
    const stopped = action === 'stop' ? await job.stop() : undefined;
    return toResult(table, job, stopped);
  },
});

/** Without a job the jobs are listed, whatever else is said. */
function isStop({ job, action }: JobsInput): boolean {
  return action === 'stop' && job !== undefined;
}

function list(table: JobTable): ToolResult {
  const jobs = table.list().map((job) => ({ job: job.id, command: job.command, alive: job.isAlive(), state: stateOf(job), ...job.end }));
  const lines = jobs.map(({ job, state, command }) => `${job}  ${state}  ${shorten(escapeControl(command))}`);
  return { content: [{ type: 'text', text: lines.length === 0 ? '[no background jobs]' : lines.join('\n') }], details: { jobs } };
}

function toResult(table: JobTable, job: Job, stopped: boolean | undefined): ToolResult {
  const alive = job.isAlive();
  const notes = [stopped === false ? 'some of its processes could not be stopped' : stopped === true ? `${job.id} was stopped` : `${job.id} ${stateOf(job)}`];
  const content = toContent(job.output.take(), notes);
  if (!alive) table.forget(job); // It has nothing more to say.
  return { content, details: { job: job.id, alive, exitCode: job.end?.exitCode ?? null, signal: job.end?.signal ?? null } };
}

function stateOf(job: Job): string {
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  if (job.end === undefined) return `has run for ${seconds(performance.now() - job.startMs)}`;
  const how = endNotes(job.end)[0] ?? 'exit code 0';
  return `ended after ${seconds(job.end.durationMs)}: ${how}${job.isAlive() ? '; something it started still runs' : ''}`;
}

/** Waits until the shell has ended, `waitMs` are over, or the call must end. */
async function waitForEnd(job: Job, waitMs: number, { signal }: ToolContext): Promise<void> {
  if (waitMs === 0 || job.end !== undefined) return;
  const over = new AbortController();
  const limit = AbortSignal.any([signal, over.signal]);
  try {
    await Promise.race([job.ended, sleep(waitMs, undefined, { signal: limit })]);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw error;
  } finally {
    over.abort();
  }
}

function shorten(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS).toWellFormed()}…` : text;
}
