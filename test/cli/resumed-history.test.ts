import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKernel, type Kernel } from '@pith/kernel';
import { testModel } from '@pith/kernel/testing';
import sessions from '@pith/plugin-sessions';
import { findStored, toSessionOptions } from '../../src/host/run/open-session.ts';

const KEY = 'ghp_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7aB3dE6gH9';

describe('the history that a session is resumed with', () => {
  let data: string;
  let kernel: Kernel;
  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'pith-resumed-'));
    kernel = await createKernel({ plugins: [sessions, testModel().plugin], paths: { config: data, data, cache: data }, env: {} });
  });
  afterEach(async () => {
    await kernel.close();
    await rm(data, { recursive: true, force: true });
  });

  /** A kept session, with what somebody makes of its text meanwhile. */
  async function keep(change: (transcript: string) => string): Promise<void> {
    const session = kernel.openSession({ id: 'kept', cwd: '/a' });
    await session.runTurn({ text: 'the word is basket' });
    await session.close();
    const name = (await readdir(join(data, 'sessions'), { recursive: true })).find((each) => each.endsWith('kept.jsonl'))!;
    const file = join(data, 'sessions', name);
    await writeFile(file, change(await readFile(file, 'utf8')));
  }

  async function resume(id: string) {
    return toSessionOptions(kernel, {}, { cwd: '/a', stored: await findStored(kernel, { id }, '/a'), sink: () => undefined });
  }

  it('is known to be masked where this pith has kept it, also in a fork', async () => {
    await keep((transcript) => transcript);
    const fork = await (await kernel.service('sessions')).fork('kept');

    assert.deepEqual([(await resume('kept')).historyIsKept, (await resume(fork.id)).historyIsKept], [true, true]);
  });

  it('holds no key for any plugin where an older pith has kept one', async () => {
    await keep((transcript) => transcript.replace('"masked":true', '"older":true').replaceAll('basket', KEY));

    const options = await resume('kept');

    assert.ok(JSON.stringify(options.history).includes(KEY));
    assert.ok(!JSON.stringify(kernel.openSession(options).messages).includes(KEY));
  });
});
