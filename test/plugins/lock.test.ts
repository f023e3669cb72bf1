import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach } from 'mocha';
import { pluginFiles } from '../support/fixture.ts';
import { createPlace, type Place } from '../support/pith.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { integrityOf, tarball } from '../support/tarball.ts';

const RULES = { name: 'rules', capabilities: ['hook:context'] };

describe('pith-plugins.lock', () => {
  let registry: Registry;
  let place: Place;
  let lock: string;
  before(async () => {
    registry = await startRegistry();
    await registry.put(pluginFiles(RULES));
    await registry.put(pluginFiles({ ...RULES, version: '1.1.0' }));
    await registry.put(pluginFiles({ name: 'besides' }));
  });
  after(() => registry.close());
  beforeEach(async () => {
    place = await createPlace();
    Object.assign(place.env, registry.env);
    lock = join(place.folder, 'pith-plugins.lock');
  });
  afterEach(() => place.remove());

  const errorOf = (stdout: string): string => (JSON.parse(stdout) as { error: { code: string } }).error.code;
  const versions = async (): Promise<Record<string, string>> => Object.fromEntries((JSON.parse((await place.pith(['plugins', '--json'])).stdout) as { package: string; version: string; kind: string }[]).filter(({ kind }) => kind === 'installed').map((plugin) => [plugin.package, plugin.version]));
  const locked = (plugin: object = {}): void => writeFileSync(lock, JSON.stringify({ version: 1, plugins: { rules: { version: '1.0.0', integrity: integrityOf(tarball(pluginFiles(RULES))), capabilities: ['hook:context'], ...plugin } } }));

  it('holds version, integrity and capabilities, and names no host and no folder', async () => {
    await place.pith(['plugins', 'install', 'rules@1.0.0', '--yes']);

    await place.pith(['plugins', 'lock']);

    const text = readFileSync(lock, 'utf8');
    assert.deepEqual(JSON.parse(text), { version: 1, plugins: { rules: { version: '1.0.0', integrity: integrityOf(tarball(pluginFiles(RULES))), capabilities: ['hook:context'] } } });
    assert.doesNotMatch(text, /127\.0\.0\.1|\/tmp/);
  });

  it('makes an empty machine match: shows, asks, installs just that version', async () => {
    locked();

    const asked = await place.pith(['plugins', 'sync']);
    assert.equal(asked.code, 3);
    assert.match(asked.stdout, /rules 1\.0\.0: it is not installed/);
    assert.match(asked.stderr, /reads what is sent to the model/);
    assert.deepEqual(await versions(), {});
    assert.equal((await place.pith(['plugins', 'sync', '--yes'])).code, 0);

    assert.deepEqual(await versions(), { rules: '1.0.0' });
    assert.equal((await place.pith(['plugins', 'sync', '--check'])).code, 0);
  });

  it('puts a wrong version right and leaves alone what it does not name', async () => {
    await place.pith(['plugins', 'install', 'rules', 'besides', '--yes']);
    locked();

    const { stdout } = await place.pith(['plugins', 'sync', '--yes']);

    assert.match(stdout, /rules 1\.0\.0: 1\.1\.0 is installed/);
    assert.match(stdout, /left alone: besides/);
    assert.deepEqual(await versions(), { rules: '1.0.0', besides: '1.0.0' });
  });

  it('finds a changed byte, and puts it right', async () => {
    locked();
    await place.pith(['plugins', 'sync', '--yes']);
    const file = join(place.env['PITH_HOME']!, 'data/node_modules/rules/index.js');
    const original = readFileSync(file, 'utf8');
    appendFileSync(file, ' ');

    const { code, stdout } = await place.pith(['plugins', 'sync', '--check', '--json']);
    assert.deepEqual([errorOf(stdout), code], ['PLUGINS_LOCK_DIFFERS', 1]);
    assert.equal(errorOf((await place.pith(['plugins', 'lock', '--json'])).stdout), 'PLUGIN_INTEGRITY');
    await place.pith(['plugins', 'sync', '--yes']);

    assert.equal(readFileSync(file, 'utf8'), original);
  });

  it('refuses a package that is not the one that was locked, and runs nothing of it', async () => {
    const ran = join(place.folder, 'ran');
    const files = pluginFiles({ name: 'swapped', capabilities: ['hook:context'] });
    await registry.put({ ...files, 'index.js': `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(ran)}, '');\n${String(files['index.js'])}` });
    writeFileSync(lock, JSON.stringify({ version: 1, plugins: { swapped: { version: '1.0.0', integrity: integrityOf(tarball(files)), capabilities: ['hook:context'] } } }));

    const { code, stdout } = await place.pith(['plugins', 'sync', '--yes', '--json']);
    await place.pith(['run', 'hello']);

    assert.deepEqual([errorOf(stdout), code], ['PLUGIN_INTEGRITY', 1]);
    assert.ok(!existsSync(ran));
    assert.deepEqual(await versions(), {});
  });

  it('refuses a package that asks for more than the lock grants', async () => {
    locked({ capabilities: [] });

    assert.equal(errorOf((await place.pith(['plugins', 'sync', '--yes', '--json'])).stdout), 'PLUGINS_LOCK_INVALID');
    assert.deepEqual(await versions(), {});
  });

  it('does nothing by itself, in a clone that nobody has trusted', async () => {
    locked();
    const before = registry.requests.length;

    await place.pith(['run', 'hello']);
    await place.pith(['plugins']);

    assert.equal(registry.requests.length, before);
    assert.deepEqual(await versions(), {});
  });

  it('is found from a folder below, and is not written over by one', async () => {
    await place.pith(['plugins', 'install', 'rules@1.0.0', '--yes']);
    locked();
    const below = join(place.folder, 'a', 'b');
    mkdirSync(below, { recursive: true });

    assert.equal((await place.pith(['plugins', 'sync', '--check'], { cwd: below })).code, 0);
    await place.pith(['plugins', 'lock'], { cwd: below });

    assert.deepEqual(readdirSync(below), []);
  });

  for (const [title, content] of [
    ['is no JSON', '{'],
    ['names a file where a name belongs', JSON.stringify({ version: 1, plugins: { '../x': { version: '1.0.0', integrity: integrityOf(Buffer.from('')), capabilities: [] } } })],
    ['has a range where a version belongs', JSON.stringify({ version: 1, plugins: { rules: { version: 'latest', integrity: integrityOf(Buffer.from('')), capabilities: [] } } })],
    ['has a weak integrity', JSON.stringify({ version: 1, plugins: { rules: { version: '1.0.0', integrity: 'sha1-abc', capabilities: [] } } })],
    ['is not there', undefined],
  ] as const) {
    it(`is refused where it ${title}`, async () => {
      if (content !== undefined) writeFileSync(lock, content);

      const { code, stdout } = await place.pith(['plugins', 'sync', '--yes', '--json']);

      assert.deepEqual([errorOf(stdout), code], ['PLUGINS_LOCK_INVALID', 2]);
    });
  }
});
