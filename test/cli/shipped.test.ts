import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach } from 'mocha';
import { createEntryImporter } from '../../src/host/shipped.ts';
import { conversation, createPlace, type Place } from '../support/pith.ts';

const run = promisify(execFile);
const repository = fileURLToPath(new URL('../..', import.meta.url));

describe('the file of all shipped plugins', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'pith-shipped-'));
    await mkdir(join(root, 'dist'));
    await mkdir(join(root, 'own'));
    await writeFile(join(root, 'own', 'index.js'), 'export default "own";');
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const bundle = (content: string): Promise<void> => writeFile(join(root, 'dist', 'shipped.js'), content);
  const entryOf = async (plugin: { name?: string; version?: string; type?: string }): Promise<unknown> =>
    (await createEntryImporter(root)({ name: 'a', version: '1.0.0', type: 'core', root: join(root, 'own'), ...plugin }, './index.js') as { default: unknown }).default;

  it('stands in for a plugin that comes with pith, in the version that was bundled', async () => {
    await bundle('export default { a: { version: "1.0.0", definition: "bundled" } };');

    assert.equal(await entryOf({}), 'bundled');
    assert.equal(await entryOf({ version: '1.0.1' }), 'own');
    assert.equal(await entryOf({ name: 'b' }), 'own');
  });

  it('is no answer for a plugin of that name which a person installed or linked', async () => {
    await bundle('export default { a: { version: "1.0.0", definition: "bundled" } };');

    assert.equal(await entryOf({ type: 'user' }), 'own');
    assert.equal(await entryOf({ type: 'link' }), 'own');
  });

  it('leaves each plugin to itself when it cannot be imported', async () => {
    assert.equal(await entryOf({}), 'own');

    await bundle('throw new Error("one of them");');

    assert.equal(await entryOf({}), 'own');
  });

  it('holds the plugins that package.json names, and no other', async () => {
    const { oclif } = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8')) as { oclif: { plugins: string[] } };
    const { default: shipped } = await import(pathToFileURL(join(repository, 'dist', 'shipped.js')).href) as { default: Record<string, { definition: { name: string } }> };

    assert.deepEqual(Object.entries(shipped).map(([name, { definition }]) => [name, `@pith/plugin-${definition.name}`]), oclif.plugins.filter((name) => name.startsWith('@pith/')).map((name) => [name, name]));
  });
});

describe('what a start opens', () => {
  const [SMALL_BYTES, CODE_BYTES] = [10_000, 400_000];

  for (const file of ['dist/shipped.code.cjs', 'dist/run.code.cjs', 'src/kernel/dist/index.code.cjs']) {
    it(`${file} needs nothing heavy before it is used, such as zod: what does is imported there`, async () => {
      const code = await readFile(join(repository, file), 'utf8');
      const chunks = [...code.matchAll(/require\("(\.[^"]+)"\)(?!\()/g)].map(([, name]) => name!);

      const heavy = chunks.filter((name) => statSync(join(repository, dirname(file), name)).size > SMALL_BYTES);

      assert.deepEqual(heavy, []);
      assert.ok(code.length < CODE_BYTES, `${code.length} bytes: something heavy is in it`);
    });
  }
});

describe('a start with the shipped plugins', () => {
  let place: Place;
  beforeEach(async () => { place = await createPlace(); });
  afterEach(() => place.remove());

  it('opens the entry of none of them by itself', async () => {
    const spy = await place.write('spy.mjs', `
      import { registerHooks } from 'node:module';
      registerHooks({ load(url, context, next) { if (/plugins.[a-z]+.dist.index.js$/.test(url)) process.stderr.write('opened ' + url); return next(url, context); } });
    `);

    const { stdout, stderr } = await place.pith(['tools', 'list'], { env: { NODE_OPTIONS: `--import=${pathToFileURL(spy).href}` } });

    assert.equal(stderr, '');
    assert.match(stdout, /^web-fetch /m);
  });

  /** A copy of pith without one of its plugins. */
  const without = async (plugin: string): Promise<string> => {
    const root = join(place.folder, 'root');
    await cp(join(repository, 'bin'), join(root, 'bin'), { recursive: true });
    for (const name of ['dist', 'node_modules', 'oclif.manifest.json']) await symlink(join(repository, name), join(root, name));
    const manifest = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8')) as { oclif: { plugins: string[] } };
    manifest.oclif.plugins = manifest.oclif.plugins.filter((name) => name !== `@pith/plugin-${plugin}`);
    await place.write('root/package.json', JSON.stringify(manifest));
    return join(root, 'bin', 'run.js');
  };

  it('leaves out one that is no longer named in package.json', async () => {
    const { stdout } = await run(process.execPath, [await without('web'), 'tools', 'list'], { cwd: place.folder, env: place.env });

    assert.match(stdout, /^read /m);
    assert.doesNotMatch(stdout, /web-fetch/);
  });

  it('says that a flag needs the one that was left out, or that did not load', async () => {
    await place.write('c.json', conversation({ text: 'hello' }));
    const args = (model: string): string[] => ['run', '--model', 'c.json', '--fallback-model', model, 'hi'];
    const lone = await createPlace({ command: await without('resilience') });
    await lone.write('c.json', conversation({ text: 'hello' }));

    const { code: bare, stderr: said } = await lone.pith(args('claude-x'));
    await lone.remove();

    assert.deepEqual([bare, said], [2, 'pith: --fallback-model needs the plugin resilience, which is not installed.\npith plugins install @pith/plugin-resilience, or leave the flag out.\n']);
    const { code, stderr } = await place.pith(args(''));
    assert.equal(code, 2);
    assert.match(stderr, /--fallback-model needs the plugin resilience, which did not load: .*must be a list of at most 8 models/);
  });
});
