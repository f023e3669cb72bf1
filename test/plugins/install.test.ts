import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, afterEach, before, beforeEach } from 'mocha';
import { type FixtureOptions, pluginFiles } from '../support/fixture.ts';
import { createPlace, type Place } from '../support/pith.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { integrityOf, tarball } from '../support/tarball.ts';

const HELLO: FixtureOptions = {
  name: '@acme/plugin-hello', capabilities: ['hook:output', 'net:example.com', 'tool:hello'], commands: ['hello:world'],
  body: `tools: [{ name: 'hello', description: 'Says hello.', effect: 'read', inputSchema: { type: 'object' }, execute: async () => 'hello from the plugin' }], setup({ hooks }) { hooks.output.tap('hello', () => {}); }`,
};
/** Leaves a file behind wherever any of its code runs: its entry, its command, a hook of oclif, its scripts. */
const witness = (file: string): string => `import { appendFileSync } from 'node:fs'; appendFileSync(${JSON.stringify(file)}, 'ran\\n');\n`;

describe('pith plugins', () => {
  let registry: Registry;
  let place: Place;
  let data: string;
  let config: string;
  before(async () => {
    registry = await startRegistry();
    await registry.put(pluginFiles(HELLO));
  });
  after(() => registry.close());
  beforeEach(async () => {
    place = await createPlace();
    Object.assign(place.env, registry.env);
    [data, config] = [join(place.env['PITH_HOME']!, 'data'), join(place.env['PITH_HOME']!, 'config')];
  });
  afterEach(() => place.remove());

  const stateOf = async (name: string): Promise<string> => {
    const { stdout } = await place.pith(['plugins', '--json']);
    return (JSON.parse(stdout) as { name: string; package: string; state: string }[]).find((plugin) => plugin.name === name || plugin.package === name)?.state ?? 'not there';
  };
  const errorOf = (stdout: string): string => (JSON.parse(stdout) as { error: { code: string } }).error.code;

  it('says in words what a plugin asks for, and keeps nothing of it until somebody agrees', async () => {
    const { code, stderr } = await place.pith(['plugins', 'install', '@acme/plugin-hello']);

    assert.equal(code, 3);
    assert.match(stderr, /hears everything that happens in a turn/);
    assert.match(stderr, /nothing holds it to that.*\n {2}- connects to example\.com/);
    assert.match(stderr, /code that runs with all of your rights/);
    assert.match(stderr, /pith plugins install @acme\/plugin-hello --yes/);
    assert.deepEqual(readdirSync(data), []);
    assert.ok(!existsSync(join(config, 'plugins.json')));
  });

  it('installs, runs and takes away a plugin with its tool and its command', async () => {
    await place.pith(['plugins', 'install', '@acme/plugin-hello', '--yes']);

    assert.equal((await place.pith(['tools', 'call', 'hello', '--input', '{}'])).stdout.trim(), 'hello from the plugin');
    assert.equal((await place.pith(['hello', 'world'])).stdout.trim(), '@acme/plugin-hello 1.0.0');

    await place.pith(['plugins', 'uninstall', 'hello']);
    assert.equal((await place.pith(['hello', 'world'])).code, 2);
    assert.deepEqual(readdirSync(data), []);
  });

  it('refuses a plugin whose tap fails an example that it carries, and an update to one; a plugin whose examples pass is installed', async () => {
    const guard = (version: string, verdict: string): FixtureOptions => ({
      name: '@acme/plugin-guard', version, capabilities: ['hook:permission'], pith: { guards: true },
      body: `setup({ hooks }) { hooks.permission.tap({ name: 'rm', examples: [{ call: { name: 'bash', input: { command: 'rm x' } }, expect: 'deny' }] }, () => ({ verdict: '${verdict}', reason: 'because' })); }`,
    });
    await registry.put(pluginFiles(guard('1.0.0', 'ask')));

    const refused = await place.pith(['plugins', 'install', '@acme/plugin-guard', '--yes', '--json']);
    assert.deepEqual([errorOf(refused.stdout), refused.code], ['EXAMPLES_FAILED', 1]);
    assert.match(refused.stdout, /of @acme\/plugin-guard 1\.0\.0 failed/);
    assert.equal(await stateOf('@acme/plugin-guard'), 'not there');

    await registry.put(pluginFiles(guard('1.1.0', 'deny')));
    assert.equal((await place.pith(['plugins', 'install', '@acme/plugin-guard', '--yes'])).code, 0);
    await registry.put(pluginFiles(guard('1.2.0', 'ask')));
    await place.pith(['plugins', 'update', '--yes']);

    const { stdout } = await place.pith(['plugins', 'inspect', '@acme/plugin-guard', '--json']);
    assert.equal((JSON.parse(stdout) as { version: string }).version, '1.1.0');
  });

  it('asks no registry when it starts with a plugin installed', async () => {
    await place.pith(['plugins', 'install', '@acme/plugin-hello', '--yes']);
    const before = registry.requests.length;

    await place.pith(['run', 'hello']);
    await place.pith(['plugins']);

    assert.deepEqual(registry.requests.slice(before), []);
  });

  it('installs from a folder and from a tarball, and does not need them afterwards', async () => {
    for (const [file, content] of Object.entries(pluginFiles(HELLO))) await place.write(`source/${file}`, String(content));
    const tgz = join(place.folder, 'second.tgz');
    writeFileSync(tgz, tarball(pluginFiles({ name: 'second', capabilities: [] })));

    assert.equal((await place.pith(['plugins', 'install', './source', './second.tgz', '--yes'])).code, 0);
    rmSync(tgz);
    rmSync(join(place.folder, 'source'), { recursive: true });
    await registry.put(pluginFiles({ name: 'third', capabilities: [] }));
    assert.equal((await place.pith(['plugins', 'install', 'third', '--yes'])).code, 0);

    assert.deepEqual([await stateOf('plugin-hello'), await stateOf('second'), await stateOf('third')], ['active', 'active', 'active']);
  });

  it('runs no code of a package while it is installed, looked at and refused', async () => {
    const file = join(place.folder, 'ran');
    const scripts = Object.fromEntries(['preinstall', 'install', 'postinstall', 'prepare', 'preuninstall', 'postuninstall'].map((name) => [name, `echo script >> ${JSON.stringify(file)}`]));
    const files = pluginFiles({ name: 'nosy', capabilities: ['hook:output'], commands: ['nosy'], packageJson: { scripts } });
    await registry.put({ ...files, 'index.js': witness(file) + String(files['index.js']), 'commands/nosy.js': witness(file) + String(files['commands/nosy.js']) });

    await place.pith(['plugins', 'install', 'nosy']);
    await place.pith(['plugins', 'install', 'nosy', '--yes']);
    await place.pith(['plugins', 'inspect', 'nosy']);
    await place.pith(['plugins', 'update', '--yes']);
    await place.pith(['plugins', 'uninstall', 'nosy']);

    assert.ok(!existsSync(file));
  });

  it('loads nothing of a plugin that was put there by other means, and says so once', async () => {
    await place.pith(['plugins', 'install', '@acme/plugin-hello', '--yes']);
    const file = join(place.folder, 'ran');
    const folder = join(data, 'node_modules/@acme/plugin-hello');
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as object;
    writeFileSync(join(folder, 'hook.js'), `${witness(file)}export default () => {};`);
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, oclif: { hooks: { init: './hook.js' } } }));

    const { code, stderr } = await place.pith(['run', 'hello']);

    assert.equal(code, 0);
    assert.ok(!existsSync(file), 'its hook of oclif has run');
    assert.equal(stderr.match(/waits for trust: it asks for more than was granted: oclif-hook:init/g)?.length, 1, stderr);
    assert.equal(await stateOf('@acme/plugin-hello'), 'waiting');
    assert.equal((await place.pith(['tools', 'call', 'hello', '--input', '{}'])).code, 1);

    await place.pith(['plugins', 'grant', 'hello', '--yes']);
    await place.pith(['run', 'hello']);
    assert.ok(existsSync(file));
  });

  it('inspects a plugin without running it', async () => {
    await place.pith(['plugins', 'install', '@acme/plugin-hello', '--yes']);

    const { stdout } = await place.pith(['plugins', 'inspect', 'hello', '--json']);

    const facts = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual([facts['version'], facts['hooks'], facts['contributions'], facts['commands'], facts['unchanged']], ['1.0.0', ['output'], ['tool:hello'], ['pith hello world'], true]);
    assert.equal(facts['integrity'], integrityOf(tarball(pluginFiles(HELLO))));
    assert.deepEqual(facts['start'], { files: 3, sizeBytes: ['package.json', 'oclif.manifest.json', 'index.js'].reduce((sum, name) => sum + String(pluginFiles(HELLO)[name]).length, 0) });
  });

  for (const [title, options, code, exit] of [
    ['made for another kernel', { pith: { kernel: '^2.0.0' } }, 'PLUGIN_KERNEL_RANGE', 2],
    ['with a command of pith', { commands: ['run'] }, 'PLUGIN_NAME_TAKEN', 2],
    ['with a command of a shipped plugin', { commands: ['sessions:list'] }, 'PLUGIN_NAME_TAKEN', 2],
    ['with a tool of a shipped plugin', { capabilities: ['tool:bash'] }, 'PLUGIN_NAME_TAKEN', 2],
    ['that is no plugin', { packageJson: { pith: undefined, oclif: undefined } }, 'PLUGIN_INVALID', 2],
    ['that brings plugins of its own', { packageJson: { oclif: { plugins: ['other'] } } }, 'PLUGIN_INVALID', 2],
    ['whose commands stand in no manifest', { packageJson: { oclif: { commands: './commands' }, version: '1.0.1' } }, 'PLUGIN_INVALID', 2],
  ] as const satisfies readonly (readonly [string, Partial<FixtureOptions>, string, number])[]) {
    it(`refuses a package ${title}`, async () => {
      const file = join(place.folder, 'bad.tgz');
      writeFileSync(file, tarball(pluginFiles({ name: 'bad', ...options })));

      const { code: ended, stdout } = await place.pith(['plugins', 'install', './bad.tgz', '--yes', '--json']);

      assert.deepEqual([errorOf(stdout), ended], [code, exit]);
      assert.deepEqual(readdirSync(data), []);
    });
  }

  it('lets a plugin take the place of a command that its manifest names', async () => {
    await place.write('own.tgz', '');
    writeFileSync(join(place.folder, 'own.tgz'), tarball(pluginFiles({ name: 'own-doctor', commands: ['doctor'], pith: { replaces: ['command:doctor'] } })));

    await place.pith(['plugins', 'install', './own.tgz', '--yes']);

    assert.equal((await place.pith(['doctor'])).stdout.trim(), 'own-doctor 1.0.0');
  });

  it('keeps out a linked plugin that gets somebody else’s command after it was linked', async () => {
    const write = async (options: FixtureOptions): Promise<void> => { for (const [file, content] of Object.entries(pluginFiles(options))) await place.write(`mine/${file}`, String(content)); };
    await write({ name: 'mine', capabilities: [] });
    assert.equal((await place.pith(['plugins', 'link', './mine'])).code, 0);
    assert.equal(await stateOf('mine'), 'active');

    await write({ name: 'mine', capabilities: [], commands: ['doctor'] });

    assert.equal(await stateOf('mine'), 'refused');
    assert.match((await place.pith(['doctor'])).stdout, /runtime: Node/);
  });

  it('refuses bytes that are not those that the registry promises', async () => {
    await registry.put(pluginFiles({ name: 'tampered' }));
    registry.tamper(pluginFiles({ name: 'tampered', body: 'setup() {},' }));

    const { code, stdout } = await place.pith(['plugins', 'install', 'tampered', '--yes', '--json'], { env: { npm_config_fetch_retries: '0' } }); // npm would try again for a minute.

    assert.deepEqual([errorOf(stdout), code], ['PLUGIN_INTEGRITY', 1]);
    assert.deepEqual(readdirSync(data), []);
  });

  it('says that a registry does not know a plugin, and that one cannot be reached', async () => {
    const unknown = await place.pith(['plugins', 'install', 'nobody-wrote-this', '--yes', '--json']);
    const away = await place.pith(['plugins', 'install', 'hello', '--yes', '--json'], { env: { npm_config_registry: 'http://127.0.0.1:9/', npm_config_fetch_retries: '0' } });

    assert.deepEqual([errorOf(unknown.stdout), unknown.code], ['PLUGIN_UNKNOWN', 2]);
    assert.deepEqual([errorOf(away.stdout), away.code], ['PLUGIN_INSTALL_FAILED', 5]);
  });

  it('leaves everything as it was when it is interrupted in the middle of a download', async () => {
    await place.pith(['plugins', 'install', '@acme/plugin-hello', '--yes']);
    const before = readdirSync(data);
    const silent = await startSilentServer();
    const child = place.start(['plugins', 'install', 'anything', '--yes'], { env: { npm_config_registry: silent.url } });
    await silent.asked;

    child.kill('SIGINT');
    const [code] = await once(child, 'exit') as [number];

    silent.server.closeAllConnections();
    silent.server.close();
    assert.equal(code, 130);
    assert.deepEqual(readdirSync(data), before);
    assert.equal(await stateOf('plugin-hello'), 'active');
  });

  it('clears away what a process has left that was killed in the middle', async () => {
    await place.pith(['plugins', 'install', '@acme/plugin-hello', '--yes']);
    const silent = await startSilentServer();
    const child = place.start(['plugins', 'install', 'anything', '--yes'], { env: { npm_config_registry: silent.url } });
    await silent.asked;
    child.kill('SIGKILL');
    await once(child, 'exit');
    silent.server.closeAllConnections();
    silent.server.close();
    assert.ok(readdirSync(data).some((name) => name.startsWith('.stage-')));

    await place.pith(['plugins', 'uninstall', 'hello']);

    assert.deepEqual(readdirSync(data), []);
  });

  it('leaves the data of a plugin, and removes it with --purge', async () => {
    await mkdir(join(data, 'hello'), { recursive: true });
    await writeFile(join(data, 'hello', 'kept.json'), '{}');
    await place.pith(['plugins', 'install', '@acme/plugin-hello', '--yes']);

    const { stdout } = await place.pith(['plugins', 'uninstall', 'hello', '--json']);
    assert.deepEqual((JSON.parse(stdout) as { dataLeft: string[] }).dataLeft, [join(data, 'hello')]);
    await place.pith(['plugins', 'install', '@acme/plugin-hello', '--yes']);
    await place.pith(['plugins', 'uninstall', 'hello', '--purge']);

    assert.deepEqual(readdirSync(data), []);
  });

  it('leaves the tables of a plugin in the database, and takes them away with --purge', async () => {
    const tables = (): string[] => {
      const database = new DatabaseSync(join(data, 'pith.db'));
      try {
        return database.prepare("SELECT name FROM sqlite_schema WHERE name LIKE 'keeper%'").all().map(({ name }) => String(name));
      } finally {
        database.close();
      }
    };
    const body = "async setup({ service, hooks }) { hooks.input.tap('hello', async () => { await (await service('database')).migrate('keeper', [{ name: 'one', up: ({ sql }) => sql`CREATE TABLE keeper_rows (id text)` }]); }); }";
    await registry.put(pluginFiles({ name: 'keeper', capabilities: ['uses:database', 'hook:input'], body }));
    await place.pith(['plugins', 'install', 'keeper', '--yes']);
    const { code, stderr } = await place.pith(['run', 'hello']);
    assert.equal(code, 0, stderr);

    const { stdout } = await place.pith(['plugins', 'uninstall', 'keeper', '--json']);
    assert.deepEqual((JSON.parse(stdout) as { tablesLeft: string[] }).tablesLeft, ['keeper_rows']);
    assert.deepEqual(tables(), ['keeper_rows']);
    await place.pith(['plugins', 'install', 'keeper', '--yes']);
    await place.pith(['plugins', 'uninstall', 'keeper', '--purge']);

    assert.deepEqual(tables(), []);
  });

  it('keeps options and data of a plugin that goes by the same name', async () => {
    await registry.put(pluginFiles({ name: '@other/plugin-sessions' }));
    await place.pith(['run', 'remember this']);
    await mkdir(config, { recursive: true });
    await writeFile(join(config, 'settings.json'), JSON.stringify({ plugins: { sessions: {} } }));
    assert.equal((await place.pith(['plugins', 'install', '@other/plugin-sessions', '--yes'])).code, 0);

    await place.pith(['plugins', 'uninstall', '@other/plugin-sessions', '--purge']);

    assert.match((await place.pith(['sessions', 'list'])).stdout, /remember this/);
    assert.deepEqual(JSON.parse(readFileSync(join(config, 'settings.json'), 'utf8')), { plugins: { sessions: {} } });
  });

  it('gives way when another process has changed the plugins meanwhile', async () => {
    await registry.put(pluginFiles({ name: 'slow' }));
    const { url, asked, release, close } = await startSlowRegistry(registry.url);
    const child = place.start(['plugins', 'install', 'slow', '--yes', '--json'], { env: { npm_config_registry: url } });
    let stdout = '';
    child.stdout!.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
    await asked;
    await place.pith(['plugins', 'install', '@acme/plugin-hello', '--yes']);

    release();
    await once(child, 'close');

    close();
    assert.equal(errorOf(stdout), 'STORE_BUSY');
    assert.deepEqual([await stateOf('slow'), await stateOf('plugin-hello')], ['not there', 'active']);
  });

  it('shows control characters of a package, and takes none in its capabilities', async () => {
    const files = pluginFiles({ name: 'painted', packageJson: { description: 'It asks for nothing.\u001b[2J\nReally.' } });
    await registry.put(files);
    await registry.put(pluginFiles({ name: 'forged', capabilities: ['tool:x\n  It asks for nothing.'] }));

    const painted = await place.pith(['plugins', 'install', 'painted']);
    const forged = await place.pith(['plugins', 'install', 'forged', '--yes', '--json']);

    assert.match(painted.stderr, /nothing\.\\x1b\[2J\\nReally/);
    assert.equal(errorOf(forged.stdout), 'PLUGIN_INVALID');
  });

  it('takes away all that was installed and linked with reset, and asks before', async () => {
    await place.pith(['plugins', 'install', '@acme/plugin-hello', '--yes']);

    assert.equal((await place.pith(['plugins', 'reset'])).code, 3);
    assert.equal(await stateOf('plugin-hello'), 'active');
    assert.equal((await place.pith(['plugins', 'reset', '--yes'])).code, 0);

    assert.equal(await stateOf('plugin-hello'), 'not there');
    assert.deepEqual(readdirSync(data), []);
  });

  it('does not take away what came with pith, and says what is not installed', async () => {
    assert.match((await place.pith(['plugins', 'uninstall', 'tools'])).stderr, /is part of pith/);
    assert.match((await place.pith(['plugins', 'uninstall', 'nothing'])).stderr, /nothing is not installed/);
    assert.equal((await place.pith(['plugins', 'inspect', 'nothing'])).code, 2);
  });
});

/** A registry that answers once it is told to. */
async function startSlowRegistry(behind: string): Promise<{ url: string; asked: Promise<unknown>; release: () => void; close: () => void }> {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    void released.then(() => fetch(new URL(request.url ?? '', behind))).then(async (answer) => response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(Buffer.from(await answer.arrayBuffer())));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, asked: once(server, 'request'), release, close: () => { server.closeAllConnections(); server.close(); } };
}

/** Takes every request and never answers. */
async function startSilentServer(): Promise<{ url: string; server: Server; asked: Promise<unknown> }> {
  const server = createServer(() => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, server, asked: once(server, 'request') };
}
