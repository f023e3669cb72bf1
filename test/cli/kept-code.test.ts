import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'mocha';
import { createPlace, type Place, type Ran } from '../support/pith.ts';

describe('what V8 made of pith', () => {
  let place: Place;
  beforeEach(async () => { place = await createPlace(); });
  afterEach(() => place.remove());

  const start = (...args: string[]): Promise<Ran> => place.pith(args, { env: { NODE_COMPILE_CACHE: undefined } });
  const cache = (): string => join(place.env['PITH_HOME']!, 'cache', 'compile');
  /** The kept files by what they are of. */
  const kept = async (): Promise<Record<string, string>> => {
    const [folder] = await readdir(cache());
    const files = (await readdir(join(cache(), folder!))).filter((name) => name.includes('-'));
    return Object.fromEntries(files.map((name) => [name.split('-')[0]!, join(cache(), folder!, name)]));
  };

  const stamps = async (): Promise<string[]> => Promise.all(Object.values(await kept()).map(async (file) => `${file} ${(await stat(file)).mtimeMs}`));

  it('is kept by the first process that sets up a kernel, for the user alone, and left as it is by the next', async () => {
    await start('tools', 'list', '--help');
    const before = await kept();
    const first = await start('tools', 'list');
    const files = await kept();
    const made = await stamps();
    const second = await start('tools', 'list');

    assert.deepEqual(before, {});
    assert.deepEqual(Object.keys(files).sort(), ['index', 'oclif', 'run', 'shipped']);
    assert.deepEqual(new Set(await Promise.all(Object.values(files).map(async (file) => (await stat(file)).mode & 0o777))), new Set([0o600]));
    assert.deepEqual(await stamps(), made);
    assert.deepEqual([second.code, second.stdout, second.stderr], [0, first.stdout, '']);
  });

  it('is made anew by the first turn, and by no other', async () => {
    await start('tools', 'list');
    const listed = await stamps();
    await start('run', 'hello');
    const ran = await stamps();
    await start('run', 'hello');
    await start('tools', 'list');

    assert.ok(ran.every((stamp) => !listed.includes(stamp)));
    assert.deepEqual(await stamps(), ran);
  });

  const damages: readonly [string, (kept: Buffer) => Buffer][] = [
    ['of another build', (bytes) => Buffer.concat([Buffer.from('0123456789abcdef'), bytes.subarray(16)])],
    ['cut off', (bytes) => bytes.subarray(0, bytes.length >> 1)],
    ['something else', () => Buffer.from('nothing of ours')],
    ['empty', () => Buffer.alloc(0)],
  ];
  for (const [what, damage] of damages) {
    it(`is made anew when it is ${what}`, async () => {
      const first = await start('tools', 'list');
      const files = await kept();
      const whole = await readFile(files['index']!);
      await writeFile(files['index']!, damage(whole));

      const second = await start('tools', 'list');

      assert.deepEqual([second.code, second.stdout, second.stderr], [0, first.stdout, '']);
      assert.deepEqual((await readFile(files['index']!)).subarray(0, 16), whole.subarray(0, 16));
    });
  }

  it('is kept of no file but pith’s own: another of that ending is looked at as any file of a project', async () => {
    await place.write('lib/own.code.cjs', `// ${'0'.repeat(16)}\nmodule.exports = 'looked at';\n`);
    await place.write('hooks/a.ts', "import text from '../lib/own.code.cjs';\nimport { definePlugin } from '@pith/kernel';\nexport default definePlugin({ name: 'a', setup({ hooks }) { hooks.input.tap('a', (input) => ({ ...input, handled: { reply: text as string } })); } });\n");
    await place.write('pith.config.ts', "export default { hooks: ['./hooks/a.ts'] };\n");
    await start('trust');
    const trusted = await start('run', 'hi');
    const names = Object.keys(await kept()).sort();
    await place.write('lib/own.code.cjs', `// ${'0'.repeat(16)}\nmodule.exports = 'not so good';\n`);
    const changed = await start('run', 'hi');

    assert.equal(trusted.stdout, 'looked at\n', trusted.stderr);
    assert.deepEqual(names, ['index', 'oclif', 'run', 'shipped']);
    assert.equal(changed.code, 2);
    assert.match(changed.stderr, /lib\/own\.code\.cjs has changed/);
  });

  it('is not missed where nothing can be kept, and leaves nothing half done', async () => {
    const without = await place.pith(['tools', 'list'], { env: { NODE_COMPILE_CACHE: undefined, NODE_DISABLE_COMPILE_CACHE: '1' } });
    await start('tools', 'list');
    const files = await kept();
    await rm(files['index']!);
    await mkdir(files['index']!);
    const unwritable = await start('tools', 'list');

    assert.deepEqual([without.code, without.stderr], [0, '']);
    assert.deepEqual([unwritable.code, unwritable.stderr, unwritable.stdout], [0, '', without.stdout]);
    assert.deepEqual(await kept(), files);
  });
});
