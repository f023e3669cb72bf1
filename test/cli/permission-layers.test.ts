import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadConfig, type Mode } from '@pith/kernel';
import { afterEach, beforeEach } from 'mocha';
import { checkMode } from '../../src/host/check-mode.ts';
import { createPlace, type Place } from '../support/pith.ts';

interface Outcome { status: string; verdict: string; rule: string | null; reason: string }

describe('the permissions of all layers', () => {
  let place: Place;
  beforeEach(async () => { place = await createPlace({ isWarm: true }); });
  afterEach(() => place.remove());

  const userSettings = async (content: unknown): Promise<string> => {
    const folder = join(place.env['PITH_HOME']!, 'config');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'settings.json'), JSON.stringify(content, null, 2));
    return join(folder, 'settings.json');
  };
  const call = async (command: string, ...flags: string[]): Promise<Outcome> => JSON.parse((await place.pith(['tools', 'call', 'bash', '--input', JSON.stringify({ command }), '--json', ...flags])).stdout) as Outcome;

  it('are joined: no layer takes away what another one denies', async () => {
    await userSettings({ permissions: { deny: ['Bash(echo no:*)'] } });
    await place.write('.pith/settings.json', JSON.stringify({ permissions: { deny: [], allow: ['Bash(echo no:*)', 'Bash(mkdir -p d)'] } }));
    await place.pith(['trust']);

    assert.deepEqual([(await call('echo no', '--allow', 'Bash(echo no)')).status, (await call('mkdir -p d')).status], ['refused', 'done']);
  });

  it('deny and ask before a folder is trusted, and allow nothing', async () => {
    await place.write('.pith/settings.json', JSON.stringify({ permissions: { deny: ['Bash(echo no:*)', 'Nonsense('], allow: ['Bash(mkdir -p d)'] } }));

    const denied = await call('echo no');
    assert.deepEqual([denied.verdict, denied.rule, denied.reason], ['deny', 'Bash(echo no:*)', 'a deny rule matches (prefix)']);
    assert.equal((await call('mkdir -p d')).status, 'refused');
    const { stdout, stderr } = await place.pith(['config']);
    assert.match(stdout, /permissions\.deny +Bash\(echo no:\*\) +project +.*settings\.json:1\n[^]*is passed over until you say: pith trust; rules in it that deny or ask hold all the same/);
    assert.equal(stderr, '');
  });

  it('still hold where the file has changed since the folder was trusted', async () => {
    await place.write('.pith/settings.json', JSON.stringify({ permissions: { deny: ['Bash(echo no:*)'], allow: ['Bash(mkdir -p d)'] } }));
    await place.pith(['trust']);
    await place.write('.pith/settings.json', JSON.stringify({ permissions: { deny: ['Bash(echo no:*)'], allow: ['Bash(mkdir -p d)', 'Bash(make)'] } }));

    assert.deepEqual([(await call('echo no')).rule, (await call('mkdir -p d')).status], ['Bash(echo no:*)', 'refused']);
  });

  it('are refused with exit 2 where the tests of a rule fail, naming file, line, rule and call', async () => {
    const file = await userSettings({ permissions: { allow: ['Read', { rule: 'Bash(make lint:*)', match: ['make lint'], noMatch: ['make lint FIX=1'] }] } });

    for (const args of [['run', 'hi'], ['tools', 'call', 'list', '--input', '{}']]) {
      const { code, stderr } = await place.pith(args);

      assert.equal(code, 2);
      assert.equal(stderr.split('\n')[0], `pith: ${file}:5: the rule "Bash(make lint:*)" must not allow "make lint FIX=1", and does; mend the rule, or its noMatch.`);
    }
  });

  it('tell the model which rule, and why it is there', async () => {
    await userSettings({ permissions: { deny: [{ rule: 'Bash(rm:*)', reason: 'use trash' }] } });

    const outcome = await call('rm x') as Outcome & { content: { text: string }[] };

    assert.match(outcome.content[0]!.text, /\(rule Bash\(rm:\*\)\): a deny rule matches \(prefix\): use trash\. This is policy, not an error; do not try it again/);
  });
});

describe('a mode that an administrator has ruled out', () => {
  let root: string;
  beforeEach(async () => { root = await realpath(await mkdtemp(join(tmpdir(), 'pith-mode-'))); });
  afterEach(() => rm(root, { recursive: true, force: true }));

  for (const [who, mode, code, message] of [
    ['a flag', { commandLine: 'bypassPermissions' }, 'FLAG_INVALID', /^--mode: mode bypassPermissions is not allowed on this machine \(.*managed\.json:2\)$/],
    ['the environment', { env: 'bypassPermissions' }, 'CONFIG_INVALID', /^PITH_MODE: mode bypassPermissions is not allowed/],
    ['a file', { file: 'bypassPermissions' }, 'CONFIG_INVALID', /^.*config\/settings\.json: mode bypassPermissions is not allowed/],
    ['a flag, of another mode', { commandLine: 'acceptEdits' }, undefined, undefined],
  ] as [string, { commandLine?: Mode; env?: string; file?: string }, string | undefined, RegExp | undefined][]) {
    it(`is not to be had by ${who}`, async () => {
      await mkdir(join(root, 'config'));
      await writeFile(join(root, 'managed.json'), '{"permissions":{\n"forbidBypass":true}}');
      await writeFile(join(root, 'config', 'settings.json'), JSON.stringify(mode.file === undefined ? {} : { mode: mode.file }));
      const config = await loadConfig({
        cwd: root, paths: { config: join(root, 'config'), data: root, cache: root }, env: { PITH_MODE: mode.env }, managedFile: join(root, 'managed.json'), isTrusted: async () => true,
        ...(mode.commandLine === undefined ? {} : { commandLine: { mode: mode.commandLine } }),
      });

      if (code === undefined) checkMode(config);
      else assert.throws(() => checkMode(config), { code, message, exitCode: 2 });
    });
  }

  it('is not to be had in a session that is open, either', async () => {
    const script = `import { openKernel } from ${JSON.stringify(new URL('../../src/host/host.ts', import.meta.url).href)};
      const config = { cwd: '/', settings: {}, origins: {}, rules: { allow: [], ask: [], deny: [] }, restrictions: { forbidBypass: 'managed.json:2' } };
      const kernel = await openKernel({ plugins: new Map(), root: '/' }, config, { sessions: { record: false } }, []);
      try { kernel.openSession({ cwd: '/' }).setMode('bypassPermissions'); } catch (error) { console.log(error.code, error.message); }`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=pith-source', '--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script], { env: { ...process.env, PITH_HOME: root } });

    assert.equal(stdout, 'MODE_REFUSED Mode bypassPermissions is not allowed on this machine (managed.json:2)\n');
  });
});
