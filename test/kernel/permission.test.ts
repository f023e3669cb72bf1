import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { abstain, allow, ask, type Asker, definePlugin, deny, type Effect, type Hooks, type Mode, type PluginDefinition, type Question, type ToolBody, type TurnEvent } from '@pith/kernel';
import { createTestKernel, type ScriptStep, testModel } from '@pith/kernel/testing';
import { fold, type HeldOpinion } from '../../src/kernel/permission.ts';

const MAY = { capabilities: ['permission:allow'] };
const plugin = (name: string, setup: (hooks: Hooks) => void, more: Partial<PluginDefinition> = {}) => definePlugin({ name, setup: ({ hooks }) => setup(hooks), ...more });
const judge = (name: string, tap: Parameters<Hooks['permission']['tap']>[1], more: Partial<PluginDefinition> = MAY) => plugin(name, (hooks) => hooks.permission.tap(name, tap), more);

const tool = (name: string, effect: Effect, targets = true): PluginDefinition => definePlugin({
  name: `tool-${name}`,
  tools: [{ name, description: '', effect, inputSchema: {}, ...(targets ? { targets: () => [{ family: 'Bash', command: `${name} --all` }] } : {}), execute: async () => 'ran' }],
});

async function run(plugins: PluginDefinition[], { asker, mode, script = [{ calls: [{ name: 'make' }] }] }: { asker?: Asker; mode?: Mode; script?: ScriptStep[] } = {}) {
  const model = testModel(script);
  const { session, events, close } = await createTestKernel({ plugins: [model.plugin, ...plugins], session: { ...(asker === undefined ? {} : { asker }), ...(mode === undefined ? {} : { mode }) } });
  const result = await session.runTurn({ text: 'go' });
  await close();
  const of = <T extends TurnEvent['type']>(type: T) => events.filter((event) => event.type === type) as Extract<TurnEvent, { type: T }>[];
  return { result, of, decided: of('permission-decided')[0], told: JSON.stringify(model.requests.at(-1)?.messages.at(-1)) };
}

describe('fold', () => {
  const opinion = fc.record({ plugin: fc.string(), tap: fc.string(), verdict: fc.constantFrom('deny', 'ask', 'allow'), reason: fc.string() }) as fc.Arbitrary<HeldOpinion>;

  it('gives the strictest verdict, whatever the order of the opinions', () => {
    fc.assert(fc.property(fc.array(opinion, { minLength: 1 }).chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))), ([list, shuffled]) => {
      const strictest = (['deny', 'ask', 'allow'] as const).find((verdict) => list.some((held) => held.verdict === verdict));
      assert.equal(fold(list).verdict, strictest);
      assert.equal(fold(shuffled).verdict, strictest);
    }));
  });

  it('names the first of the strictest', () => {
    fc.assert(fc.property(fc.array(opinion, { minLength: 1 }), (list) => {
      const { verdict, by, reason } = fold(list);
      const first = list.find((held) => held.verdict === verdict)!;
      assert.deepEqual([by, reason], [first.plugin, first.reason]);
    }));
  });

  it('asks when nobody has an opinion', () => assert.equal(fold([]).verdict, 'ask'));
});

describe('permission', () => {
  it('asks every tap, side by side, also when the first denies', async () => {
    const started: string[] = [];
    const both = Promise.withResolvers<void>();
    const meet = (name: string, opinion: ReturnType<typeof deny>) => judge(name, async () => { started.push(name); if (started.length === 2) both.resolve(); await both.promise; return opinion; });
    const { decided } = await run([tool('make', 'exec'), meet('a', deny('no', { rule: 'Bash(make)', source: 'settings.json:3' })), meet('b', allow('yes'))]);
    assert.deepEqual(started, ['a', 'b']);
    assert.equal(decided?.verdict, 'deny');
    assert.deepEqual(decided?.opinions, [
      { plugin: 'a', tap: 'a', verdict: 'deny', reason: 'no', rule: 'Bash(make)', source: 'settings.json:3' },
      { plugin: 'b', tap: 'b', verdict: 'allow', reason: 'yes' },
    ]);
  });

  it('counts an allow only from a plugin that declares it, and says so once', async () => {
    const script = [{ calls: [{ name: 'make' }, { name: 'make' }] }];
    const { of } = await run([tool('make', 'exec'), judge('eager', () => allow('why not'), {})], { script });
    assert.deepEqual(of('permission-decided').map(({ verdict, kind, opinions }) => [verdict, kind, opinions.length]), [['deny', 'nobody-to-ask', 0], ['deny', 'nobody-to-ask', 0]]);
    assert.deepEqual(of('notice').map(({ code, plugin: by }) => [code, by]), [['CAPABILITY_MISSING', 'eager']]);
  });

  it('takes what the manifest says about capabilities, not what the definition says of itself', async () => {
    const definition = judge('eager', () => allow('why not'));
    const model = testModel([{ calls: [{ name: 'make' }] }]);
    const { session, events, close } = await createTestKernel({ plugins: [model.plugin, tool('make', 'exec'), { name: 'eager', guards: true, capabilities: ['hook:permission'], load: async () => definition }] });
    await session.runTurn({ text: 'go' });
    assert.equal(events.find((event) => event.type === 'permission-decided')?.verdict, 'deny');
    await close();
  });

  it('always asks about a tool that is not a read and does not say what it touches', async () => {
    for (const effect of ['write', 'exec', 'network', 'agent'] as const) {
      const { decided } = await run([tool('make', effect, false), judge('a', () => allow('all'))]);
      assert.deepEqual([decided?.verdict, decided?.kind], ['deny', 'nobody-to-ask']);
      assert.match(decided?.reason ?? '', /does not say what it will touch/);
    }
    assert.equal((await run([tool('make', 'read', false), judge('a', () => allow('all'))])).decided?.verdict, 'allow');
  });

  it('tells three kinds of refusal apart to the model, in the result and in the record', async () => {
    const asker: Asker = async () => ({ verdict: 'deny', text: 'use npm instead' });
    const cases = [
      { plugins: [judge('a', () => deny('no shells', { rule: 'Bash' }))], kind: 'denied', says: /not allowed by a \(rule Bash\): no shells.*policy, not an error/ },
      { plugins: [judge('a', () => { throw new Error('rules unreadable'); })], kind: 'failed', says: /because the guard a could not judge it: .*rules unreadable/ },
      { plugins: [], kind: 'nobody-to-ask', says: /no plugin allows it; this needs a person’s yes, and nobody can be asked/ },
      { plugins: [], asker, kind: 'declined', says: /The user did not allow this make call: use npm instead/ },
    ];
    for (const { plugins, kind, says, ...options } of cases) {
      const { result, told } = await run([tool('make', 'exec'), ...plugins], options);
      assert.match(told, says);
      assert.equal(result.refusals[0]?.kind, kind);
      assert.deepEqual([result.status, result.exitCode], ['refused', 3]);
    }
  });

  it('hears from a tap without an opinion why it has none, and lets any other opinion count', async () => {
    const unsure = judge('a', () => abstain('no rule covers ./x'));

    const alone = (await run([tool('make', 'exec'), unsure])).decided;
    const allowed = (await run([tool('make', 'exec'), unsure, judge('b', () => allow('yes'))])).decided;
    const denied = (await run([tool('make', 'exec'), unsure, judge('b', () => deny('no'))])).decided;

    assert.deepEqual([alone?.verdict, alone?.by, alone?.kind, alone?.reason], ['deny', 'a', 'nobody-to-ask', 'no rule covers ./x; this needs a person’s yes, and nobody can be asked']);
    assert.deepEqual(alone?.opinions, [{ plugin: 'a', tap: 'a', verdict: 'none', reason: 'no rule covers ./x' }]);
    assert.deepEqual([allowed?.verdict, allowed?.by, denied?.verdict, denied?.by], ['allow', 'b', 'deny', 'b']);
  });

  it('is the outcome of a call from outside a turn, too', async () => {
    const { session, close } = await createTestKernel({ plugins: [tool('make', 'exec'), judge('a', () => deny('no', { rule: 'Bash' }))] });
    const { status, code, verdict, rule, reason } = await session.callTool({ name: 'make', input: {} });
    assert.deepEqual({ status, code, verdict, rule, reason }, { status: 'refused', code: 'TOOL_REFUSED', verdict: 'deny', rule: 'Bash', reason: 'no' });
    await close();
  });

  it('ends the turn as refused only when the last call that was not a read was refused', async () => {
    const plugins = [tool('make', 'exec'), tool('test', 'exec'), tool('look', 'read'), judge('a', ({ name }) => (name === 'make' ? deny('no') : allow('yes')))];
    assert.equal((await run(plugins, { script: [{ calls: [{ name: 'make' }] }, { calls: [{ name: 'look' }] }] })).result.status, 'refused');
    const after = await run(plugins, { script: [{ calls: [{ name: 'make' }] }, { calls: [{ name: 'test' }] }] });
    assert.deepEqual([after.result.status, after.result.exitCode, after.result.refusals.length], ['done', 0, 1]);
  });
});

describe('a question', () => {
  const asks = judge('a', () => ask('touches the network', { suggestion: 'Bash(make:*)' }));

  it('shows the whole command, every reason and the rule that “always” would take, and its answer decides', async () => {
    const asked: Question[] = [];
    const asker: Asker = async (question) => { asked.push(question); return { verdict: 'allow', scope: 'always' }; };
    const { of, decided } = await run([tool('make', 'exec'), asks, judge('b', () => ask('is new', { rule: 'Bash(make:*)', source: 'settings.json:3' })), judge('c', () => allow('fine'))], { asker });
    assert.deepEqual(asked, [{ kind: 'permission', callId: 'call-1-0', title: 'Allow make?', body: 'make --all', reasons: ['a: touches the network', 'b: is new, Bash(make:*) [settings.json:3]'], rule: 'Bash(make:*)' }]);
    assert.deepEqual(of('permission-asked').map(({ question }) => question), asked);
    assert.deepEqual([decided?.verdict, decided?.by, decided?.answer?.scope], ['allow', 'person', 'always']);
  });

  it('of a sub-turn names the agent that it is for', async () => {
    const titles: string[] = [];
    const agent = definePlugin({
      name: 'agent',
      tools: [{ name: 'agent', description: '', effect: 'agent', targets: () => [{ family: 'Agent' }], inputSchema: {}, execute: async (_, { turn }) => (await turn.runSubTurn({ name: 'scout\u001b[2J', text: 'look' })).text }],
    });
    const asker: Asker = async ({ title }) => { titles.push(title); return { verdict: 'allow', scope: 'once' }; };
    await run([agent, tool('make', 'exec')], { asker, script: [{ calls: [{ name: 'agent' }] }, { calls: [{ name: 'make' }] }, { text: 'done' }, { text: 'done' }] });
    assert.deepEqual(titles, ['Allow agent?', 'Allow make for the agent scout\\x1b[2J?']);
  });

  /** The question about one call, by what plugins think of it. */
  const questionOf = async (...opinions: (ReturnType<typeof deny> | undefined)[]): Promise<Pick<Question, 'rule' | 'always'>> => {
    const asked: Question[] = [];
    await run([tool('make', 'exec'), ...opinions.map((opinion, index) => judge(`p${index}`, () => opinion))], { asker: async (question) => { asked.push(question); return { verdict: 'deny' }; } });
    const { rule, always } = asked[0]!;
    return { ...(rule === undefined ? {} : { rule }), ...(always === undefined ? {} : { always }) };
  };
  const offer = { suggestion: 'Bash(make)', always: [['Bash(make)'], ['Bash(make:*)']] };

  it('offers rules also where the plugin that names them has no opinion', async () => {
    assert.deepEqual(await questionOf(undefined, abstain('nothing matches', offer)), { rule: offer.suggestion, always: offer.always });
    assert.deepEqual(await questionOf(abstain('nothing matches', { always: offer.always })), { always: offer.always });
    assert.deepEqual(await questionOf(abstain('I know nothing'), abstain('nothing matches', offer)), { rule: offer.suggestion, always: offer.always });
  });

  it('offers no rule for good that would not end the question, since another plugin asks as well', async () => {
    assert.deepEqual(await questionOf(ask('new', offer)), { rule: offer.suggestion, always: offer.always });
    assert.deepEqual(await questionOf(ask('new', offer), ask('costs money')), { rule: offer.suggestion });
    assert.deepEqual(await questionOf(ask('costs money'), abstain('nothing matches', offer)), {});
    assert.deepEqual(await questionOf(ask('costs money'), ask('new', offer)), {});
  });

  for (const always of ['Bash(make)', [], [[]], ['Bash(make)'], [[5]], [['Bash(make)'], 5]] as unknown[]) {
    it(`does not offer ${JSON.stringify(always)}, which are no choices of rules`, async () => assert.deepEqual(await questionOf(ask('new', { always: always as string[][] })), {}));
  }

  it('shows what would change, as the tool tells it, and no event carries that', async () => {
    const previewed: unknown[] = [];
    const write = (preview: NonNullable<ToolBody['preview']>): PluginDefinition => definePlugin({ name: 'tool-make', tools: [{ name: 'make', description: '', effect: 'write', inputSchema: {}, targets: () => [{ family: 'Edit', path: '/a' }], preview, execute: async () => 'ran' }] });
    const diffOf = async (preview: NonNullable<ToolBody['preview']>, verdict: 'ask' | 'deny' = 'ask'): Promise<string | undefined> => {
      let diff: string | undefined;
      const { of } = await run([write(preview), judge('p', () => ({ verdict, reason: 'x' }))], { asker: async (question) => { ({ diff } = question); return { verdict: 'allow' }; } });
      assert.equal(of('permission-asked').some(({ question }) => 'diff' in question), false);
      assert.deepEqual(of('tool-end').map(({ status }) => status), [verdict === 'ask' ? 'done' : 'refused']);
      return diff;
    };

    assert.equal(await diffOf(async (_, { targets, cwd, roots, signal }) => { previewed.push(targets, [cwd].concat(roots).length, signal.aborted); return '--- a\n+++ b'; }), '--- a\n+++ b');
    assert.deepEqual(previewed, [[{ family: 'Edit', path: '/a' }], 2, false]);
    for (const failing of [async () => { throw new Error('no'); }, () => { throw new Error('no'); }, async () => 5 as never, async () => '', async () => undefined]) assert.equal(await diffOf(failing), undefined);
    await diffOf(async () => assert.fail('nobody is asked'), 'deny');
  });

  it('tells how many others wait for it, and whoever shows that hears when it is another number', async () => {
    const model = testModel([{ calls: ['look', 'look', 'look'].map((name) => ({ name })) }]);
    const { session, close } = await createTestKernel({ plugins: [model.plugin, tool('look', 'read'), asks] });
    const waiting: number[] = [];
    const heard: number[] = [];
    const all = Promise.withResolvers<void>();
    const end = session.questions.subscribe(() => {
      heard.push(session.questions.waiting);
      if (session.questions.waiting === 2) all.resolve();
    });
    session.asker = async () => {
      await all.promise;
      waiting.push(session.questions.waiting);
      return { verdict: 'allow' };
    };

    await session.runTurn({ text: 'go' });
    end();

    assert.deepEqual(waiting, [2, 1, 0]);
    assert.deepEqual(heard, [0, 1, 2, 1, 0, 0]);
    assert.equal(session.questions.waiting, 0);
    await close();
  });

  it('is not asked in mode dontAsk, nor where a rule denies or allows', async () => {
    const asker: Asker = async () => assert.fail('asked');
    const silent = await run([tool('make', 'exec'), asks], { asker, mode: 'dontAsk' });
    assert.match(silent.decided?.reason ?? '', /mode dontAsk does not ask/);
    assert.equal(silent.decided?.kind, 'nobody-to-ask');
    await run([tool('make', 'exec'), asks, judge('d', () => deny('no'))], { asker });
    await run([tool('make', 'exec'), judge('e', () => allow('yes'))], { asker });
  });

  it('that cannot be put, or is answered with nonsense, is no yes', async () => {
    const broken = await run([tool('make', 'exec')], { asker: () => Promise.reject(new Error('terminal is gone')) });
    assert.deepEqual([broken.decided?.verdict, broken.decided?.kind], ['deny', 'nobody-to-ask']);
    assert.match(broken.decided?.reason ?? '', /asking failed: terminal is gone/);
    const thrown = await run([tool('make', 'exec')], { asker: () => { throw new Error('no terminal'); } });
    assert.equal(thrown.decided?.kind, 'nobody-to-ask');
    for (const nonsense of [undefined, null, 'allow', { verdict: 'yes' }]) {
      assert.equal((await run([tool('make', 'exec')], { asker: async () => nonsense as never })).decided?.verdict, 'deny');
    }
  });

  it('waits for its turn: those of calls side by side are asked one after the other, in order', async () => {
    let open = 0;
    const bodies: string[] = [];
    const asker: Asker = async ({ body }) => { assert.equal(++open, 1); bodies.push(body); await new Promise(setImmediate); open--; return { verdict: 'allow' }; };
    const { of } = await run([tool('one', 'network'), tool('two', 'network'), tool('three', 'network'), asks], { asker, script: [{ calls: [{ name: 'one' }, { name: 'two' }, { name: 'three' }] }] });
    assert.deepEqual(bodies, ['one --all', 'two --all', 'three --all']);
    assert.deepEqual(of('tool-end').map(({ status }) => status), ['done', 'done', 'done']);
  });

  it('of sub-turns side by side stands in the one queue of the session', async () => {
    let open = 0;
    let most = 0;
    const asker: Asker = async () => { most = Math.max(most, ++open); await new Promise(setImmediate); open--; return { verdict: 'allow' }; };
    const agents = definePlugin({ name: 'agents', tools: [{ name: 'agents', description: '', effect: 'agent', inputSchema: {}, targets: () => [{ family: 'Agent' }], execute: async (_, { turn }) => { const both = await Promise.all([1, 2].map(() => turn.runSubTurn({ name: 'x', text: 'make' }))); return both.map(({ text }) => text).join(); } }] });
    const isSub = ({ messages }: { messages: readonly unknown[] }): ScriptStep => (messages.length === 1 ? { calls: [{ name: 'make' }] } : 'sub done');
    const { of, result } = await run([tool('make', 'exec'), agents, asks], { asker, script: [{ calls: [{ name: 'agents' }] }, isSub, isSub, isSub, isSub] });
    assert.equal(result.status, 'done');
    assert.equal(most, 1);
    assert.equal(of('permission-asked').length, 3);
    assert.equal(of('permission-asked').filter(({ parentRunId }) => parentRunId !== undefined).length, 2);
  });

  it('is put to taps that want to speak before it, which are asked of nothing else', async () => {
    const asked: string[] = [];
    const before = (opinion: ReturnType<typeof deny> | undefined) => plugin('before', (hooks) => hooks.permission.tap({ name: 'before', beforeAsking: true }, ({ name }) => { asked.push(name); return opinion; }), MAY);
    const outcome = async (...plugins: PluginDefinition[]) => { const { decided } = await run([tool('make', 'exec'), ...plugins]); return [decided?.verdict, decided?.kind, asked.splice(0).length]; };

    assert.deepEqual(await outcome(before(deny('no'))), ['deny', 'denied', 1]);
    assert.deepEqual(await outcome(before(allow('yes'))), ['allow', undefined, 1]);
    assert.deepEqual(await outcome(before(undefined)), ['deny', 'nobody-to-ask', 1]);
    assert.deepEqual(await outcome(before(allow('yes')), asks), ['deny', 'nobody-to-ask', 1]);
    assert.deepEqual(await outcome(before(deny('no')), judge('a', () => allow('rule'))), ['allow', undefined, 0]);
    assert.deepEqual(await outcome(before(allow('yes')), judge('a', () => deny('rule'))), ['deny', 'denied', 0]);
  });

  it('may also be put by a plugin, and is answered with deny where nobody can be asked', async () => {
    const answers: unknown[] = [];
    const asking = plugin('asking', (hooks) => hooks.input.tap('q', async (_, turn) => { answers.push(await turn.ask({ kind: 'choice', title: 'Which?', body: '', reasons: [], options: ['a', 'b'] })); }));
    await run([asking], { asker: async () => ({ verdict: 'allow', text: 'b' }) });
    await run([asking]);
    await run([asking], { mode: 'dontAsk', asker: async () => assert.fail('asked') });
    assert.deepEqual(answers, [{ verdict: 'allow', text: 'b' }, { verdict: 'deny', nobody: true, text: 'nobody can be asked' }, { verdict: 'deny', nobody: true, text: 'mode dontAsk does not ask' }]);
  });
});
