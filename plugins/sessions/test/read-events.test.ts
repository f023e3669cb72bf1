import assert from 'node:assert/strict';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { createTestKernel, testModel } from '@pith/kernel/testing';
import type { SessionStore, TurnEvent } from '@pith/kernel';
import sessions from '../src/index.ts';
import { RECORDED } from '../src/format.ts';
import { createStore } from '../src/store.ts';
import { findTranscript } from './helpers.ts';

async function all(store: SessionStore, id: string): Promise<TurnEvent[]> {
  const events: TurnEvent[] = [];
  for await (const event of store.events(id)) events.push(event);
  return events;
}

describe('the events of a session', () => {
  it('come back as they were kept, however long their lines are', async () => {
    const { session, events, kernel, close } = await createTestKernel({ plugins: [sessions, testModel(['short', 'long '.repeat(100_000), 'end']).plugin], session: { id: 'one' } });
    for (const text of ['a', 'ü'.repeat(70_000), 'c']) await session.runTurn({ text });

    const kept = await all(await kernel.service('sessions'), 'on');

    assert.deepEqual(kept, events.filter(({ type }) => RECORDED.has(type)));
    await close();
  });

  it('leave out a last line that is not whole, and lines that cannot be read', async () => {
    const { session, kernel, close } = await createTestKernel({ plugins: [sessions, testModel().plugin], session: { id: 'one' } });
    await session.runTurn({ text: 'hi' });
    await session.close();
    const store = createStore(kernel.paths.data);
    const whole = await all(store, 'one');
    const file = await findTranscript(kernel.paths.data);
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('\n', '\nnonsense\n'));
    await appendFile(file, '{"id":"99","parent":null,"event":{"type":"turn-end","atMs":1}}');

    assert.deepEqual(await all(store, 'one'), whole);
    await close();
  });

  it('are refused where there is no such session, and where its file is no transcript', async () => {
    const { session, kernel, close } = await createTestKernel({ plugins: [sessions, testModel().plugin], session: { id: 'one' } });
    await session.runTurn({ text: 'hi' });
    await session.close();
    const store = createStore(kernel.paths.data);
    await assert.rejects(all(store, 'ona'), { code: 'SESSION_NOT_FOUND', hint: 'Did you mean one?' });

    for (const text of ['', 'nonsense', 'nonsense\n']) {
      await writeFile(await findTranscript(kernel.paths.data), text);
      await assert.rejects(all(store, 'one'), { code: 'SESSION_UNREADABLE' }, JSON.stringify(text));
    }
    await close();
  });
});
