// What an entry of the transcript costs: written, and written and flushed.
// Run with: npm run bench journal
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TurnEvent } from '@pith/kernel';
import { Recorder } from '../plugins/sessions/src/recorder.ts';
import { median, report } from './measure.ts';

const ENTRIES = 2000;
const FLUSHES = 400;
/** What a tool usually gives back. */
const RESULT = `${'x'.repeat(63)}\n`.repeat(16);

const folder = await mkdtemp(join(tmpdir(), 'pith-bench-journal-'));
const recorder = new Recorder(folder);
let seq = 0;
const stamp = (): Pick<TurnEvent, 'seq' | 'atMs' | 'sessionId' | 'turnId' | 'runId'> => ({ seq: seq++, atMs: Date.now(), sessionId: 'bench', turnId: 'turn', runId: 'turn' });
const next = (): TurnEvent => ({ type: 'tool-end', callId: `call-${seq}`, index: 0, tool: 'read', status: 'done', content: [{ type: 'text', text: RESULT }], changes: [], durationMs: 1, ...stamp() });

recorder.record({ type: 'session-start', v: 1, cwd: folder, model: 'm', provider: 'p', mode: 'default', resumed: false, history: 0, kernel: '1', ...stamp() });
const written: number[] = [];
for (let entry = 0; entry < ENTRIES; entry++) {
  const event = next();
  const startMs = performance.now();
  recorder.record(event);
  written.push(performance.now() - startMs);
}
const flushed: number[] = [];
for (let entry = 0; entry < FLUSHES; entry++) {
  const event = next();
  const startMs = performance.now();
  recorder.record(event);
  await recorder.flush('bench');
  flushed.push(performance.now() - startMs);
}
recorder.close();
await rm(folder, { recursive: true, force: true });

report('journal', [
  { name: 'an entry of 1 KB, written', unit: 'µs', must: 60, got: median(written) * 1000 },
  { name: 'the same, flushed', unit: 'ms', must: 1, got: median(flushed) },
]);
