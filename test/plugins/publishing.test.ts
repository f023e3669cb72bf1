import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { after, before } from 'mocha';
import { type Registry, startRegistry } from '../support/registry.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
const installed = (name: string): string => join(root, 'node_modules', name);

interface Manifest { name: string; scripts?: Record<string, string>; dependencies?: Record<string, string>; peerDependenciesMeta?: Record<string, { optional?: boolean }>; pith?: { plugin: string; kernel: string; capabilities: string[] } }

describe('the packages as they are published', () => {
  let registry: Registry;
  let folder: string;
  let env: Record<string, string>;
  before(async function () {
    this.timeout(300_000); // Some forty runs of npm, while other tests run.
    registry = await startRegistry();
    folder = await mkdtemp(join(tmpdir(), 'pith-publishing-'));
    env = { PATH: process.env['PATH']!, HOME: folder, ...registry.env };
    for (const name of ['@oclif/plugin-autocomplete', '@vscode/ripgrep', 'tapable', 'zod']) await registry.putInstalled(installed(name));
    await run('node', ['scripts/release.js', '--built'], { cwd: root, env });
    await run('npm', ['install', '--global', '--prefix', join(folder, 'prefix'), '--no-audit', '--no-fund', '@pith/cli'], { cwd: folder, env });
  });
  after(async () => {
    await registry.close();
    await rm(folder, { recursive: true, force: true });
  });

  const modules = (): string => join(folder, 'prefix', 'lib', 'node_modules', '@pith', 'cli', 'node_modules');
  const manifests = (): Manifest[] => globSync('@pith/*/package.json', { cwd: modules() }).map((file) => JSON.parse(readFileSync(join(modules(), file), 'utf8')) as Manifest);

  it('runs a turn when pith was installed globally', async () => {
    const { stdout } = await run(join(folder, 'prefix', 'bin', 'pith'), ['run', '--quiet', 'hello'], { cwd: folder, env: { ...env, PITH_HOME: join(folder, 'home'), PITH_LOCAL_PROBE: 'off' } });

    assert.match(stdout, /offline provider/);
  });

  it('holds in every plugin its code, a manifest and nothing that runs when it is installed', () => {
    const plugins = manifests().filter(({ pith }) => pith !== undefined);

    const { dependencies: shipped } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
    assert.deepEqual(plugins.map(({ name }) => name).sort(), Object.keys(shipped).filter((name) => name.startsWith('@pith/plugin-')).sort());
    for (const { name, scripts = {}, dependencies = {}, peerDependenciesMeta, pith } of plugins) {
      assert.deepEqual(['preinstall', 'install', 'postinstall', 'prepare'].filter((script) => script in scripts), [], name);
      assert.deepEqual(Object.keys(dependencies).filter((other) => other !== '@vscode/ripgrep'), [], name);
      assert.equal(peerDependenciesMeta?.['@pith/kernel']?.optional, true, name);
      assert.ok(readFileSync(join(modules(), name, pith!.plugin)).length > 0, name);
      assert.ok(readFileSync(join(modules(), name, 'oclif.manifest.json')).length > 0, name);
      assert.deepEqual(globSync('**/*.ts', { cwd: join(modules(), name), exclude: (path) => path.endsWith('.d.ts') }), [], name);
    }
  });

  it('leaves to whoever installs a plugin nothing to install besides but ripgrep, also of those that are not shipped', () => {
    for (const file of globSync('plugins/*/package.json', { cwd: root })) {
      const { name, dependencies = {} } = JSON.parse(readFileSync(join(root, file), 'utf8')) as Manifest;
      assert.deepEqual(Object.keys(dependencies).filter((other) => other !== '@vscode/ripgrep'), [], name);
    }
  });

  it('gives the types of @pith/kernel to a project that has nothing but them', async () => {
    const project = join(folder, 'consumer');
    await mkdir(join(project, 'node_modules', '@types'), { recursive: true });
    for (const name of ['@pith/kernel', 'tapable', 'zod']) await cp(join(modules(), name), join(project, 'node_modules', name), { recursive: true });
    for (const name of ['@types/node', 'undici-types']) await cp(installed(name), join(project, 'node_modules', name), { recursive: true });
    await writeFile(join(project, 'package.json'), '{ "type": "module" }');
    await writeFile(join(project, 'plugin.ts'), `
      import { definePlugin, deny } from '@pith/kernel';
      import { createTestKernel } from '@pith/kernel/testing';
      export default definePlugin({ name: 'guard', setup({ hooks }) { hooks.permission.tap('guard', (call) => (call.effect === 'read' ? undefined : deny('no'))); } });
      export const kernel = createTestKernel();
      // @ts-expect-error
      definePlugin({ name: 'guard', unknownKey: 1 });
      // @ts-expect-error
      definePlugin({ name: 'guard', setup({ hooks }) { hooks.permission.tap('guard', (call) => call.nothingOfTheKind); } });
    `);

    // Without skipLibCheck: what is published must hold by itself.
    await run('tsc', ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--types', 'node', 'plugin.ts'], { cwd: project });
  });
});
