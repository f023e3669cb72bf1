import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before } from 'mocha';
import { findGit, type Git, quietEnvironment, runGit } from '@pith/git';

describe('git that only looks', () => {
  let folder: string;
  let git: Git;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pith-git-'));
    const program = await findGit(process.env, [folder]);
    assert.ok(program !== undefined);
    git = { program, top: folder, env: quietEnvironment(process.env, {}), signal: new AbortController().signal };
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('is not taken from the project, whatever stands first on the search path', async () => {
    const planted = join(folder, 'bin');
    mkdirSync(planted);
    writeFileSync(join(planted, 'git'), '#!/bin/sh\n');
    chmodSync(join(planted, 'git'), 0o755);
    const env = { PATH: `${planted}${delimiter}${process.env['PATH']}` };

    assert.equal(await findGit(env, [folder]), git.program);
    assert.equal(await findGit(env, []), join(planted, 'git'));
  });

  it('hears nothing of what the environment says to it, but what is kept', () => {
    const env = { PATH: '/bin', GIT_DIR: '/elsewhere', git_trace: '1', GIT_EXEC_PATH: '/git' };

    const quiet = quietEnvironment(env, {}, { isKept: (name) => name === 'GIT_EXEC_PATH' });

    assert.deepEqual(Object.keys(quiet).filter((name) => Object.hasOwn(env, name)).sort(), ['GIT_EXEC_PATH', 'PATH']);
    assert.equal(quiet['GIT_TERMINAL_PROMPT'], '0');
  });

  it('tells what it said and how it ended', async () => {
    const hashed = await runGit(git, ['hash-object', '--stdin'], { input: 'hello\n' });
    const wrong = await runGit(git, ['cat-file', '-p', 'nothing'], {});

    assert.deepEqual(hashed, { code: 0, stdout: 'ce013625030ba8dba906f756967f9e9ca394464a\n', stderr: '' });
    assert.equal(wrong.code, 128);
    assert.match(wrong.stderr, /^fatal: /);
  });

  it('is ended by its signal, and by whoever has read enough', async () => {
    const stop = new AbortController();
    const stopped = runGit({ ...git, signal: stop.signal }, ['-c', 'alias.wait=!sleep 60', 'wait']);
    stop.abort();
    const endless = await runGit(git, ['-c', 'alias.talk=!yes', 'talk'], { onData: () => false });

    assert.equal((await stopped).code, null);
    assert.deepEqual(endless, { code: null, stdout: '', stderr: '' });
    assert.equal((await runGit({ ...git, signal: stop.signal }, ['version'])).code, null);
  });

  it('says why it could not be started', async () => {
    const { code, error } = await runGit({ ...git, program: join(folder, 'no-git') }, ['version']);

    assert.equal(code, -1);
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOENT');
  });
});
