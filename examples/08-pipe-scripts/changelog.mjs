#!/usr/bin/env node
// Writes a changelog entry from the log that comes through the pipe, and tells on standard error what is going on:
//   git log --oneline v1.2..HEAD | node changelog.mjs > entry.md
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const task = 'Write a changelog entry for these commits: one line each for whoever uses the program, nothing internal.';
const pith = spawn('pith', ['run', '--output', 'stream-json', task], { stdio: ['inherit', 'pipe', 'inherit'], shell: process.platform === 'win32' });
pith.on('error', (error) => {
  process.stderr.write(`pith cannot be started: ${error.message}\n`);
  process.exitCode = 1;
});

// One event a line, as it happens. Exactly one turn-end closes the turn, whatever came of it.
for await (const line of createInterface({ input: pith.stdout })) {
  const event = JSON.parse(line);
  if (event.type === 'tool-start') process.stderr.write(`… ${event.tool}\n`);
  if (event.type !== 'turn-end') continue;
  if (event.status === 'done') process.stdout.write(`${event.result}\n`);
  const cost = event.costMicroUsd === null ? 'unknown' : `$${(event.costMicroUsd / 1e6).toFixed(4)}`;
  process.stderr.write(`${event.status}${event.reason === null ? '' : `: ${event.reason}`}; ${event.steps} model calls, cost ${cost}\n`);
}
if (pith.exitCode === null && pith.signalCode === null && pith.pid !== undefined) await once(pith, 'close');
// The exit code says the same to whoever calls this script.
process.exitCode ??= pith.exitCode ?? 1;
