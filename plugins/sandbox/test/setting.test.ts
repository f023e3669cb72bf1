import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKernel, examinePlugins, replaySitting } from '@pith/kernel';
import { createTestKernel, testModel } from '@pith/kernel/testing';
import { findProgram } from '@pith/child';
import { afterEach, beforeEach } from 'mocha';
import { forbidOutside } from '../../../src/host/replay/forbid-outside.ts';
import { tapeRecorder } from '../../../test/support/long-session.ts';
import permissions from '../../permissions/src/index.ts';
import tools from '../../tools/src/index.ts';
import { CODES } from '../src/errors.ts';
import { HIDDEN } from '../src/hidden.ts';
import { findRule, parseHost } from '../src/hosts.ts';
import sandbox from '../src/index.ts';
import { refusalNote } from '../src/refusal-note.ts';
import { seatbeltArgv } from '../src/seatbelt.ts';
import { seccompFilter } from '../src/seccomp.ts';
import { hasSandbox, startSandbox } from './start-sandbox.ts';

describe('a machine without a sandbox', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'pith-no-box-')));
    path = join(folder, 'bin');
    await mkdir(path);
    await symlink((await findProgram('bash', process.env))!, join(path, 'bash'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('runs commands as they are, and says so once a session, with what to install', async () => {
    const at = await startSandbox({ env: { PATH: path } });

    const first = await at.bash('echo one > ../outside');
    const second = await at.bash('echo two');
    const notices = at.of('notice');
    const outside = at.has('outside');
    await at.close();

    assert.deepEqual([first.status, second.text, outside], ['done', 'two\n', true]);
    assert.deepEqual(notices.map(({ code, plugin, text }) => [code, plugin, text]), [['SANDBOX_MISSING', 'sandbox', process.platform === 'linux'
      ? 'Commands run without a sandbox: bubblewrap (bwrap) is not installed. Debian and Ubuntu: sudo apt-get install bubblewrap socat. Fedora: sudo dnf install bubblewrap socat.' : notices[0]?.text]]);
  });

  it('runs none where the options require one', async () => {
    const at = await startSandbox({ env: { PATH: path }, options: { required: true } });

    const { status, code, text } = await at.bash('echo one > ran');
    const ran = at.has('project/ran');
    await at.close();

    assert.deepEqual([status, code, ran], ['error', 'SANDBOX_MISSING', false]);
    assert.match(text, /There is no sandbox: .*, and this command may not run without one/);
  });

  it('asks for what would pass in a sandbox', async () => {
    const at = await startSandbox({ env: { PATH: path }, options: { allowInside: true }, rules: { allow: [] } });

    await at.bash('touch made');
    const { length } = at.questions;
    await at.close();

    assert.equal(length, 1);
  });

  it('says why bubblewrap does not work, where it is there and does not', async () => {
    const at = await startSandbox({ env: { PATH: path }, options: { required: true } });
    await symlink('/bin/false', join(path, 'bwrap'));

    const { text } = await at.bash('echo one');
    await at.close();

    assert.match(text, process.platform === 'linux' ? /bubblewrap cannot work here: .*It needs user namespaces/s : /There is no sandbox/);
  });
});

describe('what pith doctor hears of the sandbox', () => {
  for (const [title, options, level] of [['warns of its absence', {}, 'warning'], ['calls its absence an error where the options require it', { required: true }, 'error']] as const) {
    it(title, async () => {
      const { kernel, close } = await createTestKernel({ plugins: [sandbox], env: { PATH: '/nowhere' }, options: { sandbox: options } });
      const findings = await examinePlugins(kernel);
      await close();

      assert.deepEqual(findings.map((finding) => [finding.plugin, finding.level]), [['sandbox', process.platform === 'darwin' ? 'ok' : level]]);
    });
  }

  it('is that it works, where it does', async () => {
    const { kernel, close } = await createTestKernel({ plugins: [sandbox], env: process.env });
    const [finding] = await examinePlugins(kernel);
    await close();

    assert.equal(finding?.level === 'ok', process.platform === 'darwin' || await hasSandbox(), finding?.text);
  });
});

describe('a recorded session with the sandbox', () => {
  it('plays again without starting anything, and comes to the same', async () => {
    const { plugin: recorder, sitting } = tapeRecorder();
    const commands = ['touch made', 'touch ../outside', `printf 'echo x > .envrc' > go.sh`, 'sh go.sh', 'sh go.sh', 'cat made; exec 3<>/dev/tcp/nowhere.example/80'];
    const model = testModel([...commands.map((command) => ({ calls: [{ name: 'bash', input: { command } }] })), 'done']);
    const setUp = { plugins: [model.plugin, tools, permissions, sandbox, recorder], options: { sandbox: { allowInside: true } }, env: { PATH: process.env['PATH'] ?? '', HOME: '/nowhere' } };
    const { session, close } = await createTestKernel({ ...setUp, session: { mode: 'acceptEdits', asker: async () => ({ verdict: 'allow' }) } });
    await session.runTurn({ text: 'go' });
    await close();

    const kernel = await createKernel(setUp);
    const allowOutside = forbidOutside();
    try {
      const { difference } = await replaySitting(kernel, sitting(), { idleMs: 2000 });
      assert.equal(difference, null, JSON.stringify(difference));
    } finally {
      allowOutside();
      await kernel.close();
    }
  });
});

describe('the options of the sandbox', () => {
  for (const [title, options, message] of [
    ['a key that is not known', { writeRoot: [] }, /plugins\.sandbox\.writeRoot|writeRoot.* is not known; the options are writeRoots, denyRead/],
    ['a path that depends on the folder', { writeRoots: ['cache'] }, /writeRoots\[0\].*must be an absolute path, or begin with ~\//s],
    ['a network that is neither', { network: true }, /network.*must be false, or \{ "hosts": \[\.\.\.\] \}; found true/s],
    ['an address where a host belongs', { network: { hosts: ['https://example.com/'] } }, /hosts\[0\].*must be a host as example\.com/s],
    ['a word for a flag', { required: 'yes' }, /required.*must be true or false; found "yes"/s],
  ] as const) {
    it(`name ${title}, and let no turn run`, async () => {
      const { kernel, close } = await createTestKernel({ plugins: [sandbox], options: { sandbox: options } });
      const status = kernel.plugins.find(({ name }) => name === 'sandbox');
      await close();

      assert.equal(status?.state, 'failed');
      assert.match(`${status?.error?.message}`, message);
      assert.equal(status?.guards, true);
    });
  }

  it('take hosts with ports and sub-domains', () => {
    const rules = ['Example.com', '*.example.org', 'localhost:8080'].map((entry) => parseHost(entry)!);
    const listed = (host: string, port: number): boolean => findRule({ host, port }, rules) !== undefined;

    assert.deepEqual(['a..b', '', '*', 'x:0', 'x:70000', 'a b', '[::1]', 'x/y'].map(parseHost), Array.from({ length: 8 }, () => undefined));
    assert.deepEqual([listed('EXAMPLE.com.', 443), listed('example.com', 80), listed('example.com', 22), listed('www.example.com', 443)], [true, true, false, false]);
    assert.deepEqual([listed('a.b.example.org', 443), listed('example.org', 443), listed('notexample.org', 443)], [true, false, false]);
    assert.deepEqual([listed('localhost', 8080), listed('localhost', 80)], [true, false]);
  });
});

describe('what the sandbox knows by heart', () => {
  for (const [machine, audit, calls] of [
    ['x64', 0xc000003e, { read: 0, socket: 41, socketpair: 53, clone: 56, unshare: 272, setns: 308, clone3: 435, io_uring_setup: 425, add_key: 248, request_key: 249, keyctl: 250, x32: 0x40000000 }],
    ['arm64', 0xc00000b7, { read: 63, socket: 198, socketpair: 199, clone: 220, unshare: 97, setns: 268, clone3: 435, io_uring_setup: 425, add_key: 217, request_key: 218, keyctl: 219 }],
  ] as const) {
    it(`refuses on ${machine} what leads out, and nothing else`, () => {
      const filter = seccompFilter(machine)!;
      const [unix, inet, vsock, newUser, thread] = [1, 2, 40, 0x10000000, 0x3d0f00];
      const answer = (name: string, argument = 0): string => filtered(filter, { audit, number: (calls as Record<string, number>)[name]!, argument });

      assert.deepEqual(['socket', 'socketpair'].map((name) => answer(name, inet)), ['allow', 'allow']);
      assert.deepEqual([unix, vsock].map((family) => answer('socket', family)), ['1', '1']);
      assert.deepEqual([answer('socketpair', unix), answer('read', unix), answer('clone', thread), answer('unshare', 0x20000)], ['allow', 'allow', 'allow', 'allow']);
      assert.deepEqual(['clone', 'unshare'].map((name) => answer(name, newUser | 0x11)), ['1', '1']);
      assert.deepEqual(['setns', 'io_uring_setup', 'add_key', 'request_key', 'keyctl'].map((name) => answer(name)), ['1', '1', '1', '1', '1']);
      assert.equal(answer('clone3'), '38');
      if ('x32' in calls) assert.equal(answer('x32'), '1');
      assert.equal(filtered(filter, { audit: 0x40000003, number: calls.read, argument: 0 }), '1');
    });
  }

  it('has no filter for machines that it does not know', () => {
    assert.equal(seccompFilter('riscv64'), undefined);
  });

  it('hands macOS a profile with the same bounds, and the words of the command as they are', async () => {
    const [shell, flag, line = ''] = await seatbeltArgv(['bash', '-c', `echo 'a b'"$HOME"`], { writable: ['/w/project', '/w/tmp'], hidden: [{ path: '/home/me/.ssh' }], temporary: '/w/tmp', port: undefined });

    assert.deepEqual([shell, flag], ['/bin/sh', '-c']);
    assert.match(line, /\(deny default/);
    assert.match(line, /\(allow file-write\*[^)]*\(subpath "\/w\/project"\)/);
    assert.match(line, /\(deny file-read\*[^)]*\(subpath "\/home\/me\/\.ssh"\)/);
    assert.doesNotMatch(line, /\(allow network/);
    const stood = line.replace(/^exec env .*\/usr\/bin\/sandbox-exec -p '[\s\S]*?' (?=\S*sh -c )/, 'exec ');
    assert.equal(execFileSync('/bin/sh', ['-c', stood], { encoding: 'utf8', env: { HOME: '/me', PATH: process.env['PATH'] } }), 'a b/me\n');
  });

  it('tells failures by the sandbox from others', () => {
    const note = (text: string, isError = true): string | undefined => refusalNote({ content: [{ type: 'text', text }], isError }, { writable: ['/w'], hosts: [], inside: false, unreached: [] })?.text;

    assert.match(note('npm ERR! code EROFS')!, /can write only below \/w/);
    assert.match(note('getaddrinfo EAI_AGAIN registry.npmjs.org')!, /reach no network/);
    assert.match(note('Cannot connect to the Docker daemon at unix:///var/run/docker.sock')!, /services of this machine/);
    assert.equal(note('2 tests failed'), undefined);
    assert.equal(note('Read-only file system', false), undefined);
  });
});

describe('the README of sandbox', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

  it('names each error code, its exit code and its meaning', () => {
    for (const [code, [exitCode, meaning]] of Object.entries(CODES)) assert.ok(readme.includes(`| \`${code}\` | ${exitCode} | ${meaning} |`), code);
  });

  it('lists everything that is hidden by default', () => {
    for (const path of HIDDEN) assert.ok(readme.includes(`\`${path}\``), path);
  });
});

/** What the system would make of one call, by the rules of classic BPF: `allow`, or the number of the error. */
function filtered(filter: Buffer, { audit, number, argument }: { audit: number; number: number; argument: number }): string {
  const data: Record<number, number> = { 0: number, 4: audit, 16: argument };
  let held = 0;
  for (let at = 0; ; at++) {
    const [code, whenTrue, whenFalse, value] = [filter.readUInt16LE(at * 8), filter.readUInt8(at * 8 + 2), filter.readUInt8(at * 8 + 3), filter.readUInt32LE(at * 8 + 4)];
    if (code === 0x06) return value === 0x7fff0000 ? 'allow' : String(value & 0xffff);
    if (code === 0x20) held = data[value]!;
    else at += (code === 0x15 ? held === value : code === 0x35 ? held >= value : (held & value) !== 0) ? whenTrue : whenFalse;
  }
}
