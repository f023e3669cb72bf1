import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach } from 'mocha';
import { createPlace, type Place } from '../support/pith.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const demo = join(root, 'examples', '00-demo');

describe('the demo of npm start', () => {
  let place: Place;
  beforeEach(async () => {
    place = await createPlace();
    await cp(join(demo, 'project'), place.folder, { recursive: true });
  });
  afterEach(() => place.remove());

  const run = (...more: string[]) => place.pith(['run', '--model', join(demo, 'conversation.json'), '--mode', 'acceptEdits', '--allow', 'Bash(node --test)', '--json', ...more, 'A test fails. Find out why, and mend the code.']);
  const testsPass = (): boolean => spawnSync(process.execPath, ['--test'], { cwd: place.folder, env: place.env }).status === 0;

  it('ends with 0 and shows the mended file', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'scripts', 'demo.js')], { encoding: 'utf8', env: place.env });

    assert.equal(status, 0, stderr);
    assert.match(stdout, /Both tests pass\.\n$/);
    assert.match(stderr, /pieces >= 3/);
  });

  it('really mends the project: its tests fail before and pass after', async () => {
    assert.equal(testsPass(), false);

    const { code, stderr } = await run();

    assert.equal(code, 0, stderr);
    assert.equal(testsPass(), true);
  });

  it('fails when the project is changed so that a reply no longer fits', async () => {
    const file = join(place.folder, 'src', 'basket.js');
    await writeFile(file, (await readFile(file, 'utf8')).replace('from three pieces', 'from two pieces'));

    const { code, stdout } = await run();

    assert.equal(code, 5);
    assert.match((JSON.parse(stdout) as { error: { message: string } }).error.message, /Reply 3 of .*should contain "from three pieces"/);
  });

  it('fails when the tests do not fail to begin with', async () => {
    const file = join(place.folder, 'src', 'basket.js');
    await writeFile(file, (await readFile(file, 'utf8')).replace('> 3', '>= 3'));

    const { code, stdout } = await run();

    assert.equal(code, 5);
    assert.match((JSON.parse(stdout) as { error: { code: string } }).error.code, /SCRIPT_MISMATCH/);
  });

  it('is refused, with exit 3 and the file as it was, when nothing is allowed', async () => {
    const file = join(place.folder, 'src', 'basket.js');
    const before = await readFile(file, 'utf8');
    await place.write('c.json', JSON.stringify({ v: 1, replies: [{ calls: [{ tool: 'edit', input: { path: 'src/basket.js', old: '> 3', new: '>= 3' } }] }, { expect: { last: 'not allowed' }, text: 'It was refused.' }] }));

    const { code, stdout } = await place.pith(['run', '--model', 'c.json', '--json', 'mend it']);

    const { status, refusals } = JSON.parse(stdout) as { status: string; refusals: { tool: string; kind: string }[] };
    assert.deepEqual({ code, status, refusals: refusals.map(({ tool, kind }) => ({ tool, kind })) }, { code: 3, status: 'refused', refusals: [{ tool: 'edit', kind: 'nobody-to-ask' }] });
    assert.equal(await readFile(file, 'utf8'), before);
  });
});
