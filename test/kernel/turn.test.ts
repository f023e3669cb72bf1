import assert from 'node:assert/strict';
import { definePlugin, toText } from '@pith/kernel';
import { allowAll, createTestKernel, testModel } from '@pith/kernel/testing';

const echo = definePlugin({
  name: 'echo',
  tools: [{ name: 'echo', description: 'Says it again.', effect: 'read', inputSchema: { type: 'object' }, execute: async (input: { text: string }) => `echo: ${input.text}` }],
});

describe('a turn', () => {
  it('runs the tools that the model asks for and gives it their results', async () => {
    const model = testModel([{ calls: [{ name: 'echo', input: { text: 'hi' } }] }, 'it said hi']);
    const { session, events, close } = await createTestKernel({ plugins: [model.plugin, echo, allowAll] });

    const result = await session.runTurn({ text: 'say hi' });

    assert.equal(result.status, 'done');
    assert.equal(result.text, 'it said hi');
    assert.equal(result.steps, 2);
    assert.deepEqual(model.requests[1]?.messages.at(-1)?.content, [{ type: 'tool-result', toolCallId: 'call-1-0', content: [{ type: 'text', text: 'echo: hi' }] }]);
    assert.deepEqual(events.map(({ type }) => type), [
      'session-start', 'turn-start', 'input-accepted', 'context-ready', 'model-start', 'model-end', 'tool-call', 'permission-decided', 'tool-start', 'tool-end',
      'context-ready', 'model-start', 'text-delta', 'model-end', 'turn-end',
    ]);
    await close();
  });

  it('takes an answer of an input tap for the end: no model, no history, one turn-end', async () => {
    const model = testModel();
    const slash = definePlugin({ name: 'slash', setup({ hooks }) { hooks.input.tap('s', (input) => (input.text.startsWith('/') ? { ...input, handled: { reply: 'pong' } } : undefined)); } });
    const { session, events, close } = await createTestKernel({ plugins: [model.plugin, slash] });

    const result = await session.runTurn({ text: '/ping' });

    assert.deepEqual([result.status, result.text, result.steps, model.requests.length, session.messages.length], ['done', 'pong', 0, 0, 0]);
    assert.deepEqual(events.map(({ type }) => type), ['session-start', 'turn-start', 'turn-end']);
    await close();
  });

  it('keeps what was typed when a tap expands it', async () => {
    const expand = definePlugin({ name: 'expand', setup({ hooks }) { hooks.input.tap('e', (input) => ({ ...input, text: `${input.text}\n(contents of a.txt)` })); } });
    const { session, events, close } = await createTestKernel({ plugins: [testModel().plugin, expand] });
    await session.runTurn({ text: 'read @a.txt' });
    const accepted = events.find((event) => event.type === 'input-accepted');
    assert.equal(accepted?.text, 'read @a.txt');
    assert.deepEqual(session.messages[0], { role: 'user', content: [{ type: 'text', text: 'read @a.txt\n(contents of a.txt)' }] });
    await close();
  });

  it('says that a reply is not all there was to say, in the words of any vendor, and once', async () => {
    const stops: (string | null)[] = ['max_tokens', 'length', 'max_output_tokens', 'content_filter', 'refusal', 'model_context_window_exceeded', 'pause_turn', 'end_turn', 'stop', 'a new word', null];
    const model = testModel(stops.map(() => 'half of it'));
    const left = [...stops];
    const vendor = definePlugin({
      name: 'vendor',
      setup({ hooks }) {
        hooks.model.tap('vendor', (next) => async function* (request, turn) {
          for await (const event of next(request, turn)) yield event.type === 'end' ? { ...event, reply: { ...event.reply, stop: left.shift()! } } : event;
        });
      },
    });
    const { session, events, close } = await createTestKernel({ plugins: [model.plugin, vendor] });

    for (const _ of stops) assert.equal((await session.runTurn({ text: 'all of it' })).status, 'done');

    const told = events.flatMap((event) => (event.type === 'notice' && event.code === 'REPLY_CUT' ? [event.text.replace(/[:;.].*/, '')] : []));
    const cut = 'The reply is cut off';
    assert.deepEqual(told, [cut, cut, cut, cut, 'The model has refused to go on', cut, 'The provider has paused the reply']);
    await close();
  });

  it('goes on with what a tap says where it would have ended, as a further message that no person typed', async () => {
    const model = testModel(['first', 'second', 'third']);
    const left = ['check it', 'and again'];
    const nudge = definePlugin({
      name: 'nudge',
      setup({ hooks }) {
        hooks.model.tap('nudge', (next) => async function* (request, turn) {
          for await (const event of next(request, turn)) {
            if (event.type === 'end' && left.length > 0) assert.equal(turn.goOn(left.shift()!), true);
            yield event;
          }
        });
      },
    });
    const { session, events, close } = await createTestKernel({ plugins: [model.plugin, nudge] });

    const result = await session.runTurn({ text: 'go' });

    assert.deepEqual([result.status, result.text, result.steps], ['done', 'third', 3]);
    assert.deepEqual(session.messages.map(({ role, content }) => [role, toText(content)]), [['user', 'go'], ['assistant', 'first'], ['user', 'check it'], ['assistant', 'second'], ['user', 'and again'], ['assistant', 'third']]);
    const accepted = events.filter((event) => event.type === 'input-accepted');
    assert.deepEqual(accepted.map(({ origin, goesOn }) => [origin, goesOn]), [['person', undefined], ['trigger', true], ['trigger', true]]);
    assert.ok(events.every((event) => event.type !== 'context-ready' || event.prefix.kept), 'the prefix only grows');
    await close();
  });

  it('goes on only so often, and within its own limits', async () => {
    const answers: boolean[] = [];
    const forever = definePlugin({ name: 'forever', setup({ hooks }) { hooks.model.tap('f', (next) => async function* (request, turn) { for await (const event of next(request, turn)) { if (event.type === 'end') answers.push(turn.goOn('more')); yield event; } }); } });
    const { session, close } = await createTestKernel({ plugins: [testModel().plugin, forever] });
    assert.deepEqual(await session.runTurn({ text: 'go' }, { maxSteps: 3 }).then(({ status, steps }) => [status, steps]), ['limit', 3]);
    answers.length = 0;
    assert.deepEqual(await session.runTurn({ text: 'go' }).then(({ status, steps }) => [status, steps]), ['done', 101]);
    assert.deepEqual([answers.filter(Boolean).length, answers.at(-1)], [100, false]);
    await close();
  });

  it('tells every tap that its text was piped in, whatever the one before handed on', async () => {
    const model = testModel();
    const seen: unknown[] = [];
    const forgetful = definePlugin({
      name: 'forgetful',
      setup({ hooks }) {
        hooks.input.tap('forget', ({ text, origin }) => ({ text: `${text}!`, origin }));
        hooks.input.tap('look', ({ verbatim }) => { seen.push(verbatim); });
      },
    });
    const { session, close } = await createTestKernel({ plugins: [model.plugin, forgetful] });

    await session.runTurn({ text: '/clear', verbatim: true });
    await session.runTurn({ text: '/clear' });
    await close();

    assert.deepEqual(seen, [true, undefined]);
  });

  it('does not let a tap change where its text comes from', async () => {
    const promote = definePlugin({ name: 'promote', setup({ hooks }) { hooks.input.tap('p', (input) => ({ ...input, origin: 'person' as const })); } });
    for (const [origin, code] of [['trigger', 'TAP_INVALID_RESULT'], ['agent', 'TAP_INVALID_RESULT'], ['parent', 'TAP_INVALID_RESULT'], ['person', undefined]] as const) {
      const { session, events, close } = await createTestKernel({ plugins: [testModel().plugin, promote] });
      const result = await session.runTurn({ text: '!rm -rf /', origin });
      assert.equal(result.error?.code, code);
      assert.equal(events.some((event) => event.type === 'input-accepted' && event.origin !== origin), false);
      await close();
    }
  });

  it('needs something to begin with', async () => {
    const { session, close } = await createTestKernel({ plugins: [testModel().plugin] });
    const result = await session.runTurn({ text: '' });
    assert.deepEqual([result.status, result.exitCode, result.error?.code, session.messages.length], ['error', 2, 'INPUT_EMPTY', 0]);
    assert.equal((await session.runTurn({ text: '', attachments: [{ type: 'image', source: { kind: 'url', url: 'https://example.com/a.png' } }] })).status, 'done');
    await close();
  });

  it('is one at a time in a session', async () => {
    const { session, close } = await createTestKernel({ plugins: [testModel().plugin] });
    const first = session.runTurn({ text: 'a' });
    await assert.rejects(session.runTurn({ text: 'b' }), { code: 'SESSION_BUSY' });
    await assert.rejects(session.callTool({ name: 'x', input: {} }), { code: 'SESSION_BUSY' });
    assert.equal((await first).status, 'done');
    assert.equal((await session.runTurn({ text: 'b' })).status, 'done');
    await close();
  });

  it('carries the history of the session on, and that of a resumed one', async () => {
    const model = testModel(['one', 'two']);
    const history = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'before' }] }, { role: 'assistant' as const, content: [{ type: 'text' as const, text: 'then' }] }];
    const { session, events, close } = await createTestKernel({ plugins: [model.plugin], session: { history } });
    await session.runTurn({ text: 'a' });
    await session.runTurn({ text: 'b' });
    assert.equal(events.find((event) => event.type === 'session-start')?.resumed, true);
    assert.deepEqual(model.requests[1]!.messages.map(({ content }) => toText(content)), ['before', 'then', 'a', 'one', 'b']);
    await close();
  });
});
