import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { abstain, allow, ask, definePlugin, deny, type ExamplesByHook, type Hooks, isPithError, type PithError, type PluginDefinition, PithError as Failure, textResult, toText } from '@pith/kernel';
import { type ExampleResult, runExamples } from '@pith/kernel/testing';

const plugin = (setup: (hooks: Hooks) => void, more: Partial<PluginDefinition> = {}): PluginDefinition => definePlugin({ name: 'mine', setup: ({ hooks }) => setup(hooks), ...more });

/** What each example came to: `true`, or what the tap made of it. */
async function run(tested: PluginDefinition, setting: Parameters<typeof runExamples>[1] = {}): Promise<(true | string)[]> {
  return (await runExamples(tested, setting)).results.map(({ ok, got }) => ok || got);
}

const frozen = (examples: ExamplesByHook['permission'][]): PluginDefinition => plugin((hooks) => hooks.permission.tap({ name: 'freeze', examples }, (call) => {
  if (call.effect === 'read') return undefined;
  if (call.targets.some(({ command = '' }) => command.startsWith('git '))) return ask('a person decides');
  return deny(`${call.name} in mode ${call.mode} from ${call.origin}: ${call.targets.map(({ family, path }) => `${family} ${path?.split('/').at(-1) ?? ''}`).join()}`);
}));

describe('examples on taps', () => {
  it('say what a permission tap thinks of a call, and with which reason', async () => {
    assert.deepEqual(await run(frozen([
      { call: { name: 'read', effect: 'read', input: { path: 'a' } }, expect: 'none' },
      { call: { name: 'bash', input: { command: 'git push' } }, expect: 'ask' },
      { call: { name: 'bash', input: { command: 'make' } }, expect: 'deny' },
      { call: { name: 'write', effect: 'write', input: { path: 'a.txt' }, mode: 'plan', origin: 'trigger' }, expect: { verdict: 'deny', reason: 'write in mode plan from trigger: Edit a.txt' } },
      { call: { name: 'x', effect: 'exec', targets: [{ family: 'Own', path: '/b' }] }, expect: { verdict: 'deny', reason: /Own b$/ } },
    ])), [true, true, true, true, true]);
  });

  it('tell what was expected and what came, where they differ', async () => {
    const { results } = await runExamples(frozen([
      { title: 'reads are harmless', call: { name: 'read', effect: 'read' }, expect: 'deny' },
      { call: { name: 'bash', input: { command: 'make' } }, expect: { verdict: 'deny', reason: /protected/ } },
    ]));

    const common = { plugin: 'mine', hook: 'permission', tap: 'freeze', ok: false } as const;
    assert.deepEqual(results, [
      { ...common, number: 1, title: 'reads are harmless', expected: 'deny', got: 'none' },
      { ...common, number: 2, title: 'bash {"command":"make"}', expected: '{"verdict":"deny","reason":"/protected/"}', got: '{"verdict":"deny","reason":"bash in mode default from person: Bash "}' },
    ] satisfies ExampleResult[]);
  });

  it('tell an opinion that is none from one that says why it is none', async () => {
    const mute = (examples: ExamplesByHook['permission'][]): PluginDefinition => plugin((hooks) => hooks.permission.tap({ name: 'x', examples }, (call) => (call.name === 'why' ? abstain('no rule fits') : undefined)));
    const call = (name: string) => ({ name, effect: 'exec' as const });

    assert.deepEqual(await run(mute([
      { call: call('why'), expect: 'none' }, { call: call('why'), expect: { verdict: 'none', reason: /no rule/ } }, { call: call('bash'), expect: 'none' }, { call: call('bash'), expect: { verdict: 'none', reason: /no rule/ } },
    ])), [true, true, true, 'none']);
  });

  it('ask a tap, too, that is asked only before a person is', async () => {
    const late = plugin((hooks) => hooks.permission.tap({ name: 'x', beforeAsking: true, examples: [{ call: { name: 'bash', effect: 'exec' }, expect: { verdict: 'deny', reason: 'late' } }] }, () => deny('late')));

    assert.deepEqual(await run(late), [true]);
  });

  it('take the effect of one very call from the tool, unless they state another', async () => {
    const tools = [{ name: 'jobs', description: '', effect: 'read' as const, inputSchema: {}, effectOf: (input: { stop?: string }) => (input.stop === undefined ? 'read' as const : 'exec' as const), execute: async () => '' }];
    const said = plugin((hooks) => hooks.permission.tap({ name: 'x', examples: [
      { call: { name: 'jobs' }, expect: { verdict: 'ask', reason: 'read' } },
      { call: { name: 'jobs', input: { stop: '1' } }, expect: { verdict: 'ask', reason: 'exec' } },
      { call: { name: 'jobs', input: { stop: '1' }, effect: 'write' }, expect: { verdict: 'ask', reason: 'write' } },
    ] }, ({ effect }) => ask(effect)));

    assert.deepEqual(await run(said, { tools }), [true, true, true]);
  });

  it('fail where the tap throws, also when a refusal was expected', async () => {
    const [got] = await run(plugin((hooks) => hooks.permission.tap({ name: 'broken', examples: [{ call: { name: 'bash', effect: 'exec' }, expect: 'deny' }] }, () => { throw new Error('no such table'); })));

    assert.match(String(got), /^threw: .*no such table/);
  });

  it('count an allow only from a plugin that declares it', async () => {
    const eager = (more: Partial<PluginDefinition>): PluginDefinition => plugin((hooks) => hooks.permission.tap({ name: 'eager', examples: [{ call: { name: 'bash', effect: 'exec' }, expect: 'allow' }] }, () => allow('fine')), more);

    assert.deepEqual(await run(eager({ capabilities: ['permission:allow'] })), [true]);
    assert.deepEqual(await run(eager({})), ['none']);
  });

  it('run no tool, whatever the tap allows, and take from the real one what it checks and touches', async () => {
    let runs = 0;
    const tools = [{ name: 'deploy', description: '', effect: 'exec' as const, inputSchema: {}, targets: (input: { to: string }) => [{ family: 'Deploy', name: input.to }], execute: async () => { runs++; return 'deployed'; } }];
    const policy = (hooks: Hooks): void => hooks.permission.tap({ name: 'all', examples: [{ call: { name: 'deploy', input: { to: 'production' } }, expect: { verdict: 'allow', reason: 'exec Deploy production' } }] },
      ({ effect, targets }) => allow(`${effect} ${targets[0]?.family} ${targets[0]?.name}`));

    assert.deepEqual(await run(plugin(policy, { tools, capabilities: ['permission:allow'] })), [true], 'a tool of its own');
    assert.deepEqual(await run(plugin(policy, { capabilities: ['permission:allow'] }), { tools }), [true], 'a tool of others');
    assert.equal(runs, 0);
  });

  it('say what a prepare tap makes of a call', async () => {
    const examples: ExamplesByHook['tool'][] = [
      { call: { name: 'bash', input: { command: 'ls' } }, expect: 'same' },
      { call: { name: 'bash', input: { command: 'make' } }, expect: { input: { command: 'make --jobs=1' } } },
      { call: { name: 'rm', input: { path: 'a' } }, expect: { name: 'trash', input: { path: 'a' } } },
      { call: { name: 'date' }, expect: 'answered' },
      { call: { name: 'bash', input: { command: 'make' } }, expect: 'same' },
    ];
    const results = await run(plugin((hooks) => hooks.tool.tap({ name: 'prepare', zone: 'prepare', answers: true, examples }, (next) => async (call, turn) => {
      if (call.name === 'date') return textResult('today');
      if (call.name === 'rm') return next({ ...call, name: 'trash' }, turn);
      const { command } = call.input as { command: string };
      return next(command === 'make' ? { ...call, input: { command: 'make --jobs=1' } } : call, turn);
    })));

    assert.deepEqual(results.slice(0, 4), [true, true, true, true]);
    assert.match(String(results[4]), /jobs=1/);
  });

  it('say what an execute tap makes of a result', async () => {
    const redact = (text: string): string => text.replaceAll(/key=\w+/g, 'key=…');
    const examples: ExamplesByHook['tool'][] = [
      { call: { name: 'read', result: 'nothing here' }, expect: 'same' },
      { call: { name: 'read', result: 'key=abc and more' }, expect: { result: 'key=… and more' } },
      { call: { name: 'read', result: 'key=abc' }, expect: { result: /^key=…$/g } },
      { call: { name: 'read', result: 'key=abc' }, expect: 'answered' },
    ];
    const results = await run(plugin((hooks) => hooks.tool.tap({ name: 'redact', examples }, (next) => async (call, turn) => {
      const result = await next(call, turn);
      const text = toText(result.content);
      return redact(text) === text ? result : textResult(redact(text));
    })));

    assert.deepEqual(results.slice(0, 3), [true, true, true]);
    assert.match(String(results[3]), /key=…/);
  });

  it('say what an input tap makes of a text', async () => {
    const examples: ExamplesByHook['input'][] = [
      { call: 'hello', expect: 'same' },
      { call: 'ticket 7', expect: { text: 'ticket 7 (see the tracker)' } },
      { call: '/ping', expect: { handled: 'pong' } },
      { call: { text: '/ping', origin: 'trigger' }, expect: 'same' },
      { call: '/ping', expect: { text: '/ping' } },
    ];
    assert.deepEqual(await run(plugin((hooks) => hooks.input.tap({ name: 'expand', examples }, (input) => {
      if (input.origin !== 'person') return undefined;
      if (input.text === '/ping') return { ...input, handled: { reply: 'pong' } };
      return input.text.startsWith('ticket') ? { ...input, text: `${input.text} (see the tracker)` } : undefined;
    }))), [true, true, true, true, '{"handled":"pong"}']);
  });

  it('say what a context tap adds, and whether the cached prefix stays', async () => {
    const examples: ExamplesByHook['context'][] = [
      { call: 'hi', env: { TICKET: 'PROJ-7' }, expect: { contains: 'Ticket: PROJ-7', prefix: 'kept' } },
      { call: 'hi', expect: 'same' },
      { call: 'hi', env: { TICKET: 'PROJ-7' }, expect: { contains: 'PROJ-8' } },
    ];
    let asked = 0;
    const section = (name: string, text: string) => ({ id: name, text, owner: 'mine', stability: 'stable' as const });
    const stamp = (text: () => string): PluginDefinition => definePlugin({
      name: 'mine',
      setup({ hooks, env }) {
        hooks.context.tap({ name: 'ticket', examples }, (request) => (env['TICKET'] === undefined ? undefined : { ...request, system: [...request.system, section('ticket', `Ticket: ${env['TICKET']}${text()}`)] }));
      },
    });
    const [first, second, third] = await run(stamp(() => ''));

    assert.deepEqual([first, second], [true, true]);
    assert.match(String(third), /PROJ-7/);
    assert.match(String((await run(stamp(() => ` ${asked++}`)))[0]), /broken/);
  });

  it('say what a model tap makes of a call, with the replies that are given', async () => {
    const busy = new Failure('busy', { code: 'PROVIDER_FAILED', origin: 'provider' });
    const examples: ExamplesByHook['model'][] = [
      { call: 'hi', expect: 'same' },
      { call: { text: 'hi', replies: [busy, 'here I am'] }, expect: { reply: 'here I am', calls: 2, request: 'hi' } },
      { call: 'cached?', expect: 'answered' },
      { call: { text: 'hi', replies: [busy, busy] }, expect: 'same' },
    ];
    const results = await run(plugin((hooks) => hooks.model.tap({ name: 'again', answers: true, examples }, (next) => async function* (request, turn) {
      if (toText(request.messages[0]!.content) === 'cached?') {
        yield { type: 'end', reply: { status: 'complete', id: null, model: null, stop: 'end', blocks: [{ type: 'text', text: 'yes' }], usage: null } };
        return;
      }
      try {
        yield* next(request, turn);
      } catch (error) {
        if (!isPithError(error) || error.origin !== 'provider') throw error;
        yield* next(request, turn);
      }
    })));

    assert.deepEqual(results.slice(0, 3), [true, true, true]);
    assert.match(String(results[3]), /^threw PROVIDER_FAILED: busy/);
  });

  it('give the options, the environment and the files that an example states, and a folder of its own', async () => {
    const folders: string[] = [];
    const { results } = await runExamples(definePlugin<{ word?: string }>({
      name: 'mine',
      setup({ hooks, options, env }) {
        const examples: ExamplesByHook['permission'][] = [{ call: { name: 'bash', effect: 'exec' }, options: { word: 'own' }, env: { A: 'b' }, files: { 'sub/note.txt': 'written' }, expect: { verdict: 'ask', reason: 'own b written' } }, { call: { name: 'bash', effect: 'exec' }, expect: { verdict: 'ask', reason: 'settings undefined nothing' } }];
        hooks.permission.tap({ name: 'look', examples }, async (call) => {
          folders.push(call.cwd);
          return ask(`${options.word} ${env['A']} ${await readFile(join(call.cwd, 'sub/note.txt'), 'utf8').catch(() => 'nothing')}`);
        });
      },
    }), { options: { mine: { word: 'settings' } } });

    assert.deepEqual(results.map(({ ok, got }) => ok || got), [true, true]);
    assert.equal(new Set(folders).size, 2);
    for (const folder of folders) await assert.rejects(stat(folder), 'the folders are gone');
  });

  it('try each tap alone, also two of one name', async () => {
    const call = { name: 'bash', effect: 'exec' } as const;
    assert.deepEqual(await run(plugin((hooks) => {
      hooks.permission.tap({ name: 'same', examples: [{ call, expect: 'deny' }] }, () => deny('first'));
      hooks.permission.tap({ name: 'same', examples: [{ call, expect: { verdict: 'ask', reason: 'second' } }] }, () => ask('second'));
    })), [true, true]);
  });

  it('need nothing of what the plugin requires, comes after, or lists at run time', async () => {
    let listed = 0;
    assert.deepEqual(await run(plugin((hooks) => hooks.permission.tap({ name: 'x', examples: [{ call: { name: 'bash', effect: 'exec' }, expect: 'deny' }] }, () => deny('no')), {
      requires: ['database'], after: ['permissions'], toolSources: [{ name: 'far', list: async () => { listed++; return []; } }],
    }), { knownPlugins: ['database', 'permissions'] }), [true]);
    assert.equal(listed, 0);
  });

  it('name each example before it runs, so that one that never ends can be named', async () => {
    const seen: string[] = [];
    await runExamples(frozen([{ call: { name: 'read', effect: 'read' }, expect: 'none' }, { call: { name: 'bash', effect: 'exec' }, expect: 'none' }]), {
      onStart: ({ tap, number, title }) => { seen.push(`${tap} ${number} ${title}`); }, onResult: ({ ok }) => { seen.push(String(ok)); },
    });

    assert.deepEqual(seen, ['freeze 1 read {}', 'true', 'freeze 2 bash {}', 'false']);
  });

  it('end a tap that hangs at its time limit', async () => {
    const [got] = await run(plugin((hooks) => hooks.permission.tap({ name: 'slow', timeoutMs: 20, examples: [{ call: { name: 'bash', effect: 'exec' }, expect: 'deny' }] }, () => new Promise(() => undefined))));

    assert.match(String(got), /^threw: .*longer than 20 ms/);
  });

  for (const [what, hook, example, sentence] of [
    ['a verdict that is none', 'permission', { call: { name: 'a' }, expect: 'denied' }, /expects "denied"; allowed are: deny, ask, allow, none/],
    ['a misspelt key of what is expected', 'permission', { call: { name: 'a' }, expect: { verdict: 'deny', reasn: 'x' } }, /unknown key "reasn"; allowed are: verdict, reason/],
    ['a misspelt key of the call', 'tool', { call: { name: 'a', inputs: {} }, expect: 'same' }, /unknown key "inputs"; allowed are: name, input/],
    ['a call without a tool', 'permission', { call: {}, expect: 'none' }, /a call without a name/],
    ['a tool that nobody knows, and no effect', 'permission', { call: { name: 'a', input: { path: 'x' } }, expect: 'none' }, /There is no tool a here, so its call states an effect/],
    ['a call that is no text', 'input', { call: 7, expect: 'same' }, /a call that is 7 and not an object/],
    ['a file outside of its folder', 'permission', { call: { name: 'a', effect: 'read' }, files: { '../x': '' }, expect: 'none' }, /"\.\.\/x", which is not inside/],
  ] as const) {
    it(`fail, and say what is allowed, with ${what}`, async () => {
      const [got] = await run(plugin((hooks) => {
        const options = { name: 'x', examples: [example] as never };
        if (hook === 'permission') hooks.permission.tap(options, () => undefined);
        else if (hook === 'input') hooks.input.tap(options, () => undefined);
        else hooks.tool.tap(options, (next) => next);
      }));

      assert.match(String(got), sentence);
    });
  }

  for (const [what, tap, sentence] of [
    ['examples that are no list', (hooks: Hooks) => hooks.permission.tap({ name: 'x', examples: {} as never }, () => undefined), /examples that are an object and not a list/],
    ['an example without expect', (hooks: Hooks) => hooks.permission.tap({ name: 'x', examples: [{ call: { name: 'a' } }] as never }, () => undefined), /an example 1 that is not \{ call, expect \}/],
    ['a misspelt key', (hooks: Hooks) => hooks.permission.tap({ name: 'x', examples: [{ call: { name: 'a' }, expect: 'none', tile: 'x' }] as never }, () => undefined), /an example 1 with an unknown key "tile"; allowed are: title, call/],
    ['examples on an observer', (hooks: Hooks) => hooks.output.tap({ name: 'x', examples: [] } as never, () => undefined), /examples, which are not supported where a tap gives nothing back/],
  ] as const) {
    it(`are refused when the plugin loads: ${what}`, async () => {
      await assert.rejects(runExamples(plugin(tap)), (error: PithError) => error.code === 'PLUGIN_INVALID' && sentence.test(error.message));
    });
  }

  it('cannot run when the plugin does not load', async () => {
    await assert.rejects(runExamples({ name: 'gone', load: async () => { throw new Error('no such module'); } }), { code: 'PLUGIN_LOAD_FAILED' });
    await assert.rejects(runExamples(plugin(() => { throw new Error('no table'); })), { code: 'PLUGIN_SETUP_FAILED' });
    await assert.rejects(runExamples({ name: 'mine', capabilities: [], load: async () => frozen([]) }), { code: 'CAPABILITY_MISSING' });
  });
});
