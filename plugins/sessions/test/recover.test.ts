import assert from 'node:assert/strict';
import { definePlugin, type ToolContext, type ToolDeclaration, type TurnEvent } from '@pith/kernel';
import { allowAll, createTestKernel, testModel } from '@pith/kernel/testing';
import { RECORDED } from '../src/format.ts';
import { rebuild } from '../src/rebuild.ts';
import { endsOf } from '../src/recover.ts';

const tool = (name: string, effect: ToolDeclaration['effect'], execute: (input: unknown, context: ToolContext) => Promise<string>): ToolDeclaration =>
  ({ name, effect, description: '', inputSchema: {}, targets: () => [{ family: name, name }], execute });

describe('a turn that broke off', () => {
  let events: TurnEvent[] = [];
  before(async () => {
    const tools = definePlugin({
      name: 'tools',
      tools: [
        tool('look', 'read', async () => 'seen'), tool('change', 'write', async () => 'changed'), tool('fail', 'read', async () => { throw new Error('no'); }),
        tool('agent', 'agent', async (_, { turn }) => (await turn.runSubTurn({ name: 'helper', text: 'help' })).text),
      ],
    });
    const model = testModel([
      { text: 'a', calls: [{ name: 'look' }, { name: 'change' }, { name: 'fail' }] }, { calls: [{ name: 'agent' }, { name: 'nowhere' }] }, { calls: [{ name: 'look' }] }, 'helped', 'done',
      { calls: [{ name: 'change' }] }, 'done again',
    ]);
    const { session, events: told, close } = await createTestKernel({ plugins: [model.plugin, tools, allowAll] });
    for (const text of ['first', 'second']) assert.equal((await session.runTurn({ text })).status, 'done');
    await close();
    events = told.filter(({ type }) => RECORDED.has(type));
  });

  it('wherever that was, is closed once, and what was said reads the same before and after', () => {
    for (let count = 1; count <= events.length; count++) {
      const kept = events.slice(0, count);
      const ends = endsOf(kept, { turnId: 'the next', atMs: 7, hasCrashed: true });
      const closed = [...kept, ...ends];
      const of = (...types: readonly TurnEvent['type'][]): TurnEvent[] => closed.filter(({ type }) => types.includes(type));

      assert.deepEqual(rebuild(closed).messages, rebuild(kept).messages, `after ${count}`);
      assert.deepEqual(rebuild(closed).repairs, []);
      assert.deepEqual(of('turn-end').map(({ turnId }) => turnId), of('input-accepted').filter(({ parentRunId }) => parentRunId === undefined).map(({ turnId }) => turnId));
      assert.equal(of('run-end').length, of('run-start').length);
      assert.deepEqual(endsOf(closed, { turnId: 'the next', atMs: 7, hasCrashed: true }), []);
    }
  });

  it('says what it has used, and that nobody ended it', () => {
    const kept = events.slice(0, events.findIndex(({ type }) => type === 'tool-start') + 1);

    const end = endsOf(kept, { turnId: '', atMs: 7, hasCrashed: true }).at(-1);

    assert.deepEqual(end?.type === 'turn-end' && [end.status, end.steps, end.usage, end.exitCode, end.error?.code, end.atMs], ['interrupted', 1, { input: 10, output: 5 }, 143, 'TERMINATED', 7]);
  });

  it('is left alone while it is the one that runs', () => {
    const kept = events.slice(0, 4);

    assert.deepEqual(endsOf(kept, { turnId: kept.at(-1)!.turnId, atMs: 7, hasCrashed: true }), []);
  });
});
