import assert from 'node:assert/strict';
import { allow, ask, definePlugin, deny, type PermissionTap, type Target, type Verdict } from '@pith/kernel';
import { createTestKernel } from '@pith/kernel/testing';

/** A tool that may look at `folder`, and asks of three things in it. */
async function judged(...taps: PermissionTap[]): Promise<{ verdicts: Verdict[]; events: string[] }> {
  const verdicts: Verdict[] = [];
  const of = (path: string): readonly Target[] => [{ family: 'Read', path }];
  const tool = definePlugin({
    name: 'searcher',
    tools: [{
      name: 'search', description: '', effect: 'read', inputSchema: {}, targets: () => of('folder'),
      execute: async (_input, { judge }) => {
        for (const path of ['folder/open', 'folder/asked', 'folder/denied']) verdicts.push(await judge(of(path)));
        return 'done';
      },
    }],
  });
  const guards = taps.map((tap, index) => definePlugin({ name: `guard-${index}`, capabilities: ['permission:allow'], setup: ({ hooks }) => hooks.permission.tap('guard', tap) }));
  const { session, events, close } = await createTestKernel({ plugins: [tool, ...guards], session: { asker: async () => { throw new Error('a person was asked'); } } });
  await session.callTool({ name: 'search', input: {} });
  await close();
  return { verdicts, events: events.map(({ type }) => type) };
}

describe('ToolContext.judge', () => {
  it('gives the strictest opinion on what a tool comes upon, and asks nobody', async () => {
    const { verdicts, events } = await judged(
      () => allow('all'),
      ({ targets }) => (targets[0]?.path === 'folder/asked' ? ask('rule') : targets[0]?.path === 'folder/denied' ? deny('rule') : undefined),
    );

    assert.deepEqual(verdicts, ['allow', 'ask', 'deny']);
    assert.equal(events.filter((type) => type === 'permission-decided').length, 1);
    assert.ok(!events.includes('permission-asked'));
  });

  it('shows the taps the same call with the other targets, frozen', async () => {
    const seen: unknown[] = [];
    await judged((call) => {
      seen.push([call.name, call.targets, Object.isFrozen(call) && Object.isFrozen(call.targets[0])]);
      return allow('all');
    });

    assert.deepEqual(seen, ['folder', 'folder/open', 'folder/asked', 'folder/denied'].map((path) => ['search', [{ family: 'Read', path }], true]));
  });

  it('counts a tap that throws as deny', async () => {
    const { verdicts } = await judged(({ targets }) => {
      if (targets[0]?.path === 'folder/asked') throw new Error('broken');
      return allow('all');
    });

    assert.deepEqual(verdicts, ['allow', 'deny', 'allow']);
  });
});
