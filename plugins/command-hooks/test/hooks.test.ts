import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { definePlugin, PithError, toText } from '@pith/kernel';
import { allowAll, type ScriptStep, startServer } from '@pith/kernel/testing';
import { calling, type HooksFile, type Setup, type Started, startHooks } from './start-hooks.ts';

/** A script of `hooks/`, as a hook file names it. */
const hook = (name: string): string => `"${fileURLToPath(new URL(`hooks/${name}`, import.meta.url))}"`;
const on = (event: string, name: string, matcher?: string): HooksFile => ({ [event]: [{ ...(matcher === undefined ? {} : { matcher }), hooks: [hook(name)] }] });

async function during(setup: Setup, check: (started: Started) => Promise<void>): Promise<void> {
  const started = await startHooks(setup);
  try {
    await check(started);
  } finally {
    await started.close();
  }
}

describe('a hook script in the documented style', () => {
  it('blocks a command with exit code 2, and its stderr is the reason', () => during({
    user: on('PreToolUse', 'block-dangerous.sh', 'Bash'),
    script: [{ calls: [{ name: 'bash', input: { command: 'rm -rf build' } }, { name: 'bash', input: { command: 'echo fine' } }] }],
  }, async ({ run, of, told }) => {
    await run();
    assert.deepEqual(of('tool-end').map(({ status }) => status), ['refused', 'done']);
    assert.match(told(), /not allowed by command-hooks: Blocked: rm -rf is not allowed here\. This is policy/);
    assert.match(of('permission-decided')[0]!.source!, /settings\.json, hooks\.PreToolUse\[0\]\.hooks\[0\]$/);
  }));

  it('protects files from every tool that writes, whatever pith calls it', () => during({
    user: on('PreToolUse', 'protect-files.sh', 'Edit|Write'), files: { 'a.txt': '' },
    script: [{
      calls: [
        { name: 'write', input: { path: '.env', content: 'KEY=1' } }, { name: 'edit', input: { path: '.env', old: 'a', new: 'b' } }, { name: 'edit', input: { path: 'package-lock.json', edits: [{ old: 'a', new: 'b' }] } },
        { name: 'apply-patch', input: { patch: '*** Begin Patch\n*** Update File: a.txt\n@@\n-a\n+b\n*** Delete File: .env\n*** End Patch' } }, { name: 'write', input: { path: 'a.txt', content: 'ok' } },
      ],
    }],
  }, async ({ run, of }) => {
    await run();
    assert.deepEqual(of('tool-end').map(({ status }) => status), ['refused', 'refused', 'refused', 'refused', 'done']);
    assert.match(of('permission-decided')[3]!.reason, /\.env matches protected pattern '\.env'$/);
  }));

  it('denies by JSON', () => during({ user: on('PreToolUse', 'deny-push.cjs', 'Bash'), script: [{ calls: [{ name: 'bash', input: { command: 'git push origin main' } }, { name: 'bash', input: { command: 'echo git push origin topic' } }] }] }, async ({ run, of }) => {
    await run();
    assert.deepEqual(of('permission-decided').map(({ verdict, reason }) => [verdict, reason]), [['deny', 'main is protected: open a pull request'], ['allow', 'test']]);
  }));

  it('allows what nobody else has an opinion on', () => during({ user: on('PreToolUse', 'approve-docs.cjs', 'Read'), plugins: [], files: { 'README.md': 'hello', 'a.ts': '' }, script: [{ calls: [{ name: 'read', input: { path: 'README.md' } }, { name: 'read', input: { path: 'a.ts' } }] }] }, async ({ run, of, told }) => {
    await run();
    assert.deepEqual(of('permission-decided').toSorted((a, b) => (a.callId < b.callId ? -1 : 1)).map(({ verdict, by, reason }) => [verdict, by, reason.slice(0, 32)]), [['allow', 'command-hooks', 'Documentation file auto-approved'], ['deny', 'kernel', 'no plugin allows it; this needs ']]);
    assert.match(told(), /hello/);
  }));

  it('lets a person be asked, and strictest wins', () => during({
    user: on('PreToolUse', 'ask-network.cjs', 'Bash'), script: calling('bash', { command: 'echo curl' }), session: { asker: async ({ reasons }) => ({ verdict: 'deny', text: reasons.join() }) },
  }, async ({ run, of }) => {
    await run();
    assert.deepEqual(of('permission-decided').map(({ verdict, reason, kind }) => [verdict, reason, kind]), [['deny', 'command-hooks: This reaches the network', 'declined']]);
  }));

  it('rewrites the input before permission is asked, and what was approved is what runs', () => during({ user: on('PreToolUse', 'rewrite-command.cjs', 'Bash'), script: calling('bash', { command: 'echo npm install', timeoutMs: 5 }) }, async ({ run, of, told }) => {
    await run();
    assert.deepEqual(of('tool-start')[0]?.input, { command: 'echo pnpm install', timeoutMs: 5 });
    assert.deepEqual(of('tool-start')[0]?.targets, [{ family: 'Bash', command: 'echo pnpm install' }]);
    assert.match(told(), /pnpm install/);
  }));

  it('that defers is not passed over: the call does not run', () => during({ user: on('PreToolUse', 'defer.sh'), script: calling('bash', { command: 'echo hi' }) }, async ({ run, of }) => {
    await run();
    assert.deepEqual(of('permission-decided').map(({ verdict, reason }) => [verdict, reason]), [['deny', 'the release manager decides (a hook puts this call off, which cannot be done here)']]);
  }));

  it('of the old form approves and blocks', async () => {
    await during({ user: on('PreToolUse', 'approve-legacy.sh'), plugins: [], script: calling('bash', { command: 'echo hi' }) }, async ({ run, of }) => {
      await run();
      assert.deepEqual(of('permission-decided').map(({ verdict, reason }) => [verdict, reason]), [['allow', 'known to be harmless']]);
    });
    await during({ user: on('PreToolUse', 'block-legacy.sh'), script: calling('bash', { command: 'echo hi' }) }, async ({ run, of }) => {
      await run();
      assert.deepEqual(of('permission-decided').map(({ verdict, reason }) => [verdict, reason]), [['deny', 'not on a Friday']]);
    });
  });

  it('adds context beside a result', () => during({ user: on('PreToolUse', 'pre-context.sh'), script: calling('bash', { command: 'echo hi' }) }, async ({ run, model }) => {
    await run();
    assert.deepEqual(model.requests[1]?.messages.at(-1)?.content, [{ type: 'tool-result', toolCallId: 'call-1-0', content: [
      { type: 'text', text: 'hi\n' }, { type: 'text', text: '<hook-output event="PreToolUse">\nThis repository uses pnpm workspaces.\n</hook-output>' },
    ] }]);
  }));

  it('formats what was written', () => during({ user: on('PostToolUse', 'format-on-save.sh', 'Edit|Write'), script: calling('write', { path: 'a.txt', content: 'one   \ntwo\t\n' }) }, async ({ run, read }) => {
    await run();
    assert.equal(await read('project/a.txt'), 'one\ntwo\n');
  }));

  it('tells the model by exit code 2 what to mend', () => during({ user: on('PostToolUse', 'lint-feedback.sh', 'Write|Edit'), script: calling('write', { path: 'a.ts', content: 'ok\n// TODO later\n' }) }, async ({ run, told, of }) => {
    await run();
    assert.match(told(), /wrote a\.ts.*<hook-output event=\\"PostToolUse\\">\\n2:\/\/ TODO later\\n<\/hook-output>/);
    assert.equal(of('tool-end')[0]?.status, 'done');
  }));

  it('blocks after the fact: reason and context go to the model', () => during({ user: on('PostToolUse', 'post-block.cjs'), script: calling('write', { path: 'a.ts', content: '' }) }, async ({ run, told }) => {
    await run();
    assert.match(told(), /wrote a\.ts.*The file lacks a licence header.*See LICENSE\./);
  }));

  it('replaces a result', () => during({ user: on('PostToolUse', 'redact-output.cjs', 'Bash'), script: calling('bash', { command: 'echo key sk-abc123' }) }, async ({ run, told, events }) => {
    await run();
    assert.match(told(), /key \[redacted\]/);
    assert.doesNotMatch(JSON.stringify(events.filter(({ type }) => type === 'tool-end')), /sk-abc123/);
  }));

  it('keeps a log of commands', () => during({ user: on('PostToolUse', 'log-commands.sh', 'Bash'), script: calling('bash', { command: 'echo hi' }) }, async ({ run, read, session }) => {
    await run();
    assert.equal(await read('project/commands.log'), `PostToolUse ${session.id} echo hi number\n`);
  }));

  it('gives a hint about a failure: of a tool that threw, and of a command with an exit code', () => during({
    user: on('PostToolUseFailure', 'failure-hint.cjs'), script: [{ calls: [{ name: 'broken' }] }, { calls: [{ name: 'bash', input: { command: 'echo half; exit 3' } }] }],
  }, async ({ run, model, of }) => {
    await run();
    assert.match(JSON.stringify(model.requests[1]?.messages.at(-1)), /broken failed: it broke.*Known trouble \(false\): broken failed: it broke/);
    assert.match(JSON.stringify(model.requests[2]?.messages.at(-1)), /Known trouble \(false\): half/);
    assert.deepEqual(of('tool-end').map(({ status }) => status), ['error', 'error']);
  }));

  it('adds plain output to the prompt, once, and behind it', () => during({ user: on('UserPromptSubmit', 'prompt-context.sh') }, async ({ run, session, of }) => {
    await run('mend it');
    await run('and document it');
    assert.deepEqual(session.messages.filter(({ role }) => role === 'user').map(({ content }) => content.map((block) => (block.type === 'text' ? block.text : ''))), [7, 15].map((length, index) => [
      ['mend it', 'and document it'][index], `<hook-output event="UserPromptSubmit">\nThe prompt has ${length} characters. Today is the day of the release.\n</hook-output>`,
    ]));
    assert.ok(of('context-ready').every(({ prefix }) => prefix.kept), 'the cache keeps');
    assert.deepEqual(of('input-accepted').map(({ text }) => text), ['mend it', 'and document it']);
  }));

  it('blocks a prompt: no model is asked, and nothing of it stays in the history', () => during({ user: on('UserPromptSubmit', 'block-secrets.cjs') }, async ({ run, session, model }) => {
    const { status, exitCode, error } = await run('the password: hunter2');
    assert.deepEqual([status, exitCode, error?.code, model.requests.length, session.messages.length], ['error', 3, 'PROMPT_REFUSED', 0, 0]);
    assert.match(error!.message, /settings\.json, hooks\.UserPromptSubmit\[0\]\.hooks\[0\]\): Security policy violation: the prompt holds a potential secret$/);
    assert.equal((await run('hello')).status, 'done');
  }));

  it('says at the start of a session what the model should know, once', () => during({ user: on('SessionStart', 'session-context.sh', 'startup') }, async ({ run, session }) => {
    await run();
    await run('more');
    assert.deepEqual(session.messages.map(({ content }) => content.length), [2, 1, 1, 1]);
    assert.match(toText(session.messages[0]!.content), /Session began by startup\. Use Bun, not npm\./);
  }));

  it('tells a session that goes on from one that begins', () => during({ user: on('SessionStart', 'session-context.sh', 'resume|clear'), session: { history: [{ role: 'user', content: [{ type: 'text', text: 'before' }] }, { role: 'assistant', content: [{ type: 'text', text: 'ok' }] }] } }, async ({ run, session }) => {
    await run();
    assert.match(toText(session.messages[2]!.content), /Session began by resume\./);
  }));

  it('sets variables for the commands that follow', () => during({ user: on('SessionStart', 'session-env.sh'), script: calling('bash', { command: 'echo "$NODE_ENV|$PATH|$GREETING|$SHLVL"' }) }, async ({ run, told }) => {
    await run();
    assert.match(told(), /production\|[^|]*:\.\/node_modules\/\.bin\|its \\"quoted\\"\|/);
  }));

  it('leaves a note when the session ends', async () => {
    const { run, kernel, read, close } = await startHooks({ user: on('SessionEnd', 'session-end.sh') });
    await run();
    await kernel.close();
    assert.equal(await read('project/ended.txt'), 'ended: other\n');
    assert.deepEqual(kernel.troubles, []);
    await close();
  });

  it('keeps the turn going until it is content', () => during({ user: on('Stop', 'keep-going.cjs'), script: ['I am done', 'the tests pass'] }, async ({ run, session }) => {
    const { status, text, steps } = await run();
    assert.deepEqual([status, text, steps], ['done', 'the tests pass', 2]);
    assert.deepEqual(session.messages.map(({ role, content }) => [role, toText(content)]), [
      ['user', 'go'], ['assistant', 'I am done'], ['user', '<hook-output event="Stop">\nRun the tests before you stop.\n</hook-output>'], ['assistant', 'the tests pass'],
    ]);
  }));

  it('tells a sub-agent what it should know, and keeps it running', () => {
    const script: ScriptStep[] = [{ calls: [{ name: 'agent', input: { task: 'look' } }] }, 'looked', 'looked at a.ts', 'all done'];
    return during({ user: { ...on('SubagentStart', 'agent-start.cjs', 'helper'), ...on('SubagentStop', 'agent-stop.sh', 'helper') }, script }, async ({ run, model, told }) => {
      const { text, steps } = await run();
      assert.deepEqual([text, steps, model.requests.length], ['all done', 2, 4]);
      assert.match(JSON.stringify(model.requests[1]?.messages), /You are helper, string\./);
      assert.match(JSON.stringify(model.requests[2]?.messages.at(-1)), /Name the files that you looked at\./);
      assert.match(told(), /looked at a\.ts/);
    });
  });

  it('keeps the transcript before room is made', () => during({ user: on('PreCompact', 'pre-compact.sh', 'auto'), script: [new PithError('too long', { code: 'CONTEXT_TOO_LONG', origin: 'provider' })] }, async ({ run, read }) => {
    assert.equal((await run('a long story')).status, 'done');
    const lines = (await read('project/before-compaction.jsonl')).trim().split('\n').map((line) => JSON.parse(line) as { type: string; message: { content: unknown } });
    assert.deepEqual(lines.map(({ type, message }) => [type, message.content]), [['user', [{ type: 'text', text: 'a long story' }]]]);
  }));

  it('of an event that no turn waits for is said in the next turn, where it says what is not supported', () => during({
    user: { Notification: [`echo '{"hookSpecificOutput":{"hookEventName":"Notification","sessionTitle":"x"}}'`] }, plugins: [], script: [...calling('bash', { command: 'echo hi' }), 'second'], session: { asker: async () => ({ verdict: 'allow' }) },
  }, async ({ run, notices, kernel, session }) => {
    await run();
    await (await kernel.service('command-hooks')).find(session.id)!.settle(10_000);
    await run('again');
    assert.ok(notices().some((text) => text.includes('sessionTitle, which is not supported')), notices().join('\n'));
  }));

  it('hears that a person is asked', () => during({ user: on('Notification', 'notify.sh', 'permission_prompt'), plugins: [], script: calling('bash', { command: 'echo hi' }), session: { asker: async () => ({ verdict: 'allow' }) } }, async ({ run, kernel, read }) => {
    await run();
    await kernel.close();
    assert.equal(await read('project/notified.txt'), 'permission_prompt: pith needs your permission to use bash');
  }));

  it('answers in the place of a person, but only what would be asked', async () => {
    const script = [{ calls: [{ name: 'bash', input: { command: 'npm test --version' } }, { name: 'bash', input: { command: 'make' } }] }];
    await during({ user: on('PermissionRequest', 'permission-request.cjs', 'Bash'), plugins: [], script }, async ({ run, of }) => {
      await run();
      assert.deepEqual(of('permission-decided').map(({ verdict, by, reason }) => [verdict, by, reason]), [['allow', 'command-hooks', 'it gave no reason'], ['deny', 'command-hooks', 'Only npm test runs without a person']]);
    });
    await during({ user: on('PermissionRequest', 'permission-request.cjs', 'Bash'), plugins: [allowAll], script }, async ({ run, of }) => {
      await run();
      assert.deepEqual(of('permission-decided').map(({ verdict, by }) => [verdict, by]), [['allow', 'allow-all'], ['allow', 'allow-all']]);
    });
    const wantsPerson = definePlugin({ name: 'wants-person', setup({ hooks }) { hooks.permission.tap('p', () => ({ verdict: 'ask', reason: 'protected' })); } });
    await during({ user: on('PermissionRequest', 'permission-request.cjs', 'Bash'), plugins: [wantsPerson], script }, async ({ run, of }) => {
      await run();
      assert.deepEqual(of('permission-decided').map(({ verdict, kind, by }) => [verdict, kind, by]), [['deny', 'nobody-to-ask', 'wants-person'], ['deny', 'denied', 'command-hooks']], 'a hook is no person');
    });
  });

  it('ends the turn with continue: false', () => during({ user: on('PostToolUse', 'stop-everything.sh'), script: calling('bash', { command: 'echo hi' }) }, async ({ run, model, session, of }) => {
    const { status, exitCode, error } = await run();
    assert.deepEqual([status, exitCode, error?.code, error?.message, model.requests.length], ['error', 3, 'HOOK_STOPPED', 'A hook ended the turn: The budget of this sprint is spent', 1]);
    assert.equal(of('tool-end')[0]?.status, 'done');
    assert.equal(session.messages.at(-1)?.content[0]?.type, 'tool-result');
    assert.equal((await run('again')).status, 'done', 'only that turn');
  }));

  it('says something to the person and nothing to the model', () => during({ user: on('PreToolUse', 'warn.sh'), script: calling('bash', { command: 'echo hi' }) }, async ({ run, notices, told }) => {
    await run();
    assert.ok(notices().includes('This command was seen by the audit'));
    assert.doesNotMatch(told(), /audit/);
  }));

  it('reads the transcript as it knows it', () => during({ user: on('Stop', 'read-transcript.cjs'), script: calling('write', { path: 'a', content: '' }) }, async ({ run, read }) => {
    await run();
    assert.equal(await read('project/used.txt'), 'user,assistant,user Write');
  }));
});

describe('a secret in a call', () => {
  const key = 'ghp_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7aB3dE6gH9';

  it('reaches no hook, in a process or behind an address, and the call keeps it', async () => {
    const server = await startServer((_, response) => void response.end('{}'));
    await during({
      user: {
        PreToolUse: ['cat > "$CLAUDE_PROJECT_DIR/before.json"', 'node -e \'const { tool_input } = JSON.parse(require("node:fs").readFileSync(0, "utf8")); console.log(JSON.stringify({ hookSpecificOutput: { hookEventName: "PreToolUse", updatedInput: { ...tool_input, new_string: "added" } } }))\''],
        PostToolUse: ['cat > "$CLAUDE_PROJECT_DIR/after.json"; cat "$(node -p "JSON.parse(require(\'node:fs\').readFileSync(\'$CLAUDE_PROJECT_DIR/after.json\')).transcript_path")" > "$CLAUDE_PROJECT_DIR/transcript.jsonl"', { type: 'http', url: server.url }],
      },
      options: { allowLoopback: true }, script: calling('edit', { path: 'a', old: key, new: 'x' }),
    }, async ({ run, told, read, of }) => {
      await run(`use ${key}`);
      assert.match(told(), /edited .*\[secret:GitHub token\].*added/);
      const seen = [await read('project/before.json'), await read('project/after.json'), await read('project/transcript.jsonl'), ...server.requests.map(({ body }) => body)];
      assert.equal(server.requests.length, 1);
      for (const text of seen) assert.ok(text.includes('[secret:GitHub token]') && !text.includes(key), text);
      assert.deepEqual(of('tool-end').map(({ status }) => status), ['done']);
    });
    await server.close();
  });

  it('that a hook sets for commands is hidden from then on', () => during({
    user: { SessionStart: ['echo "export DEPLOY_TOKEN=tr0ub4dor-4711" >> "$CLAUDE_ENV_FILE"'] }, script: calling('bash', { command: 'echo "it is $DEPLOY_TOKEN"' }),
  }, async ({ run, told, events }) => {
    await run();
    assert.match(told(), /it is \[secret:DEPLOY_TOKEN\]/);
    assert.ok(!JSON.stringify(events).includes('tr0ub4dor-4711'));
  }));
});
