import assert from 'node:assert/strict';
import { type Asker, definePlugin, deny, type Hooks, textResult, type TurnEvent } from '@pith/kernel';
import { allowAll, createTestKernel, testModel } from '@pith/kernel/testing';
import { explainCall, type Explanation, gatherCall } from '../../src/host/hook-report/explain-call.ts';
import { findCall, listCalls } from '../../src/host/hook-report/find-call.ts';
import { formatExplanation } from '../../src/host/hook-report/format-explanation.ts';

async function* stream(events: readonly TurnEvent[]): AsyncGenerator<TurnEvent> { yield* events; }

/** A turn that calls `touch`, always under one id, and what is told of the last call. */
async function explain(setup: (hooks: Hooks) => void, { asker, allowed = true, times = 1, kept = true }: { asker?: Asker; allowed?: boolean; times?: number; kept?: boolean } = {}): Promise<{ call: Explanation; text: string }> {
  const touch = definePlugin({ name: 'owner', tools: [{ name: 'touch', description: '', effect: 'write', inputSchema: {}, targets: () => [{ family: 'Edit', path: '/a' }], execute: async () => 'touched' }] });
  const model = testModel(Array.from({ length: times }, () => ({ calls: [{ id: 'c1', name: 'touch', input: { path: 'a' } }] })));
  const { session, events, folder, close } = await createTestKernel({ plugins: [model.plugin, touch, ...(allowed ? [allowAll] : []), definePlugin({ name: 'company', setup: ({ hooks }) => setup(hooks) })], session: asker === undefined ? {} : { asker } });
  await session.runTurn({ text: 'go' });
  await close();
  const found = findCall(await listCalls(stream(events)), 'touch', session.id);
  const traces = kept ? [{ v: 1, atMs: 0, sessionId: session.id, turnId: events.find(({ type }) => type === 'turn-end')!.turnId, cwd: folder, entries: session.lastTrace, dropped: 0 }] : [];
  const call = explainCall(found, await gatherCall(stream(events), found), traces);
  return { call, text: formatExplanation(call, 200) };
}

describe('what is said of a call', () => {
  it('that was answered in the tool’s place: by whom, and that it was judged', async () => {
    const { call, text } = await explain((hooks) => hooks.tool.tap({ name: 'cache', answers: true }, () => async () => textResult('from the cache')));
    assert.deepEqual([call.answeredBy, call.status, call.decision?.by], ['company', 'done', 'allow-all']);
    assert.match(text, /^Answered in its place: by company\/cache \(test\/cli\/explain-call\.test\.ts:\d+\), execute$/m);
  });

  it('whose result was changed: by whom', async () => {
    const { text } = await explain((hooks) => hooks.tool.tap('redact', (next) => async (call, turn) => ({ ...await next(call, turn), content: [] })));
    assert.match(text, /^The result was changed: by company\/redact \(\S+:\d+\), execute$/m);
  });

  it('that a wrap broke: with the error, and that permission was not asked', async () => {
    const { call, text } = await explain((hooks) => hooks.tool.tap({ name: 'stamp', zone: 'prepare' }, () => () => { throw new Error('no ticket'); }));
    assert.deepEqual([call.status, call.decision, call.error?.plugin, call.error?.tap], ['error', null, 'company', 'stamp']);
    assert.match(text, /^Permission was not asked\.$/m);
    assert.match(text, /^A wrap threw: by company\/stamp .*, prepare: Plugin company failed in hook tool \(tap stamp\): no ticket$/m);
  });

  it('that a guard could not judge: which one, apart from a policy', async () => {
    const { call, text } = await explain((hooks) => hooks.permission.tap('guard', () => { throw new Error('no rules'); }));
    assert.deepEqual(call.opinions.map(({ tap, verdict }) => [tap, verdict]), [['allow-all', 'allow'], ['guard', 'failed']]);
    assert.match(text, /^Refused: by company \(a guard could not judge it\): .*no rules$/m);
  });

  it('that a rule refused: rule, file and line as the rule’s owner names them', async () => {
    const { call, text } = await explain((hooks) => hooks.permission.tap('rules', () => deny('not here', { rule: 'Edit(/a)', source: 'rules.json:7' })));
    assert.deepEqual(call.opinions.find(({ tap }) => tap === 'rules'), { plugin: 'company', tap: 'rules', verdict: 'deny', reason: 'not here', rule: 'Edit(/a)', source: 'rules.json:7' });
    assert.match(text, /^Refused: by company \(a policy says no\): not here \[rule Edit\(\/a\), rules\.json:7\]$/m);
  });

  it('that a person decided, and that nobody could be asked', async () => {
    const yes = await explain(() => {}, { allowed: false, asker: async () => ({ verdict: 'allow' }) });
    assert.match(yes.text, /^Allowed: by a person: a person said yes$/m);
    const no = await explain(() => {}, { allowed: false, asker: async () => ({ verdict: 'deny', text: 'not today' }) });
    assert.match(no.text, /^Refused: by a person \(a person said no\): not today$/m);
    const nobody = await explain(() => {}, { allowed: false });
    assert.match(nobody.text, /^Refused: by the kernel, since nobody had an opinion \(nobody could be asked\): no plugin allows it/m);
  });

  it('whose allow does not count: that it does not', async () => {
    const { call } = await explain((hooks) => hooks.permission.tap('eager', () => ({ verdict: 'allow', reason: 'why not' })));
    assert.deepEqual(call.opinions.map(({ tap, verdict, reason }) => [tap, verdict, reason]), [['allow-all', 'allow', 'test'], ['eager', 'none', 'its allow does not count: it may not allow calls']]);
  });

  it('that a plugin made, and that two wraps changed one after the other', async () => {
    const { call, text } = await explain((hooks) => {
      hooks.input.tap('caller', async (_, turn) => { await turn.callTool({ name: 'touch', input: { path: 'own' } }); });
      for (const [stage, suffix] of [[1, '-b'], [0, '-a']] as const) {
        hooks.tool.tap({ name: `add${suffix}`, zone: 'prepare', stage }, (next) => (given, turn) => next({ ...given, input: { path: `${(given.input as { path: string }).path}${suffix}` } }, turn));
      }
    });
    assert.deepEqual([call.asked?.input, ...call.changes.map(({ tap, after }) => [tap, after.input])], [{ path: 'a' }, ['add-a', { path: 'a-a' }], ['add-b', { path: 'a-a-b' }]]);
    assert.ok(text.indexOf('add-a') < text.indexOf('add-b'));
  });

  it('whose id came again in its turn: nothing of the call before', async () => {
    const { call } = await explain((hooks) => {
      hooks.tool.tap({ name: 'stamp', zone: 'prepare' }, (next) => (given, turn) => next(turn.step === 1 ? { ...given, input: { path: 'first' } } : given, turn));
      hooks.permission.tap('twice', (_, turn) => (turn.step === 1 ? deny('not yet') : undefined));
    }, { times: 2 });
    assert.deepEqual([call.status, call.changes, call.opinions.map(({ tap, verdict }) => [tap, verdict])], ['done', [], [['allow-all', 'allow'], ['twice', 'none']]]);
  });

  it('whose trace is gone: what is not known', async () => {
    const { call, text } = await explain((hooks) => hooks.permission.tap('rules', () => deny('not here')), { kept: false });
    assert.deepEqual([call.traced, call.opinions.length], [false, 2]);
    assert.match(text, /The trace of that turn is not kept/);
  });
});

describe('the calls of a session', () => {
  const end = (runId: string, ...ids: string[]) => ({ type: 'model-end', runId, reply: { blocks: ids.map((id) => ({ type: 'tool-call', id, name: `tool-${id}`, input: {}, complete: true })) } }) as unknown as TurnEvent;

  it('are found by id, by tool and by a beginning; an id that came again is its newest call', async () => {
    const calls = await listCalls(stream([end('r1', 'a1', 'b1'), end('r2', 'a1'), end('r2', 'a2')]));
    assert.deepEqual(calls.map(({ callId, runId }) => `${callId} ${runId}`), ['a1 r1', 'b1 r1', 'a1 r2', 'a2 r2']);
    assert.equal(findCall(calls, 'a1', 's').runId, 'r2');
    assert.equal(findCall(calls, 'tool-b1', 's').callId, 'b1');
    assert.equal(findCall(calls, 'b', 's').callId, 'b1');
    assert.throws(() => findCall(calls, 'a', 's'), { code: 'CALL_NOT_FOUND', message: '"a" is the beginning of 2 calls of session s', hint: 'Write more of one: a1, a2' });
    assert.throws(() => findCall([], 'a', 's'), { code: 'CALL_NOT_FOUND', message: 'Session s made no tool call' });
    assert.throws(() => findCall(calls, '', 's'), { code: 'CALL_NOT_FOUND' });
  });
});
