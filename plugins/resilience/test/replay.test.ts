import assert from 'node:assert/strict';
import { createKernel, PithError, replaySitting } from '@pith/kernel';
import { createTestKernel, testModel } from '@pith/kernel/testing';
import { tapeRecorder } from '../../../test/support/long-session.ts';
import resilience from '../src/index.ts';

const busy = (): PithError => new PithError('busy', { code: 'PROVIDER_OVERLOADED', origin: 'provider', details: { status: 529, retryable: true } });
const later = (): PithError => new PithError('slow down', { code: 'PROVIDER_RATE_LIMITED', origin: 'provider', details: { status: 429, limits: { windows: { requests: { remaining: 0, resetAtMs: Date.UTC(2026, 0, 1) + 5000 } }, headers: {} } } });

/** A session whose turns were recorded, and what its replay has that differs. */
async function recordAndReplay({ stopInWait = false } = {}) {
  const tape = tapeRecorder();
  const stop = new AbortController();
  const model = testModel([busy(), later(), 'one', busy(), busy(), busy(), busy(), 'two', ...Array.from({ length: 20 }, busy)]);
  const options = { resilience: { fallback: ['other'], maxAttempts: 5 } };
  const { session, events, close } = await createTestKernel({ plugins: [model.plugin, resilience, tape.plugin], options, ...(stopInWait ? { host: { random: () => 0.9 } } : {}) });
  if (stopInWait) session.sink = (event) => { events.push(event); if (event.type === 'retry') setImmediate(() => stop.abort()); };
  for (const text of stopInWait ? ['a'] : ['a', 'b', 'c']) await session.runTurn({ text }, { signal: stop.signal });
  await close();
  const kernel = await createKernel({ plugins: [testModel([]).plugin, resilience, tapeRecorder().plugin], options, env: {} });
  const { difference } = await replaySitting(kernel, tape.sitting());
  await kernel.close();
  return { difference, events };
}

describe('a replay of what was tried again', () => {
  it('comes to the same waits, models and events, and waits for nothing', async () => {
    const { difference, events } = await recordAndReplay();

    assert.deepEqual(events.flatMap((event) => (event.type === 'model-end' ? [event.model] : [])), ['model', 'other', 'other']);
    assert.equal(events.filter(({ type }) => type === 'retry').length, 2 + 4 + 7);
    assert.equal(difference, null, JSON.stringify(difference));
  });

  it('ends a wait where the turn was stopped in it', async () => {
    const { difference, events } = await recordAndReplay({ stopInWait: true });

    assert.deepEqual(events.flatMap((event) => (event.type === 'turn-end' ? [event.status] : [])), ['interrupted']);
    assert.equal(difference, null, JSON.stringify(difference));
  });
});
