import assert from 'node:assert/strict';
import { mkdtemp, realpath, rm, rmdir, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { definePlugin } from '@pith/kernel';
import { allowAll } from '@pith/kernel/testing';
import { startTools, type Called, type Tools } from './start-tools.ts';

describe('bash', () => {
  let tools: Tools;
  beforeEach(async () => { tools = await startTools(); });
  afterEach(() => tools.close());

  const bash = (command: string, more: Record<string, unknown> = {}): Promise<Called> => tools.call('bash', { command, ...more });
  const first = ({ content }: Called): string => (content[0]?.type === 'text' ? content[0].text : '');

  it('gives exactly what the command wrote, and says nothing more when it went well', async () => {
    const { status, content, details, changes } = await bash('printf "one\\n\\ttwo"');

    assert.equal(status, 'done');
    assert.deepEqual(content, [{ type: 'text', text: 'one\n\ttwo' }]);
    assert.deepEqual(changes, []);
    const { durationMs, ...rest } = details as { durationMs: number };
    assert.deepEqual(rest, { exitCode: 0, signal: null, timedOut: false });
    assert.equal(typeof durationMs, 'number');
  });

  it('runs in the working folder, with bash', async () => {
    assert.equal((await bash('pwd; [[ -n $BASH_VERSION ]] && echo bash')).text, `${tools.folder}\nbash\n`);
  });

  it('says the exit code, the signal, or that there was no output', async () => {
    const failed = await bash('echo out; exit 3');
    assert.equal(failed.status, 'error');
    assert.deepEqual(failed.content.map((block) => block.type === 'text' && block.text), ['out\n', '[exit code 3]']);
    assert.equal((await bash('kill -SEGV $$')).text, '[ended by SIGSEGV]');
    assert.equal((await bash('printf x; exit 1')).text, 'x\n[exit code 1]');
    assert.equal((await bash('true')).text, '[no output]');
    assert.match((await bash('if')).text, /syntax error[^]*\[exit code 2\]$/);
  });

  it('keeps standard output and error in the order in which they were written', async () => {
    const { text } = await bash('for i in {1..500}; do echo out $i; echo err $i >&2; done');

    assert.equal(text, Array.from({ length: 500 }, (_, index) => `out ${index + 1}\nerr ${index + 1}\n`).join(''));
  });

  it('lets a command open its own output by name', async () => {
    assert.equal((await bash('echo a > /dev/stderr; echo b | tee /dev/stderr > /dev/stdout')).text.length, 6);
  });

  it('gives no input, so that nothing waits for a person', async () => {
    assert.equal((await bash('cat; read -r x || echo nothing')).text, 'nothing\n');
  });

  it('shows bytes that are not UTF-8 as replacement characters', async () => {
    assert.equal((await bash(String.raw`printf 'a\xff\xc3b\xf0\x9f\x91'`)).text, 'a\ufffd\ufffdb\ufffd');
  });

  it('keeps a character whole that comes in two pieces, in the result and on the way', async () => {
    const { text } = await bash(String.raw`printf 'a\xf0\x9f'; sleep 0.4; printf '\x91\x8bb'; sleep 0.4`);

    assert.equal(text, 'a👋b');
    const reported = tools.events.flatMap((event) => (event.type === 'tool-progress' ? [event.text] : [])).join('');
    assert.ok(reported !== '' && 'a👋b'.startsWith(reported), reported);
  });

  it('reports output as it comes in, not oftener than ten times a second, and not after the end', async () => {
    const { details } = await bash('for i in {1..20}; do echo line $i; sleep 0.02; done; seq 1 5000');

    const reports = tools.events.flatMap((event) => (event.type === 'tool-progress' ? [event] : []));
    const end = tools.events.find((event) => event.type === 'tool-end');
    assert.match(reports[0]?.text ?? '', /^line 1\n/);
    assert.ok(reports.length <= (details as { durationMs: number }).durationMs / 100 + 2, String(reports.length));
    assert.ok(reports.every(({ text, seq }) => text!.length <= 4096 && seq < end!.seq));
  });

  it('keeps head and tail of a long output and says how much is missing', async () => {
    const { text } = await bash('seq 1 100000');

    assert.match(text, /^1\n2\n3\n[^]*\n… 558895 bytes left out …\n[^]*\n99999\n100000\n$/);
    assert.equal(Buffer.byteLength(text), 30_000 + Buffer.byteLength('\n… 558895 bytes left out …\n'));
  });

  it('cuts no character in two where it leaves out', async () => {
    for (const shift of ['', 'x', 'xx']) {
      const { text } = await bash(`printf '${shift}'; for i in {1..2000}; do printf '€€€€€€€€€€'; done`);
      assert.match(text, new RegExp(`^${shift}€+\\n… \\d+ bytes left out …\\n€+$`));
      const left = Number(/(\d+) bytes/.exec(text)![1]);
      assert.equal(Buffer.byteLength(text.replace(/\n.*\n/, '')) + left, 60_000 + shift.length);
    }
  });

  it('needs no more memory for an endless output than for a short one', async () => {
    await bash('true');
    globalThis.gc?.();
    const before = process.memoryUsage().rss;

    const { text, details } = await bash('yes', { timeoutMs: 2000 });

    assert.match(text, /^y\ny\n[^]*\d{7,} bytes left out[^]*y\n\[stopped after 2 s, its time limit/);
    assert.equal((details as { timedOut: boolean }).timedOut, true);
    assert.ok(process.memoryUsage().rss - before < 80e6, `${(process.memoryUsage().rss - before) / 1e6} MB more`);
  });

  const [rounds, heldRounds] = process.env['PITH_SOAK'] === undefined ? [75, 15] : [1000, 50];
  it(`gives all of 2 kB, ${rounds} times of ${rounds}`, async () => {
    let whole = 0;
    for (let round = 0; round < rounds; round++) if ((await bash(`printf %02048d ${round}; exit`)).text === String(round).padStart(2048, '0')) whole++;

    assert.equal(whole, rounds);
  }).timeout(180_000);

  it('has all that was written when the shell exits, also while something else holds its output', async () => {
    for (let round = 0; round < heldRounds; round++) {
      const called = await bash(`sleep 300 & printf %060000d ${round}; (printf end; exit)`);
      assert.match(called.text, /bytes left out[^]*end\n\[something it started still runs, as job-\d+;/);
      assert.equal((await tools.call('jobs', { job: /job-\d+/.exec(called.text)![0], action: 'stop' })).status, 'done');
    }
  });

  it('gives children no secrets, whatever their name says, and of the process’s own environment nothing', async () => {
    const env = {
      PATH: process.env['PATH'], HOME: '/home/me', LANG: 'C.UTF-8', GIT_AUTHOR_NAME: 'me', SSH_AUTH_SOCK: '/run/agent',
      ANTHROPIC_API_KEY: 'hidden-1-value', OPENAI_BASE_URL: 'hidden-2-value', MY_DB_PASSWORD: 'hidden-3-value', HEADER: 'Bearer hidden-3-value', GITHUB_TOKEN: 'hidden-4-value',
      INNOCENT: 'sk-ant-hidden5hidden5hidden5', URL: 'https://user:hidden-6@example.org/',
    };
    process.env['PITH_TEST_LEAK'] = process.env['LEAK_OF_HOST'] = 'hidden-7';
    const own = await startTools({ env });

    const { text } = await own.call('bash', { command: 'env' });

    delete process.env['PITH_TEST_LEAK'];
    delete process.env['LEAK_OF_HOST'];
    assert.doesNotMatch(text, /hidden/);
    assert.deepEqual(text.trim().split('\n').map((line) => line.split('=')[0]).sort(), ['GIT_AUTHOR_NAME', 'GIT_TERMINAL_PROMPT', 'HOME', 'LANG', 'PAGER', 'PATH', 'PITH_JOB', 'PWD', 'SHLVL', 'SSH_AUTH_SOCK', 'TERM', '_']);
    await own.close();
  });

  it('lets execute taps wrap the process, in order, and change its environment', async () => {
    const sandbox = (name: string, set: Record<string, string | undefined>) => definePlugin({
      name,
      setup({ hooks }) {
        hooks.tool.tap(name, (next) => async (call, turn) => {
          call.execution.wrapProcess.push((argv) => ['/usr/bin/env', `WRAPPED_BY_${name.toUpperCase()}=$0`, ...argv]);
          call.execution.wrapProcess.push(async (argv) => (argv[0] === '/usr/bin/env' ? argv : ['/bin/false']));
          Object.assign(call.execution.env, set);
          return await next(call, turn);
        });
      },
    });
    const own = await startTools({ plugins: [allowAll, sandbox('a', { FROM_TAP: 'yes', HOME: undefined }), sandbox('b', {})], env: { PATH: process.env['PATH'], HOME: '/home/me' } });

    const { text } = await own.call('bash', { command: 'echo "$FROM_TAP ${HOME-none} $WRAPPED_BY_A $WRAPPED_BY_B"' });

    assert.equal(text, 'yes none $0 $0\n');
    await own.close();
  });

  it('refuses commands that cannot be one', async () => {
    assert.equal((await bash('')).code, 'TOOL_INPUT_INVALID');
    assert.equal((await bash('echo a\0b')).code, 'TOOL_INPUT_INVALID');
    assert.equal((await bash('echo \ud800')).code, 'TOOL_INPUT_INVALID');
    assert.equal((await bash('true', { timeoutMs: 600_001 })).code, 'TOOL_INPUT_INVALID');
    assert.equal((await bash('true', { cwd: '/' })).code, 'TOOL_INPUT_INVALID');
  });

  it('says why a command could not be started', async () => {
    assert.match((await bash(`: ${'x'.repeat(3_000_000)}`)).text, /^The command is longer than the system takes/);
    const own = await startTools({ plugins: [allowAll, definePlugin({
      name: 'broken', setup: ({ hooks }) => hooks.tool.tap('broken', (next) => (call, turn) => { call.execution.wrapProcess.push(() => ['/no/such/sandbox']); return next(call, turn); }),
    })] });
    const missing = await own.call('bash', { command: 'true' });
    assert.equal(missing.code, 'SHELL_FAILED');
    assert.match(missing.text, /^\/no\/such\/sandbox could not be started: /);
    await own.close();
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'pith-gone-')));
    const gone = await startTools({ folder });
    await rmdir(folder);
    const away = await gone.call('bash', { command: 'true' });
    assert.equal(away.code, 'SHELL_FAILED');
    assert.match(away.text, /^The working folder .* is not there any more\./);
    await gone.close();
  });

  it('takes sh where there is no bash, and says what is needed where there is neither', async () => {
    const path = await realpath(await mkdtemp(join(tmpdir(), 'pith-path-')));
    const none = await startTools({ env: { PATH: path } });
    const missing = await none.call('bash', { command: 'true' });
    assert.equal(missing.code, 'SHELL_MISSING');
    assert.match(missing.text, /^Neither bash nor sh was found on PATH\. Install bash/);
    await none.close();

    await symlink('/bin/sh', join(path, 'sh'));
    const own = await startTools({ env: { PATH: path } });
    assert.equal((await own.call('bash', { command: 'echo "$0"' })).text, `${path}/sh\n`);
    await own.close();
    await rm(path, { recursive: true });
  });

  it('works without named pipes, too', async () => {
    const path = await realpath(await mkdtemp(join(tmpdir(), 'pith-path-')));
    await symlink('/bin/bash', join(path, 'bash'));
    const own = await startTools({ env: { PATH: path } });
    const run = (command: string): Promise<Called> => own.call('bash', { command });

    for (let round = 0; round < 50; round++) assert.equal((await run(`printf %02048d ${round}`)).text.length, 2048);
    assert.deepEqual((await run('echo out; echo err >&2; exit 4')).text.split('\n').sort(), ['[exit code 4]', 'err', 'out']);
    const held = await run('/bin/sleep 300 & echo here');
    assert.match(held.text, /^here\n\[something it started still runs, as job-52;/);
    assert.equal((await own.call('jobs', { job: 'job-52', action: 'stop' })).text, '[job-52 was stopped]');
    await own.close();
    await rm(path, { recursive: true });
  });

  it('asks by the command itself', async () => {
    await bash('echo  "a  b"');

    assert.deepEqual(tools.events.flatMap((event) => (event.type === 'tool-start' ? event.targets : [])), [{ family: 'Bash', command: 'echo  "a  b"' }]);
    assert.equal(first(await bash('echo  "a  b"')), 'a  b\n');
  });
});
