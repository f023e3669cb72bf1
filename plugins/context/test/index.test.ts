import assert from 'node:assert/strict';
import { createTestKernel, testModel } from '@pith/kernel/testing';
import context from '../src/index.ts';

describe('the plugin context', () => {
  it('tells the model who it is and where it works, in a section that stays the same', async () => {
    const model = testModel(['one', 'two']);
    const { session, events, folder, close } = await createTestKernel({ plugins: [context, model.plugin] });

    await session.runTurn({ text: 'a' });
    await session.runTurn({ text: 'b' });

    const [first, second] = model.requests.map(({ system }) => system);
    assert.equal(first?.length, 1);
    assert.match(first![0]!.text, /^You are pith, a coding agent\./);
    assert.ok(first![0]!.text.includes(`Working folder: ${folder}\n`));
    assert.deepEqual(second, first);
    assert.ok(events.every((event) => event.type !== 'context-ready' || event.prefix.kept));
    await close();
  });

  it('leaves a system prompt of the user’s own alone, and adds what the user appends behind its own', async () => {
    const model = testModel(['one', 'two']);
    const section = (id: string) => ({ id, text: id, owner: 'user', stability: 'stable' as const });
    const test = await createTestKernel({ plugins: [context, model.plugin], session: { system: [section('system')] } });
    await test.session.runTurn({ text: 'a' });
    const other = test.kernel.openSession({ cwd: test.folder, system: [section('append-system')] });
    await other.runTurn({ text: 'b' });

    assert.deepEqual(model.requests.map(({ system }) => system.map(({ id }) => id)), [['system'], ['identity', 'append-system']]);
    await test.close();
  });

  it('costs a request less than a kilobyte', async () => {
    const model = testModel(['one']);
    const { session, close } = await createTestKernel({ plugins: [context, model.plugin] });

    await session.runTurn({ text: 'a' });

    assert.ok(JSON.stringify(model.requests[0]!.system).length < 1024);
    await close();
  });
});
