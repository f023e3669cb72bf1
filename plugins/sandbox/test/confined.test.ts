import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from '@pith/kernel/testing';
import { afterEach } from 'mocha';
import { hasSandbox, type Setup, type Started, startSandbox } from './start-sandbox.ts';

const isThere = await hasSandbox();

describe('a command in the sandbox', () => {
  let at: Started;
  const start = async (setup: Setup = {}): Promise<void> => { at = await startSandbox(setup); };
  afterEach(() => at.close());

  if (!isThere) {
    it('is refused on this machine, where there is none, when the options require one', async () => {
      await start({ options: { required: true } });

      const { code, text } = await at.bash('echo hi');

      assert.equal(code, 'SANDBOX_MISSING', text);
    });
    return;
  }

  it('writes below the working folder and in its temporary folder, and leaves nothing else there', async () => {
    await start();

    const { text } = await at.bash('mkdir -p deep/er && echo one > deep/er/file && mktemp -d "$TMPDIR/x.XXXX" && git init -q repo && ls -A');

    assert.match(text, /pith-sandbox-/);
    assert.equal(await at.read('project/deep/er/file'), 'one\n');
    assert.deepEqual(readdirSync(at.folder).sort(), ['.pith-home', 'deep', 'repo'].filter((name) => readdirSync(at.folder).includes(name)));
  });

  for (const [title, command] of [
    ['beside it', 'echo x > ../outside'],
    ['in the home folder', 'echo x > ~/.bashrc'],
    ['in the system’s temporary folder', `echo x > ${tmpdir()}/pith-escaped`],
    ['through a link', 'ln -s .. up && echo x > up/outside'],
    ['through /proc', 'echo x > /proc/self/cwd/../outside'],
    ['of the system’s settings', 'echo x > /proc/sys/kernel/core_pattern'],
    ['of the system’s settings, made writable', 'chmod 777 /proc/sys/kernel/core_pattern; echo x > /proc/sys/kernel/core_pattern'],
    ['after a remount', 'mount -o remount,rw / ; echo x > ../outside'],
  ] as const) {
    it(`cannot write ${title}, and says that the sandbox was the reason`, async () => {
      await start();
      const pattern = readFileSync('/proc/sys/kernel/core_pattern', 'utf8');

      const { status, text } = await at.bash(`${command} && echo escaped`);

      assert.equal(status, 'error');
      assert.doesNotMatch(text, /^escaped/m);
      assert.equal(readFileSync('/proc/sys/kernel/core_pattern', 'utf8'), pattern);
      assert.ok(!at.has('outside'));
      if (!title.startsWith('of the system')) assert.match(text, /This ran in a sandbox, which may be why it failed: commands can write only below .*project/);
    });
  }

  it('keeps its own folder from commands that may write all around it', async () => {
    await start({ options: { writeRoots: [tmpdir()] } });

    const { text } = await at.bash('echo x > "$TMPDIR/../filter"; mv "${TMPDIR%/tmp}" "${TMPDIR%/tmp}-moved"; echo x > "$TMPDIR/fine" && echo written');

    assert.match(text, /filter: Read-only file system/);
    assert.match(text, /mv: .*moved/);
    assert.match(text, /^written$/m);
  });

  it('writes to folders that the options name, and to no others', async () => {
    await start({ options: { writeRoots: ['~/cache', '~/not-there'] }, files: { 'home/cache/.keep': '' } });

    const { status } = await at.bash('echo x > ~/cache/file');

    assert.equal(status, 'done');
    assert.equal(await at.read('home/cache/file'), 'x\n');
    assert.equal((await at.bash('mkdir ~/not-there')).status, 'error');
  });

  it('finds keys, and pith’s own folders, empty', async () => {
    await start({ files: { 'home/.ssh/id_ed25519': 'private', 'home/.npmrc': 'token', 'home/.gitconfig': 'fine', 'project/.pith-home/data/vault': 'sealed' } });

    const { text } = await at.bash('ls -A ~/.ssh; cat ~/.npmrc && cat ~/.gitconfig; ls -A .pith-home/data; cat ~/.ssh/id_ed25519');

    assert.match(text, /fine/);
    assert.doesNotMatch(text, /private|token|vault|sealed/);
  });

  it('finds what the options hide empty, also through a link, and the rest readable', async () => {
    await start({ options: { denyRead: ['~/linked'] }, files: { 'home/secret/a': 'hidden words', 'home/.ssh/config': 'shown words' } });
    await symlink(join(at.home, 'secret'), join(at.home, 'linked'));

    const { text } = await at.bash('cat ~/secret/a ~/linked/a ~/.ssh/config; cat ~/.ssh/config');

    assert.doesNotMatch(text, /hidden words/);
    assert.match(text, /shown words/);
  });

  it('works in a folder that is below a hidden one', async () => {
    await start({ options: { denyRead: ['~/../'] }, files: { 'home/file': 'out of sight' } });

    const { text, status } = await at.bash('echo x > here; cat here; cat ../home/file');

    assert.equal(status, 'error');
    assert.match(text, /^x$/m);
    assert.doesNotMatch(text, /out of sight/);
  });

  it('sees no process of this machine, and can end none', async () => {
    await start();

    const { text } = await at.bash(`ls /proc | grep -c '^[0-9]'; kill -9 ${process.pid}; ls /proc/${process.pid}`);

    assert.ok(Number(text.split('\n')[0]) < 15, text);
    assert.match(text, /No such process/);
  });

  it('reaches no server, also none of this machine', async () => {
    await start();
    const server = await startServer((_, response) => { response.end('reached'); });

    const { text, status } = await at.bash(`exec 3<>/dev/tcp/127.0.0.1/${new URL(server.url).port} && echo connected`);
    await server.close();

    assert.equal(status, 'error');
    assert.doesNotMatch(text, /^connected/m);
  });

  it('says that there is no network when a name is not found', async () => {
    await start();

    const { text } = await at.bash(fetching('http://example.com/'));

    assert.match(text, /commands reach no network/);
  });

  it('opens no socket of the file system, makes no namespace, and runs on', async () => {
    await start();

    const { text } = await at.bash(`${process.execPath} -e "require('node:net').connect('/run/docker.sock').on('error', (error) => console.log(error.code))"; unshare -U true; ${process.execPath} -e "console.log(require('node:child_process').execSync('echo child').toString())"`);

    assert.match(text, /EPERM/);
    assert.match(text, /unshare failed: Operation not permitted/);
    assert.match(text, /child/);
  });

  it('reaches the hosts of the list through the proxy, and no others', async () => {
    const server = await startServer((_, response) => { response.end('reached'); });
    const other = await startServer((_, response) => { response.end('other'); });
    const { port } = new URL(server.url);
    await start({ options: { network: { hosts: [`127.0.0.1:${port}`] } } });

    const good = await at.bash(fetching(`http://127.0.0.1:${port}/`));
    const bad = await at.bash(fetching(`http://127.0.0.1:${new URL(other.url).port}/`));
    const straight = await at.bash(`NODE_USE_ENV_PROXY=0 ${fetching(`http://127.0.0.1:${port}/`)}`);
    const socket = await at.bash(`${process.execPath} -e "require('node:net').connect('/run/docker.sock').on('error', (error) => console.log(error.code))"`);
    await Promise.all([server.close(), other.close()]);

    assert.match(good.text, /200 reached/);
    assert.match(bad.text, /This ran in a sandbox.*127\.0\.0\.1:\d+ is not in the sandbox’s list of hosts \(network\.hosts\)/);
    assert.doesNotMatch(straight.text, /reached/);
    assert.match(socket.text, /EPERM/);
  });

  it('gets through with CONNECT to a listed host at its port, and neither to another port nor to this machine under a name that is not its own', async () => {
    const server = await startServer((_, response) => { response.end('reached'); });
    const { port } = new URL(server.url);
    await start({ options: { network: { hosts: [`localhost:${port}`, `*.localhost:${port}`] } } });
    const connect = (to: string): string => `${process.execPath} -e "require('node:http').request({ port: 3128, method: 'CONNECT', path: '${to}' }).on('connect', (answer, socket) => { console.log(answer.statusCode); socket.end('GET / HTTP/1.1\\r\\nhost: x\\r\\nconnection: close\\r\\n\\r\\n').pipe(process.stdout); }).end()"`;

    const good = await at.bash(connect(`localhost:${port}`));
    const bad = await at.bash(connect('localhost:22'));
    const led = await at.bash(connect(`a.localhost:${port}`));
    await server.close();

    assert.match(good.text, /^200[\s\S]*reached/);
    assert.match(bad.text, /^403/);
    assert.match(led.text, /^403/);
  });

  it('ends with everything that it started, when it ends, is stopped or runs out of time', async () => {
    await start();

    const left = await at.bash('(sleep 300; echo late > late) & echo started');
    const slow = await at.bash('sleep 301 & setsid sleep 302', { timeoutMs: 300 });
    const stop = new AbortController();
    const stopped = at.bash('echo now > now; sleep 303 & setsid sleep 304', { signal: stop.signal });
    while (!at.has('project/now')) await new Promise((resolve) => { setImmediate(resolve); });
    stop.abort();

    assert.equal(left.status, 'done');
    assert.match(slow.text, /stopped after 0\.3 s/);
    assert.equal((await stopped).status, 'interrupted');
    assert.deepEqual(sleepers(), []);
  });

  it('runs beside others', async () => {
    await start();
    const others = await Promise.all(Array.from({ length: 4 }, () => startSandbox()));

    const ran = await Promise.all([at, ...others].map((one, index) => one.bash(`echo ${index} > mine && cat mine`)));
    await Promise.all(others.map((one) => one.close()));

    assert.deepEqual(ran.map(({ text }) => text), ['0\n', '1\n', '2\n', '3\n', '4\n']);
  });

  it('keeps the exit code, the streams and the environment without secrets', async () => {
    await start({ env: { GITHUB_TOKEN: 'ghp_abcdefghijklmnopqrstuvwxyz', PLAIN: 'shown' } });

    const { text } = await at.bash('echo out > /dev/stdout; echo err >&2; echo $PLAIN$GITHUB_TOKEN; exit 7');

    assert.equal(text, 'out\nerr\nshown\n[exit code 7]');
  });

  it('leaves no folder of its own behind when the session is closed', async () => {
    const foldersOf = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('pith-sandbox-'));
    const before = new Set(foldersOf());
    await start({ options: { network: { hosts: ['example.com'] } } });
    const { text } = await at.bash('touch "$TMPDIR/file"; echo "$TMPDIR"');
    // Other sandboxes of this machine have folders there, too.
    const own = foldersOf().filter((name) => !before.has(name) && text.includes(name));
    assert.equal(own.length, 1, text);

    await at.close();

    assert.deepEqual(foldersOf().filter((name) => own.includes(name)), []);
  });
});

/** Prints status and body, or why there was none. The proxy of the environment is used. */
function fetching(url: string): string {
  return `${process.execPath} -e "fetch('${url}').then(async (reply) => console.log(reply.status, await reply.text()), (error) => { console.log(error.cause?.message ?? error.message); process.exitCode = 1; })"`;
}

/** Processes of these tests that still run. */
function sleepers(): string[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((name) => {
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    } catch {
      return ''; // It has ended meanwhile.
    }
  }).filter((line) => /^sleep 30[0-4]$/.test(line));
}
