import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { KERNEL_VERSION } from '@pith/kernel';
import { afterEach, beforeEach } from 'mocha';
import { createPlace, type Place } from '../support/pith.ts';

const file = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const read = (name: string): { version: string } => JSON.parse(readFileSync(file(name), 'utf8')) as { version: string };

describe('pith itself', () => {
  let place: Place;
  beforeEach(async () => { place = await createPlace(); });
  afterEach(() => place.remove());

  it('tells the version of its package.json', async () => {
    const { stdout } = await place.pith(['--version']);

    assert.equal(stdout, `@pith/cli/${read('package.json').version} ${process.platform}-${process.arch} node-v${process.versions.node}\n`);
  });

  it('tells plugins the kernel version of its package.json', () => {
    assert.equal(KERNEL_VERSION, read('src/kernel/package.json').version);
  });

  it('prints the same root help with and without oclif', async () => {
    const fast = await place.pith(['--help']);
    const through = spawnSync(process.execPath, ['-e', `require(${JSON.stringify(file('bin/main.js'))}).main(['--help'])`], { encoding: 'utf8', env: place.env, cwd: place.folder });

    assert.equal(fast.stdout, through.stdout);
    assert.match(fast.stdout, /^ {2}run +Do one task and exit\.$/m);
  });

  it('tells an old Node what it needs, in one sentence', () => {
    const script = `Object.defineProperty(process.versions, 'node', { value: '18.20.0' }); require('fs').existsSync = () => false; process.argv = [process.execPath, 'pith']; require(${JSON.stringify(file('bin/run.js'))})`;
    const { status, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });

    assert.equal(status, 2);
    assert.match(stderr, /^pith needs Node 22\.18 or newer; this is 18\.20\.0\..*\n$/);
  });

  it('runs nothing of a clone on the way to its settings', async () => {
    // cosmiconfig would run this file, if it were asked in the working folder.
    await place.write('.config/config.js', 'require("fs").writeFileSync("ran", "")');
    await place.write('package.json', '{"cosmiconfig":{"searchPlaces":["evil.js"]}}');
    await place.write('evil.js', 'require("fs").writeFileSync("ran", "")');
    await place.write('pith.config.js', 'require("fs").writeFileSync("ran", "")');

    const { code } = await place.pith(['run', 'hello']);

    assert.equal(code, 0);
    assert.throws(() => readFileSync(`${place.folder}/ran`), { code: 'ENOENT' });
  });

  it('keeps no cache in the folder it stands in when there is no home', async () => {
    await place.pith(['tools', 'list'], { env: { NODE_COMPILE_CACHE: undefined, HOME: undefined, PITH_HOME: undefined, LOCALAPPDATA: undefined, PITH_DATA_DIR: `${place.folder}/../data` } });

    assert.deepEqual(readdirSync(place.folder), []);
  });

  it('shows control characters of a tool that failed', async () => {
    const { code, stderr } = await place.pith(['tools', 'call', 'bash', '--mode', 'bypassPermissions', '--input', JSON.stringify({ command: String.raw`printf '\033[2J'; exit 1` })]);

    assert.equal(code, 1);
    assert.match(stderr, /\\x1b\[2J/);
  });

  it('says what the system refuses without a stack', async () => {
    await place.write('file', '');

    const { code, stderr } = await place.pith(['autocomplete', 'bash'], { env: { PITH_HOME: `${place.folder}/file` } });

    assert.equal(code, 1);
    assert.match(stderr, /pith: E[A-Z]+: .*\n$/);
    assert.doesNotMatch(stderr, /^ +at /m);
  });

  it('says flags that exclude each other in one sentence with --json', async () => {
    const { stdout } = await place.pith(['trust', '--list', '--revoke', '--json']);

    assert.match((JSON.parse(stdout) as { error: { message: string } }).error.message, /^--\S+ cannot also be provided when using --\S+$/);
  });

  for (const [title, args, code, exit] of [
    ['an unknown flag', ['tools', 'call', 'read', '--what', '--input', '{}', '--json'], 'FLAG_INVALID', 2],
    ['a missing flag', ['tools', 'call', 'read', '--json'], 'FLAG_INVALID', 2],
    ['a session that is not there', ['sessions', 'show', 'nobody', '--json'], 'SESSION_NOT_FOUND', 2],
    ['input that is no JSON', ['tools', 'call', 'read', '--input', '{', '--json'], 'FLAG_INVALID', 2],
  ] as const) {
    it(`says ${title} as one small JSON object with --json, and ends with ${exit}`, async () => {
      const { code: ended, stdout } = await place.pith(args);

      const { error } = JSON.parse(stdout) as { error: Record<string, unknown> };
      assert.deepEqual(Object.keys(error), ['code', 'message', 'hint']);
      assert.deepEqual([error['code'], ended], [code, exit]);
    });
  }
});
