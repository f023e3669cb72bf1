import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { awaitChild, awaitNone, awaitProcesses, findProcesses } from './processes.ts';
import { startTools, type Tools } from './start-tools.ts';

/** A number of seconds that no other process sleeps for. */
const newToken = (): string => `${3000 + randomBytes(2).readUInt16BE()}.${randomBytes(4).readUInt32BE()}`;

/** Commands that try to stay, each with `count` processes that sleep. */
const STAYERS: [title: string, command: (sleep: string) => string, count: number][] = [
  ['a child', (sleep) => `${sleep}; true`, 1],
  ['children and grandchildren', (sleep) => `(${sleep} & bash -c '${sleep} & ${sleep}; true' & ${sleep}; true); true`, 4],
  ['what ignores being asked', (sleep) => `trap '' TERM HUP INT; ${sleep} & ${sleep}; true`, 2],
  ['jobs in groups of their own', (sleep) => `set -m; ${sleep} & ${sleep} & wait`, 2],
  ['a child with a session of its own', (sleep) => `setsid ${sleep} & ${sleep}; true`, 2],
  ['a daemon that nobody is the parent of', (sleep) => `(setsid bash -c '${sleep} & exit' >/dev/null 2>&1 &); ${sleep}; true`, 2],
  ['a child that put its environment away', (sleep) => `env -i ${sleep} & ${sleep}; true`, 2],
  ['a stopped child', (sleep) => `${sleep} & kill -STOP $!; ${sleep}; true`, 2],
];

if (process.platform === 'linux') {
  describe('the processes of a command', () => {
    let tools: Tools;
    beforeEach(async () => { tools = await startTools(); });
    afterEach(() => tools.close());

    for (const [title, command, count] of STAYERS) {
      it(`end all when the call is cancelled: ${title}`, async () => {
        const token = newToken();
        const cancel = new AbortController();
        const called = tools.call('bash', { command: command(`sleep ${token}`) }, cancel.signal);
        await awaitProcesses(`sleep ${token}`, count);

        cancel.abort(new Error('enough'));

        const { status, code, text } = await called;
        assert.equal(status, 'interrupted');
        assert.equal(code, 'TOOL_INTERRUPTED');
        assert.match(text, /^Interrupted while it ran \(enough\)/);
        assert.deepEqual(findProcesses(token), []);
      });

      it(`end all when the session closes: ${title}`, async () => {
        const token = newToken();
        await tools.call('bash', { command: command(`sleep ${token}`), background: true });
        await awaitProcesses(`sleep ${token}`, count);

        await tools.session.close();

        assert.deepEqual(findProcesses(token), []);
      });
    }

    it('end all at the time limit, and what they wrote until then is there', async () => {
      const token = newToken();

      const { status, text, details } = await tools.call('bash', { command: `echo before; setsid sleep ${token} & sleep ${token}`, timeoutMs: 1000 });

      assert.equal(status, 'error');
      assert.equal(text, 'before\n[stopped after 1 s, its time limit; allow more with timeoutMs, at most 600000, or run it in the background]');
      const { timedOut, signal } = details as { timedOut: boolean; signal: string };
      assert.deepEqual({ timedOut, signal }, { timedOut: true, signal: 'SIGTERM' });
      assert.deepEqual(findProcesses(token), []);
    });

    it('may end by themselves in time when they are asked to', async () => {
      const { text } = await tools.call('bash', { command: `trap 'echo flushed; exit' TERM; while :; do sleep 0.01; done`, timeoutMs: 1000 });

      assert.match(text, /flushed\n\[stopped/);
    });

    it('are asked once', async () => {
      const { text } = await tools.call('bash', { command: `trap 'echo asked' TERM; while :; do sleep 0.01; done`, timeoutMs: 1000 });

      assert.equal(text.split('asked').length, 2, text);
    });

    it('end when the session closes also where the command itself has ended and left them', async () => {
      const token = newToken();
      const { text } = await tools.call('bash', { command: `sleep ${token} > /dev/null & setsid sleep ${token} > /dev/null 2>&1 & echo left` });
      await awaitProcesses(`sleep ${token}`, 2);

      await tools.session.close();

      assert.match(text, /^left\n\[something it started still runs, as job-1;/);
      assert.deepEqual(findProcesses(token), []);
    });

    it('end with this process when it exits without closing anything', async () => {
      const token = newToken();
      const script = fileURLToPath(new URL('exit-early.ts', import.meta.url));
      const child = spawn(process.execPath, ['--conditions=pith-source', '--disable-warning=ExperimentalWarning', script, tools.folder, `sleep ${token}`], { stdio: ['pipe', 'inherit', 'inherit'] });
      const exited = once(child, 'exit');
      await awaitProcesses(`sleep ${token}`, 3); // The script's own arguments hold the words, too.

      child.stdin.end();
      await exited;

      assert.deepEqual(findProcesses(token), []);
    });

    it('end with this process when it is killed, also those that left their group', async () => {
      const token = newToken();
      const script = fileURLToPath(new URL('exit-early.ts', import.meta.url));
      const child = spawn(process.execPath, ['--conditions=pith-source', '--disable-warning=ExperimentalWarning', script, tools.folder, `sleep ${token}`], { stdio: ['pipe', 'inherit', 'inherit'] });
      const exited = once(child, 'exit');
      await awaitProcesses(`sleep ${token}`, 3);
      await awaitChild(child.pid!, 'pith-watchdog');

      child.kill('SIGKILL');
      await exited;

      await awaitNone(token);
    });

    it('of others are left alone', async () => {
      const token = newToken();
      const other = spawn('sleep', [token], { stdio: 'ignore' });
      await tools.call('bash', { command: 'sleep 300', timeoutMs: 50 });
      await tools.session.close();

      assert.equal(findProcesses(token).length, 1);
      other.kill();
      await once(other, 'exit');
    });
  });
}
