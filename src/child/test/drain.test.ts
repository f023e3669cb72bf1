import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { drainPipes } from '../index.ts';

/** A child whose output is kept, once it has ended. */
async function ended(command: string): Promise<{ child: ChildProcess; text: () => string; drained: Promise<void> }> {
  const child = spawn('/bin/sh', ['-c', command], { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  let text = '';
  let lastMs = performance.now();
  child.stdout.setEncoding('utf8').on('data', (part: string) => { text += part; lastMs = performance.now(); });
  await once(child, 'exit');
  return { child, text: () => text, drained: drainPipes([child.stdout], { quietMs: 40, lastMs: () => lastMs }) };
}

describe('the output of a child that has ended', () => {
  it('is waited for until its pipe closes', async () => {
    const { text, drained } = await ended('i=0; while [ $i -lt 2000 ]; do echo 0123456789012345678901234567890123456789; i=$((i+1)); done');
    await drained;

    assert.equal(text().length, 2000 * 41);
  });

  it('is not waited for where something that was left behind keeps the pipe open, silent or not', async () => {
    for (const left of ['sleep 60', 'while :; do echo x; sleep 0.01; done']) {
      const { child, drained } = await ended(`echo first; (${left}) &`);
      await drained;

      assert.equal(child.stdout!.closed, false);
      process.kill(-child.pid!, 'SIGKILL');
    }
  });
});
