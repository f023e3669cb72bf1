import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach } from 'mocha';
import { type FixtureOptions, pluginFiles } from '../support/fixture.ts';
import { createPlace, type Place } from '../support/pith.ts';
import { type Registry, startRegistry } from '../support/registry.ts';

const GUARD = { capabilities: ['hook:permission'], body: `setup({ hooks }) { hooks.permission.tap('guard', () => undefined); }` };

interface Shown { package: string; state: string; version: string | null; unchanged: boolean | null }

describe('what is granted to a plugin', () => {
  let registry: Registry;
  let place: Place;
  let count = 0;
  /** Of each test its own, since a registry takes a version once. */
  let name: string;
  before(async () => { registry = await startRegistry(); });
  after(() => registry.close());
  beforeEach(async () => {
    place = await createPlace();
    Object.assign(place.env, registry.env);
    name = `guard-${++count}`;
  });
  afterEach(() => place.remove());

  const publish = (options: Omit<FixtureOptions, 'name'>): Promise<string> => registry.put(pluginFiles({ name, ...options }));
  const folder = (): string => join(place.env['PITH_HOME']!, 'data', 'node_modules', name);
  const change = (file: string, edit: (text: string) => string): void => writeFileSync(join(folder(), file), edit(readFileSync(join(folder(), file), 'utf8')));
  const shown = async (): Promise<Shown | undefined> => (JSON.parse((await place.pith(['plugins', '--json'])).stdout) as Shown[]).find((plugin) => plugin.package === name);

  it('holds for an update that asks for no more', async () => {
    await publish({ capabilities: ['hook:output'] });
    await place.pith(['plugins', 'install', name, '--yes']);
    await publish({ version: '1.1.0', capabilities: ['hook:output'] });

    const { code } = await place.pith(['plugins', 'update']);

    assert.equal(code, 0);
    assert.deepEqual([(await shown())?.version, (await shown())?.state], ['1.1.0', 'active']);
  });

  it('is asked for again when an update asks for more; without a yes the old version stays and works', async () => {
    await publish({ capabilities: ['hook:output'] });
    await place.pith(['plugins', 'install', name, '--yes']);
    await publish({ version: '2.0.0', capabilities: ['hook:output', 'permission:allow', 'net:evil.example'] });

    const { code, stdout, stderr } = await place.pith(['plugins', 'update']);

    assert.equal(code, 3);
    assert.match(stderr, /may allow tool calls without asking you/);
    assert.doesNotMatch(stderr, /hears everything/); // Granted before.
    assert.match(stdout, /stays at 1\.0\.0/);
    assert.deepEqual([(await shown())?.version, (await shown())?.state], ['1.0.0', 'active']);
    assert.equal((await place.pith(['plugins', 'update', name, '--yes'])).code, 0);
    assert.equal((await shown())?.version, '2.0.0');
  });

  it('leaves the old version when the new one is for another kernel, and updates the others', async () => {
    await publish({});
    await registry.put(pluginFiles({ name: `${name}-other` }));
    await place.pith(['plugins', 'install', name, `${name}-other`, '--yes']);
    await publish({ version: '2.0.0', pith: { kernel: '^9.0.0' } });
    await registry.put(pluginFiles({ name: `${name}-other`, version: '1.0.1' }));

    const { code, stdout } = await place.pith(['plugins', 'update', '--json']);

    const { updated, kept } = JSON.parse(stdout) as { updated: { name: string }[]; kept: { name: string; code: string }[] };
    assert.deepEqual([updated.map((one) => one.name), kept.map((one) => [one.name, one.code]), code], [[`${name}-other`], [[name, 'PLUGIN_KERNEL_RANGE']], 1]);
    assert.equal((await shown())?.version, '1.0.0');
  });

  it('keeps a plugin out that has got more capabilities on disk, while turns go on without it', async () => {
    await publish({ capabilities: ['hook:output'] });
    await place.pith(['plugins', 'install', name, '--yes']);
    change('package.json', (text) => text.replace('"hook:output"', '"hook:output","permission:allow"'));

    const { code, stderr } = await place.pith(['run', 'hello']);

    assert.equal(code, 0);
    assert.match(stderr, new RegExp(`Plugin ${name} waits for trust: it asks for more than was granted: permission:allow; it was left out\\..*pith plugins grant ${name}`));
  });

  for (const [title, damage] of [
    ['asks for more than was granted', () => change('package.json', (text) => text.replace('"hook:permission"', '"hook:permission","permission:allow"'))],
    ['has a changed byte', () => change('index.js', (text) => `${text} `)],
    ['says that it is no guard any more', () => change('package.json', (text) => text.replace('"hook:permission"', ''))],
    ['is of another version', () => change('package.json', (text) => text.replace('"version":"1.0.0"', '"version":"1.0.1"'))],
    ['is gone from its folder', () => rmSync(folder(), { recursive: true })],
    ['is gone with the list of all plugins', () => rmSync(join(folder(), '..', '..', 'package.json'))],
  ] as const) {
    it(`lets no turn run while a guard ${title}`, async () => {
      await publish(GUARD);
      await place.pith(['plugins', 'install', name, '--yes']);
      damage();

      const { code, stdout } = await place.pith(['run', '--output', 'json', 'hello']);

      assert.equal(code, 3);
      assert.equal((JSON.parse(stdout) as { error: { code: string } }).error.code, 'GUARD_MISSING');
      assert.match(stdout, /PLUGIN_UNTRUSTED|waits for trust/);
      assert.equal((await shown())?.state, 'waiting');
      assert.equal((await place.pith(['plugins', 'uninstall', name])).code, 0);
      assert.equal((await place.pith(['run', 'hello'])).code, 0);
    });
  }

  it('shows a changed byte of a plugin that is no guard, which runs on', async () => {
    await publish({});
    await place.pith(['plugins', 'install', name, '--yes']);
    appendFileSync(join(folder(), 'index.js'), ' ');

    assert.deepEqual([(await shown())?.state, (await shown())?.unchanged], ['active', false]);
    assert.match((await place.pith(['plugins', 'inspect', name])).stdout, /CHANGED since they were installed/);
    await place.pith(['plugins', 'grant', name, '--yes']);
    assert.equal((await shown())?.unchanged, true);
  });

  it('is not needed for a folder that is linked, and says so', async () => {
    for (const [file, content] of Object.entries(pluginFiles({ name, ...GUARD }))) await place.write(`mine/${file}`, String(content));

    const { code, stdout } = await place.pith(['plugins', 'link', './mine']);

    assert.equal(code, 0);
    assert.match(stdout, /with all that its manifest asks for/);
    assert.equal((await shown())?.state, 'active');
    assert.equal((await place.pith(['plugins', 'grant', name])).code, 2);
    await place.pith(['plugins', 'uninstall', name]);
    assert.ok(existsSync(join(place.folder, 'mine', 'index.js')));
    assert.equal(await shown(), undefined);
  });
});
