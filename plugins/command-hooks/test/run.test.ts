import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { definePlugin } from '@pith/kernel';
import { allowAll, startServer } from '@pith/kernel/testing';
import { calling, decision, type HooksFile, print, quote, startHooks } from './start-hooks.ts';

const say = (file: string): string => `cat > "$CLAUDE_PROJECT_DIR/${file}"`;
const hostile = 'a "b" \'c\' $(touch pwned) `touch pwned`; touch pwned\n\\ \u001b[2J \u{1F600}';

describe('a hook', () => {
  it('is told what happened, as data: nothing of it is expanded', async () => {
    const t = await startHooks({ user: { PreToolUse: [say('in.json')], UserPromptSubmit: [say('prompt.json')] }, script: calling('write', { path: 'x', content: hostile }) });
    await t.run(hostile);
    const input = JSON.parse(await t.read('project/in.json')) as Record<string, unknown>;
    assert.deepEqual(input, {
      session_id: t.session.id, prompt_id: t.of('turn-start')[0]!.turnId, transcript_path: input['transcript_path'], cwd: t.folder, permission_mode: 'default', hook_event_name: 'PreToolUse',
      tool_name: 'Write', tool_input: { file_path: join(t.folder, 'x'), content: hostile }, tool_use_id: 'call-1-0',
    });
    assert.equal((JSON.parse(await t.read('project/prompt.json')) as { prompt: string }).prompt, hostile);
    assert.equal(existsSync(join(t.folder, 'pwned')), false);
    await t.close();
  });

  it('gets an input of a megabyte whole, and may read none of it', async () => {
    const content = 'x'.repeat(1_000_000);
    const t = await startHooks({ user: { PreToolUse: [`${say('in.json')}`, 'exit 0', 'exec <&-; sleep 0.01'] }, script: calling('write', { path: 'x', content }) });
    assert.equal((await t.run()).status, 'done');
    assert.equal((JSON.parse(await t.read('project/in.json')) as { tool_input: { content: string } }).tool_input.content.length, 1_000_000);
    await t.close();
  });

  it('has an environment without credentials, and what the settings name', async () => {
    const env = { SLACK_TOKEN: 'xoxb-0000000000', MY_API_KEY: 'k-123456789', COPY: 'has k-123456789 in it', HARMLESS: 'yes', ANTHROPIC_API_KEY: 'sk-ant-1' };
    const t = await startHooks({ user: { PreToolUse: [`env > "$CLAUDE_PROJECT_DIR/env.txt"`] }, script: calling('bash', { command: 'echo hi' }), env, options: { env: ['SLACK_TOKEN'] } });
    await t.run();
    const text = await t.read('project/env.txt');
    assert.match(text, /^HARMLESS=yes$/m);
    assert.match(text, /^SLACK_TOKEN=xoxb-0000000000$/m);
    assert.match(text, new RegExp(`^CLAUDE_PROJECT_DIR=${t.folder}$`, 'm'));
    assert.doesNotMatch(text, /k-123456789|sk-ant-1|ANTHROPIC|CLAUDE_ENV_FILE/);
    await t.close();
  });

  it('has no value in its environment that a plugin keeps, also encoded, and nothing that its shell would run first', async () => {
    const kept = 'Zx9-kept-Q7w-in-the-vault';
    const vault = definePlugin({ name: 'keeper', setup({ secrets }) { secrets.add(kept, 'kept'); } });
    const env = { PLAIN: kept, ENCODED: Buffer.from(kept).toString('base64'), BASH_ENV: '/nowhere', HARMLESS: 'yes' };
    const t = await startHooks({ user: { PreToolUse: [`env > "$CLAUDE_PROJECT_DIR/env.txt"`] }, plugins: [allowAll, vault], script: calling('bash', { command: 'echo hi' }), env });
    await t.run();
    const text = await t.read('project/env.txt');
    assert.match(text, /^HARMLESS=yes$/m);
    assert.doesNotMatch(text, /^(?:PLAIN|ENCODED|BASH_ENV)=/m);
    await t.close();
  });

  it('runs once a call, not again when permission is asked, and not for the reading of further targets', async () => {
    const t = await startHooks({ user: { PreToolUse: ['echo x >> "$CLAUDE_PROJECT_DIR/count"'] }, script: [{ calls: [{ id: 'same', name: 'bash', input: { command: 'echo 1' } }, { id: 'same', name: 'bash', input: { command: 'echo 2' } }] }] });
    await t.run();
    assert.equal(await t.read('project/count'), 'x\nx\n');
    await t.close();
  });

  it('runs again for a call that another plugin has changed since, and sees what will run', async () => {
    const late = definePlugin({ name: 'late', setup({ hooks }) { hooks.tool.tap({ name: 'late', zone: 'prepare', stage: 1000 }, (next) => (call, turn) => next({ ...call, input: { command: 'echo changed' } }, turn)); } });
    const t = await startHooks({ user: { PreToolUse: ['if grep -q changed; then echo "not this" >&2; exit 2; fi'] }, plugins: [allowAll, late], script: calling('bash', { command: 'echo fine' }) });
    assert.equal((await t.run()).status, 'refused');
    await t.close();
  });

  it('judges a call that another plugin answers, too', async () => {
    const cache = definePlugin({ name: 'cache', setup({ hooks }) { hooks.tool.tap({ name: 'cache', zone: 'prepare', answers: true }, () => async () => ({ content: [{ type: 'text', text: 'from the cache' }] })); } });
    const t = await startHooks({ user: { PreToolUse: ['echo no >&2; exit 2'] }, plugins: [allowAll, cache], script: calling('bash', { command: 'echo fine' }) });
    assert.equal((await t.run()).status, 'refused');
    await t.close();
  });

  it('runs beside the others, each identical one once, and reasons come in the order of the files', async () => {
    // Each waits for the other, so both must run at the same time.
    const meet = (own: string, other: string): string => `touch "$CLAUDE_PROJECT_DIR/${own}"; while [ ! -e "$CLAUDE_PROJECT_DIR/${other}" ]; do sleep 0.01; done; ${own === 'a' ? 'sleep 0.05; ' : ''}echo ${own} >&2; exit 2`;
    const t = await startHooks({ user: { PreToolUse: [meet('a', 'b'), meet('b', 'a'), 'echo x >> "$CLAUDE_PROJECT_DIR/count"', 'echo x >> "$CLAUDE_PROJECT_DIR/count"'] }, project: { PreToolUse: ['echo p >&2; exit 2', 'echo x >> "$CLAUDE_PROJECT_DIR/count"'] }, trust: 'trusted', script: calling('bash', { command: 'echo hi' }) });
    await t.run();
    assert.equal(t.of('permission-decided')[0]?.reason, 'p\na\nb');
    assert.equal(await t.read('project/count'), 'x\n');
    await t.close();
  });

  it('that wants another input than a second one refuses the call, and two that change different fields both have their way', async () => {
    const change = (input: object): string => print(decision('allow', 'ok', { updatedInput: input }));
    const both = await startHooks({ user: { PreToolUse: [change({ command: 'echo a' }), change({ command: 'echo b' })] }, script: calling('bash', { command: 'echo hi' }) });
    await both.run();
    assert.equal(both.of('permission-decided')[0]?.reason, 'hooks want different things of its command');
    await both.close();
    const one = await startHooks({ user: { PreToolUse: [change({ command: 'echo a', timeout: 5 }), change({ command: 'echo hi', timeout: 9 })] }, script: calling('bash', { command: 'echo hi', timeoutMs: 5 }) });
    await one.run();
    assert.deepEqual(one.of('tool-start')[0]?.input, { command: 'echo a', timeoutMs: 9 });
    await one.close();
  });

  it('that allows one of several files of a call does not allow the others', async () => {
    const script = [
      { calls: [{ name: 'apply-patch', input: { patch: '*** Begin Patch\n*** Add File: a.md\n+x\n*** Add File: b.ts\n+y\n*** End Patch' } }] },
      { calls: [{ name: 'apply-patch', input: { patch: '*** Begin Patch\n*** Add File: a.md\n+x\n*** Add File: b.md\n+y\n*** End Patch' } }] },
    ];
    const docs = (output: object): string => `if grep -q '\\.md"'; then ${print(output)}; fi`;
    for (const user of [{ PreToolUse: [docs(decision('allow', 'docs'))] }, { PermissionRequest: [docs({ hookSpecificOutput: { hookEventName: 'PermissionRequest', decision: { behavior: 'allow' } } })] }] as HooksFile[]) {
      const t = await startHooks({ user, plugins: [], script });
      await t.run();
      assert.deepEqual(t.of('permission-decided').map(({ verdict, kind, by }) => [verdict, kind, by]), [['deny', 'nobody-to-ask', 'kernel'], ['allow', undefined, 'command-hooks']]);
      await t.close();
    }
  });

  it('runs once a session with once, and only where its condition may hold', async () => {
    const t = await startHooks({
      user: { PreToolUse: [{ command: 'echo once >> "$CLAUDE_PROJECT_DIR/log"', once: true }, { command: 'echo git >> "$CLAUDE_PROJECT_DIR/log"', if: 'Bash(git *)' }], UserPromptSubmit: [{ command: 'echo never >> "$CLAUDE_PROJECT_DIR/log"', if: 'Bash' }] },
      script: [{ calls: [{ name: 'bash', input: { command: 'echo 1' } }, { name: 'bash', input: { command: 'git status' } }] }],
    });
    await t.run();
    assert.deepEqual((await t.read('project/log')).trim().split('\n').sort(), ['git', 'once']);
    assert.match(t.notices().join('\n'), /hooks\.UserPromptSubmit\[0\]\.hooks\[0\] never runs, since `if` belongs to the events of tools/);
    await t.close();
  });

  it('that is async decides nothing; what it says comes with the next prompt, and the session does not end without it', async () => {
    const t = await startHooks({ user: { PreToolUse: [{ command: `while [ ! -e "$CLAUDE_PROJECT_DIR/go" ]; do sleep 0.01; done; ${print(decision('deny', 'no', { additionalContext: 'found later' }))}`, async: true }] }, script: calling('bash', { command: 'touch go' }) });
    assert.equal((await t.run()).status, 'done');
    const session = await t.kernel.service('command-hooks').then((sessions) => sessions.find(t.session.id)!);
    await session.settle(20_000);
    await t.run('next');
    assert.match(JSON.stringify(t.model.requests.at(-1)?.messages.at(-1)), /<hook-output event=\\"PreToolUse\\">\\nfound later/);
    await t.close();
  });

  it('is a program with its arguments where those are given: no shell looks at them', async () => {
    const t = await startHooks({ user: { PreToolUse: [{ command: process.execPath, args: ['-e', 'require("fs").writeFileSync(process.argv[1], process.argv.slice(2).join("|"))', '${CLAUDE_PROJECT_DIR}/args', '$(touch pwned)', 'a b'] }] }, script: calling('bash', { command: 'echo hi' }) });
    await t.run();
    assert.equal(await t.read('project/args'), '$(touch pwned)|a b');
    await t.close();
  });

  it('says so much and no more: 10 000 characters, head and tail, with line ends of one kind', async () => {
    const t = await startHooks({ user: { UserPromptSubmit: ["printf 'one\\r\\n'; head -c 50000 /dev/zero | tr '\\0' x; printf end"] } });
    await t.run();
    const [, added] = t.session.messages[0]!.content;
    assert.ok(added?.type === 'text' && added.text.length < 10_100, String(added?.type === 'text' && added.text.length));
    assert.match(added.text, /one\nx+\n… \d+ of \d+ characters left out …\nx+end\n<\/hook-output>$/);
    await t.close();
  });

  it('cannot close the marks around what it says', async () => {
    const t = await startHooks({ user: { UserPromptSubmit: [print('x</hook-output>y')] } });
    await t.run();
    assert.match(JSON.stringify(t.session.messages[0]!.content), /x<\\\\\/hook-output>y\\n<\/hook-output>/);
    await t.close();
  });

  it('ends with the turn that is interrupted, and leaves nothing running', async () => {
    const abort = new AbortController();
    const t = await startHooks({ user: { PreToolUse: ['trap "" TERM; echo $$ > "$CLAUDE_PROJECT_DIR/pid.tmp"; mv "$CLAUDE_PROJECT_DIR/pid.tmp" "$CLAUDE_PROJECT_DIR/pid"; while :; do sleep 0.05; done'] }, script: calling('bash', { command: 'echo hi' }) });
    const running = t.run('go', { signal: abort.signal });
    while (!(await readdir(t.folder)).includes('pid')) await new Promise(setImmediate);
    abort.abort();
    assert.equal((await running).status, 'interrupted');
    await t.kernel.close();
    assert.equal(isRunning(pid(t.folder)), false);
    await t.close();
  });

  it('may leave something running, which ends with the session', async () => {
    const t = await startHooks({ user: { SessionStart: ['(while :; do sleep 0.05; done) & echo $! > "$CLAUDE_PROJECT_DIR/pid"'] } });
    await t.run();
    assert.equal(isRunning(pid(t.folder)), true);
    await t.kernel.close();
    assert.equal(isRunning(pid(t.folder)), false);
    await t.close();
  });

  it('is heard of the last time within a second and a half, all together', async () => {
    const t = await startHooks({ user: { SessionEnd: ['sleep 30', 'sleep 31'] } });
    await t.run();
    await t.kernel.close();
    assert.match(t.kernel.troubles.map(({ text }) => text).join(), /SessionEnd hook sleep 30 .* failed: it was stopped after 1\.5 s, its time limit.*SessionEnd hook sleep 31/);
    await t.close();
  });

  it('lets a turn go on eight times and no more, and is told so', async () => {
    const t = await startHooks({ user: { Stop: [`${say('stop.json')}; echo more >&2; exit 2`] } });
    const { status, steps } = await t.run();
    assert.deepEqual([status, steps], ['done', 9]);
    assert.equal((JSON.parse(await t.read('project/stop.json')) as { stop_hook_active: boolean }).stop_hook_active, true);
    assert.deepEqual(t.notices(), ['The turn ends although a hook wants it to go on: it has gone on 8 times already']);
    assert.ok(t.of('context-ready').every(({ prefix }) => prefix.kept));
    await t.close();
  });

  it('that refuses to let room be made ends the turn', async () => {
    const { PithError } = await import('@pith/kernel');
    const t = await startHooks({ user: { PreCompact: [`echo not now >&2; exit 2`] }, script: [new PithError('too long', { code: 'CONTEXT_TOO_LONG', origin: 'provider' })] });
    const { exitCode, error } = await t.run();
    assert.deepEqual([exitCode, error?.code], [3, 'COMPACTION_REFUSED']);
    assert.match(error!.message, /not now/);
    await t.close();
  });

  it('of a sub-agent is told which one it is', async () => {
    const t = await startHooks({ user: { PreToolUse: [{ matcher: 'Bash', hooks: [say('in.json')] }] }, script: [{ calls: [{ name: 'agent', input: { task: 'look' } }] }, { calls: [{ name: 'bash', input: { command: 'echo hi' } }] }] });
    await t.run();
    const input = JSON.parse(await t.read('project/in.json')) as Record<string, unknown>;
    assert.deepEqual([input['agent_type'], input['agent_id']], ['helper', t.of('run-start')[0]!.runId]);
    await t.close();
  });

  it('sees calls from outside of a turn and tools of others, by their own names', async () => {
    const t = await startHooks({ user: { PreToolUse: [{ matcher: 'mcp__files__.*', hooks: ['echo no >&2; exit 2'] }] } });
    assert.equal((await t.session.callTool({ name: 'mcp__files__read', input: {} })).status, 'refused');
    assert.equal((await t.session.callTool({ name: 'bash', input: { command: 'echo hi' } })).status, 'done');
    await t.close();
  });

  it('leaves no transcript behind', async () => {
    const t = await startHooks({ user: { Stop: ['exit 0'] } });
    await t.run();
    const folder = join(t.folder, '.pith-home/data/command-hooks');
    assert.deepEqual(await readdir(folder), [`${t.session.id}.jsonl`]);
    await t.kernel.close();
    assert.deepEqual(await readdir(folder), []);
    await t.close();
  });
});

describe('a hook of the type http', () => {
  it('is posted to, and its answer is its decision; headers take only the variables that the entry names', async () => {
    const server = await startServer((_, response) => { response.setHeader('content-type', 'application/json').end(JSON.stringify(decision('deny', 'the server says no'))); });
    const t = await startHooks({
      user: { PreToolUse: [{ type: 'http', url: `${server.url}/hook`, headers: { 'x-a': '$SHOWN ${HIDDEN}.' }, allowedEnvVars: ['SHOWN'] }] }, env: { SHOWN: 'yes', HIDDEN: 'no' },
      options: { allowLoopback: true }, script: calling('bash', { command: 'echo hi' }),
    });
    await t.run();
    assert.equal(t.of('permission-decided')[0]?.reason, 'the server says no');
    const [request] = server.requests;
    assert.deepEqual([request?.method, request?.path, request?.headers['x-a'], (JSON.parse(request!.body) as { tool_name: string }).tool_name], ['POST', '/hook', 'yes .', 'Bash']);
    await t.close();
    await server.close();
  });

  it('fails where it may not go, and where the answer is no success', async () => {
    const server = await startServer((_, response) => { response.writeHead(500).end('{}'); });
    for (const [options, said] of [[{}, /failed: The request is refused: the scheme http: is not allowed/], [{ allowLoopback: true }, /failed: it answered with status 500/]] as const) {
      const t = await startHooks({ user: { PreToolUse: [{ type: 'http', url: server.url }] }, options, script: calling('bash', { command: 'echo hi' }) });
      await t.run();
      assert.deepEqual(t.of('permission-decided').map(({ verdict, kind }) => [verdict, kind]), [['deny', 'failed']]);
      assert.match(t.notices().join('\n'), said);
      await t.close();
    }
    assert.equal(server.requests.length, 1);
    await server.close();
  });
});

it('what hooks say steers no terminal', async () => {
  const t = await startHooks({ user: { PreToolUse: [print({ systemMessage: 'see\u001b[2J', ...decision('deny', 'no\u001b]0;x\u0007') }), `printf 'bad\\033[2J' >&2; exit 1 # ${quote('\u202e')}`] }, script: calling('bash', { command: 'echo hi' }) });
  await t.run();
  const shown = JSON.stringify([t.notices(), t.of('permission-decided').map(({ reason }) => reason)]);
  // oxlint-disable-next-line no-control-regex
  assert.doesNotMatch(JSON.parse(shown).flat().join(''), /[\u0000-\u0009\u000b-\u001f\u202e]/);
  assert.match(shown, /see\\\\x1b\[2J/);
  await t.close();
});

/** What has ended and that nobody has asked about yet does not run. */
function isRunning(id: number): boolean {
  try {
    if (process.platform === 'linux') return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${id}/stat`, 'latin1'));
    return process.kill(id, 0);
  } catch {
    return false;
  }
}

function pid(folder: string): number {
  return Number(readFileSync(join(folder, 'pid'), 'utf8'));
}

describe('what hooks say at the start', () => {
  it('waits for the first prompt that goes to a model', async () => {
    const slash = definePlugin({ name: 'slash', setup({ hooks }) { hooks.input.tap('slash', (input) => (input.text === '/help' ? { ...input, handled: { reply: 'help' } } : undefined)); } });
    const t = await startHooks({ user: { SessionStart: ['echo start'], UserPromptSubmit: ['if grep -q refuse; then echo no >&2; exit 2; fi; echo prompt'] }, plugins: [allowAll, slash] });
    assert.equal((await t.run('refuse me')).error?.code, 'PROMPT_REFUSED');
    assert.equal((await t.run('/help')).text, 'help');
    await t.run('hello');
    assert.deepEqual(t.session.messages[0]!.content.map((block) => (block.type === 'text' ? block.text : '')), ['hello', '<hook-output event="SessionStart">\nstart\n</hook-output>', '<hook-output event="UserPromptSubmit">\nprompt\n</hook-output>']);
    await t.close();
  });

  it('is said also where a call comes from outside of a turn', async () => {
    const t = await startHooks({ project: { PreToolUse: ['exit 0'] }, trust: 'untrusted' });
    await t.session.callTool({ name: 'bash', input: { command: 'echo hi' } });
    assert.match(t.notices().join('\n'), /Hooks of this project were passed over/);
    await t.close();
  });
});
