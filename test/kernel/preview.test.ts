import assert from 'node:assert/strict';
import { definePlugin, isPithError, type KernelOptions, type Message, PithError, type PluginDefinition, type TurnEvent } from '@pith/kernel';
import { allowAll, createTestKernel, testModel } from '@pith/kernel/testing';

const say = (text: string): Message => ({ role: 'user', content: [{ type: 'text', text }] });
const LOOKS = { description: '', inputSchema: {} };

async function preview(plugins: readonly PluginDefinition[] = [], session: { history?: Message[] } = {}, kernel: Partial<KernelOptions> = {}) {
  const model = testModel();
  const heard: TurnEvent[] = [];
  const observer = definePlugin({ name: 'observer', setup({ hooks }) { hooks.output.tap({ name: 'observer', durable: true, records: true }, (event) => { heard.push(event); }); } });
  const test = await createTestKernel({ plugins: [model.plugin, allowAll, observer, ...plugins], ...kernel });
  const seen: TurnEvent[] = [];
  const opened = test.kernel.openSession({ cwd: test.folder, preview: true, provider: 'test', sink: (event) => { seen.push(event); }, ...session });
  return { ...test, model, heard, seen, preview: opened };
}

describe('a preview of a request', () => {
  it('is what the turn would send, and nothing is sent, and nobody but the asker hears of it', async () => {
    const adds = definePlugin({ name: 'adds', setup({ hooks }) {
      hooks.input.tap('adds', (input) => ({ ...input, text: `${input.text}, please` }));
      hooks.context.tap('adds', (request) => ({ ...request, system: [{ id: 'rules', text: 'Be kind.', owner: 'adds', stability: 'stable' }] }));
    } });
    const test = await preview([adds]);

    const { request, report } = await test.preview.assemble({ text: 'go' });
    const before = test.model.requests.length;
    const heardBefore = test.heard.length;
    await test.session.runTurn({ text: 'go' });

    assert.equal(before, 0);
    assert.equal(heardBefore, 0);
    const { provider: _, ...sent } = { ...test.model.requests[0]! };
    assert.deepEqual({ ...request, provider: undefined }, { ...sent, provider: undefined });
    assert.deepEqual(report!.system.map(({ id, owner }) => [id, owner]), [['rules', 'adds']]);
    assert.deepEqual(report!.messages.map(({ kind, blocks }) => [kind, blocks]), [['typed', 1]]);
    assert.ok(test.seen.some(({ type }) => type === 'context-ready'));
    await test.close();
  });

  it('is of the conversation as it stands, where nothing is typed', async () => {
    const test = await preview([], { history: [say('a'), { role: 'assistant', content: [{ type: 'text', text: 'b' }] }] });
    const { request } = await test.preview.assemble();
    assert.equal(request!.messages.length, 2);
    await test.close();
  });

  it('may read, and refuses everything else that a tap would do: tools that change, fetch or run, models, people', async () => {
    const outcomes: string[] = [];
    let ran = 0;
    const tool = (name: string, effect: 'read' | 'write' | 'network' | 'exec') => ({ ...LOOKS, name, effect, execute: async () => { if (effect !== 'read') ran++; return 'done'; } });
    const eager = definePlugin({
      name: 'eager', tools: [tool('look', 'read'), tool('change', 'write'), tool('fetch', 'network'), tool('start', 'exec')],
      setup({ hooks }) {
        hooks.input.tap('eager', async (_, turn) => {
          if (turn.parentRunId !== undefined) return;
          for (const name of ['look', 'change', 'fetch', 'start']) { const { status, code } = await turn.callTool({ name, input: {} }); outcomes.push(`${name} ${code ?? status}`); }
          await turn.callModel({ messages: [say('sum up')] }, { purpose: 'summary' }).catch((error: unknown) => outcomes.push(isPithError(error) ? error.code : String(error)));
          const { status, error } = await turn.runSubTurn({ name: 'agent', text: 'help' }).then(({ status: ended, reason }) => ({ status: ended, error: reason }));
          outcomes.push(`${status} ${/only shows what would be sent/.test(error ?? '')}`);
          outcomes.push((await turn.ask({ kind: 'text', title: '?', body: '', reasons: [] })).verdict);
        });
      },
    });
    const test = await preview([eager]);
    await test.preview.assemble({ text: 'go' });
    assert.deepEqual(outcomes, ['look done', 'change PREVIEW_ONLY', 'fetch PREVIEW_ONLY', 'start PREVIEW_ONLY', 'PREVIEW_ONLY', 'error true', 'deny']);
    assert.equal(ran, 0);
    assert.equal(test.model.requests.length, 0);
    await test.close();
  });

  it('chooses no model, runs no command, and leaves no trace of itself', async () => {
    const traces: unknown[] = [];
    const outcomes: string[] = [];
    const codeOf = (error: unknown): void => { outcomes.push(isPithError(error) ? error.code : String(error)); };
    const eager = definePlugin({
      name: 'eager', slashCommands: [{ name: 'clear', summary: '', run: async () => { outcomes.push('ran'); return ''; } }],
      setup({ hooks }) {
        hooks.input.tap('eager', async (_, turn) => {
          await turn.useModel({ model: 'model' }).catch(codeOf);
          await turn.runCommand({ name: 'clear', argument: '' }).catch(codeOf);
        });
      },
    });
    const test = await preview([eager], {}, { keepTrace: (trace) => { traces.push(trace); } });
    await test.preview.assemble({ text: 'go' });

    assert.deepEqual([outcomes, traces, test.heard], [['PREVIEW_ONLY', 'PREVIEW_ONLY'], [], []]);
    assert.equal(test.preview.modelChanged, undefined);
    await test.close();
  });

  it('runs no turn, and says so', async () => {
    const test = await preview();
    const { error } = await test.preview.runTurn({ text: 'go' });
    assert.equal(error?.code, 'PREVIEW_ONLY');
    assert.equal(test.model.requests.length, 0);
    await test.close();
  });

  it('gives the reply where a tap answers by itself', async () => {
    const test = await preview([definePlugin({ name: 'answers', setup({ hooks }) { hooks.input.tap('answers', (input) => ({ ...input, handled: { reply: 'here' } })); } })]);
    assert.deepEqual(await test.preview.assemble({ text: '/x' }), { reply: 'here' });
    await test.close();
  });

  it('asks the provider how long the request is, only where that is wanted, and blames it for nonsense', async () => {
    let answer: unknown = 123;
    const counts = definePlugin({ name: 'counts', providers: [{ name: 'counting', models: ['c'], load: async () => ({
      stream: () => { throw new Error('not streamed'); },
      countInput: async () => { if (answer instanceof Error) throw answer; return answer as number; },
    }) }] });
    const test = await preview([counts]);
    const asked = test.kernel.openSession({ cwd: test.folder, preview: true, provider: 'counting', model: 'c' });
    assert.equal((await asked.assemble({ text: 'go' })).counted, undefined);
    assert.equal((await asked.assemble({ text: 'go' }, { count: true })).counted, 123);
    answer = 'many';
    await assert.rejects(asked.assemble({ text: 'go' }, { count: true }), (error) => isPithError(error) && error.code === 'TAP_INVALID_RESULT' && error.plugin === 'counts');
    answer = new PithError('busy', { code: 'PROVIDER_OVERLOADED', origin: 'provider' });
    await assert.rejects(asked.assemble({ text: 'go' }, { count: true }), (error) => isPithError(error) && error.code === 'PROVIDER_OVERLOADED');
    assert.equal((await test.preview.assemble({ text: 'go' }, { count: true })).counted, null);
    await test.close();
  });
});
