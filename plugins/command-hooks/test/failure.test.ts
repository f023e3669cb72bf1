import assert from 'node:assert/strict';
import { definePlugin } from '@pith/kernel';
import { allowAll } from '@pith/kernel/testing';
import { calling, decision, type Entry, print, startHooks } from './start-hooks.ts';

/** A hook that fails, and what is said of it. */
const FAILURES: [title: string, entry: Entry, said: RegExp][] = [
  ['exits with 1', 'echo broken >&2; exit 1', /failed: exit code 1: broken/],
  ['exits with 1 and JSON that would deny', `${print(decision('deny', 'no'))}; exit 1`, /failed: exit code 1/],
  ['prints JSON that is none', "echo '{\"decision\": '", /failed: its output begins like JSON and is none/],
  ['prints JSON of a wrong shape', print({ hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision: 'maybe' } }), /failed: its permissionDecision is "maybe"; allowed are allow, deny, ask, defer/],
  ['answers for another event', print({ hookSpecificOutput: { hookEventName: 'Stop' } }), /failed: its hookEventName is "Stop", and this is PreToolUse/],
  ['never ends', { command: 'sleep 3600', timeout: 0.2 }, /failed: it was stopped after 0\.2 s, its time limit/],
  ['is not found', 'no-such-program-anywhere --flag', /failed: exit code 127/],
  ['is a program that is not found', { command: '/no/such/program', args: ['x'] }, /failed: it could not be started: .*ENOENT/],
  ['may not be run', '/dev/null', /failed: exit code 126/],
  ['is killed', 'kill -9 $$', /failed: ended by SIGKILL/],
  ['floods its output', 'head -c 80000000 /dev/zero', /failed: it wrote more than 64 MiB and was stopped/],
  ['is of a type that is not supported', { type: 'prompt', prompt: 'Is this fine?', command: undefined } as unknown as Entry, /failed: hooks of the type prompt are not supported/],
];

/** Odd, and no failure. */
const FINE: [title: string, entry: Entry][] = [
  ['exits with 0 and says nothing', 'exit 0'],
  ['closes its input at once', 'exec <&-; exit 0'],
  ['prints what is no JSON', 'echo hello'],
  ['prints less than it may, all the same much', 'head -c 3000000 /dev/zero | tr "\\0" x'],
  ['leaves a background process that holds its output', 'sleep 3600 & exit 0'],
];

describe('a guard', () => {
  for (const [title, entry, said] of FAILURES) {
    it(`that ${title} refuses the call unless told otherwise, and lets it pass where told so; both are said`, async () => {
      for (const rule of ['closed', 'open'] as const) {
        const { run, of, notices, close } = await startHooks({ user: { PreToolUse: [entry] }, script: calling('bash', { command: 'echo ran' }), options: rule === 'open' ? { failure: { PreToolUse: 'open' } } : {} });
        const { status } = await run();
        const [decided] = of('permission-decided');
        assert.deepEqual([status, decided?.verdict, decided?.kind], rule === 'closed' ? ['refused', 'deny', 'failed'] : ['done', 'allow', undefined]);
        const [notice, ...more] = notices().filter((text) => text.includes(' failed: '));
        assert.deepEqual(more, []);
        assert.match(notice!, said);
        assert.match(notice!, /^PreToolUse hook .* \(.*\/home\/\.claude\/settings\.json, hooks\.PreToolUse\[0\]\.hooks\[0\]\) failed/);
        assert.equal(notice!.endsWith('; it was passed over'), rule === 'open');
        await close();
      }
    });
  }

  for (const [title, entry] of FINE) {
    it(`that ${title} has no opinion`, async () => {
      const { run, of, notices, close } = await startHooks({ user: { PreToolUse: [entry] }, script: calling('bash', { command: 'echo ran' }) });
      assert.equal((await run()).status, 'done');
      assert.deepEqual(of('permission-decided').map(({ verdict, opinions }) => [verdict, opinions.map(({ plugin }) => plugin)]), [['allow', ['allow-all']]]);
      assert.deepEqual(notices().filter((text) => text.includes(' failed: ')), []);
      await close();
    });
  }

  it('denies by exit code 2 also without a word, and its JSON is not looked at', async () => {
    for (const [command, reason] of [['exit 2', 'it gave no reason'], [`${print(decision('allow', 'yes'))}; echo no >&2; exit 2`, 'no']] as const) {
      const { run, of, close } = await startHooks({ user: { PreToolUse: [command] }, script: calling('bash', { command: 'echo ran' }), options: { failure: { PreToolUse: 'open' } } });
      await run();
      assert.deepEqual(of('permission-decided').map(({ verdict, kind, reason: given }) => [verdict, kind, given]), [['deny', 'denied', reason]]);
      await close();
    }
  });

  it('that denies is a policy also when another one fails', async () => {
    const { run, of, close } = await startHooks({ user: { PreToolUse: ['exit 1', print(decision('deny', 'no'))] }, script: calling('bash', { command: 'echo ran' }) });
    await run();
    assert.deepEqual(of('permission-decided').map(({ kind, reason }) => [kind, reason]), [['denied', 'no']]);
    await close();
  });

  it('that fails is not outvoted by one that allows', async () => {
    const { run, of, close } = await startHooks({ user: { PreToolUse: [print(decision('allow', 'yes')), 'exit 1'] }, script: calling('bash', { command: 'echo ran' }) });
    await run();
    assert.deepEqual(of('permission-decided').map(({ verdict, kind }) => [verdict, kind]), [['deny', 'failed']]);
    await close();
  });
});

describe('the failure rule', () => {
  it('can be set for one command, against its event', async () => {
    const failure = { 'exit 7': 'open' };
    for (const [command, verdict] of [['exit 7', 'allow'], ['exit 8', 'deny']] as const) {
      const { run, of, close } = await startHooks({ user: { PreToolUse: [command] }, script: calling('bash', { command: 'echo ran' }), options: { failure } });
      await run();
      assert.equal(of('permission-decided')[0]?.verdict, verdict);
      await close();
    }
  });

  it('is closed for prompts and for questions, too', async () => {
    const prompt = await startHooks({ user: { UserPromptSubmit: ['exit 1'] } });
    const { error, exitCode } = await prompt.run();
    assert.deepEqual([error?.code, exitCode, prompt.model.requests.length], ['HOOK_FAILED', 3, 0]);
    assert.match(error!.message, /^A UserPromptSubmit hook failed, and what it guards does not pass: UserPromptSubmit hook exit 1 \(.*hooks\.UserPromptSubmit\[0\]\.hooks\[0\]\) failed: exit code 1$/);
    await prompt.close();
    for (const command of ['exit 1', 'exit 2']) {
      const question = await startHooks({ user: { PermissionRequest: [command] }, plugins: [], script: calling('bash', { command: 'echo ran' }), session: { asker: async () => ({ verdict: 'allow' }) } });
      await question.run();
      assert.deepEqual(question.of('permission-decided').map(({ verdict, kind }) => [verdict, kind]), [['deny', 'failed']]);
      await question.close();
    }
  });

  it('is open for what only hears, and every failure is said', async () => {
    const { run, notices, close } = await startHooks({ user: { SessionStart: ['exit 4'], PostToolUse: ['exit 5'], Stop: ['exit 6'] }, script: calling('bash', { command: 'echo ran' }) });
    assert.equal((await run()).status, 'done');
    assert.deepEqual(notices().map((text) => text.replace(/ \(.*\)/, '')), ['SessionStart hook exit 4 failed: exit code 4; it was passed over', 'PostToolUse hook exit 5 failed: exit code 5; it was passed over', 'Stop hook exit 6 failed: exit code 6; it was passed over']);
    await close();
  });

  it('ends the turn where what only hears is set to closed', async () => {
    for (const event of ['SessionStart', 'PostToolUse', 'Stop']) {
      const { run, close } = await startHooks({ user: { [event]: ['exit 1'] }, script: calling('bash', { command: 'echo ran' }), options: { failure: { [event]: 'closed' } } });
      const { status, exitCode, error } = await run();
      assert.deepEqual([event, status, exitCode], [event, 'error', 3]);
      assert.match(error!.message, /failed: exit code 1/);
      await close();
    }
  });

  it('is said once in a session where it makes a difference', async () => {
    const guarded = await startHooks({ user: { PreToolUse: ['exit 0'], UserPromptSubmit: ['exit 0'], Stop: ['exit 0'] } });
    await guarded.run();
    await guarded.run();
    assert.deepEqual(guarded.notices(), ['Hooks that fail do not let pass what they guard: PreToolUse, UserPromptSubmit. Claude Code would; failure under plugins.command-hooks in the settings says otherwise']);
    await guarded.close();
    const open = await startHooks({ user: { PreToolUse: ['exit 0'] }, options: { failure: { PreToolUse: 'open' } } });
    await open.run();
    assert.deepEqual(open.notices(), ['Hooks of PreToolUse let everything pass when they fail, as the settings say']);
    await open.close();
    const none = await startHooks({ user: { Stop: ['exit 0'] } });
    await none.run();
    assert.deepEqual(none.notices(), []);
    await none.close();
  });

  it('names a failure at the end of a session where nobody is left to be told in a turn', async () => {
    const { run, kernel, close } = await startHooks({ user: { SessionEnd: ['exit 9'] } });
    await run();
    await kernel.close();
    assert.match(kernel.troubles.map(({ text }) => text).join(), /SessionEnd hook exit 9 .* failed: exit code 9/);
    await close();
  });

  it('that is misspelt keeps every turn from running', async () => {
    for (const [failure, said] of [[{ PreTolUse: 'open' }, /failure\.PreTolUse.*is no event; did you mean PreToolUse/], [{ PreToolUse: 'maybe' }, /must be closed or open; found "maybe"/]] as const) {
      await assert.rejects(startHooks({ options: { failure } }).then(({ run }) => run()), said);
    }
  });
});

describe('a hook that is not supported', () => {
  it('is named once, by file and place, and so is an event that nothing here calls', async () => {
    const { run, notices, close } = await startHooks({ user: { TaskCompleted: ['exit 2'], Stop: [{ type: 'agent', prompt: 'x' } as unknown as Entry, { command: 'true', asyncRewake: true }] } });
    await run();
    await run();
    assert.deepEqual(notices().map((text) => text.replace(/\/tmp\S*\/home/, '~').replace(/ \(.*\)/, '')), [
      '~/.claude/settings.json: the event TaskCompleted is not supported, so its hooks never run',
      '~/.claude/settings.json: hooks.Stop[0].hooks[0] is of the type agent, which is not supported',
      '~/.claude/settings.json: hooks.Stop[0].hooks[1].asyncRewake is not supported; the hook runs as an async one',
      'Stop hook of type agent failed: hooks of the type agent are not supported; it was passed over',
      'Stop hook of type agent failed: hooks of the type agent are not supported; it was passed over',
    ]);
    await close();
  });
});

it('the plugin loads alone, with only the kernel beside it', async () => {
  const { createTestKernel, testModel } = await import('@pith/kernel/testing');
  const { default: plugin } = await import('../src/index.ts');
  const { kernel, session, close } = await createTestKernel({ plugins: [plugin, testModel().plugin, allowAll, definePlugin({ name: 'other' })] });
  assert.deepEqual(kernel.plugins.map(({ name, state, guards }) => [name, state, guards]).find(([name]) => name === 'command-hooks'), ['command-hooks', 'active', true]);
  assert.equal((await session.runTurn({ text: 'hi' })).status, 'done');
  await close();
});
