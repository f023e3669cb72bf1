import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createSecrets, definePlugin, examinePlugins, type KernelOptions, type Vault } from '@pith/kernel';
import { createTestKernel, type TestKernel } from '@pith/kernel/testing';
import { afterEach } from 'mocha';
import plugin from '../src/index.ts';
import { optionsSchema } from '../src/options.ts';
import { SHOP } from './place.ts';

const run = promisify(execFile);

describe('the plugin database', () => {
  let test: TestKernel | undefined;
  afterEach(async () => {
    await test?.close();
    test = undefined;
  });

  const start = async (options: KernelOptions = {}): Promise<TestKernel> => (test = await createTestKernel({ plugins: [plugin], ...options }));
  const fileOf = ({ kernel }: TestKernel): string => join(kernel.paths.data, 'pith.db');
  const findings = async ({ kernel }: TestKernel) => (await examinePlugins(kernel)).map(({ level, text }) => `${level} ${text}`);

  it('brings the service, alone, and makes nothing before it is used', async () => {
    const started = await start();
    assert.deepEqual(started.kernel.plugins.map(({ name, state }) => [name, state]), [['database', 'active']]);

    const database = await started.kernel.service('database');
    assert.equal(existsSync(fileOf(started)), false);
    assert.deepEqual(await database.migrate('shop', SHOP), ['0001-items', '0002-index']);

    assert.equal(existsSync(fileOf(started)), true);
    await started.kernel.close();
    assert.equal(existsSync(`${fileOf(started)}-wal`), false);
  });

  it('costs its manifest at a start: neither an engine nor a query builder is loaded', async () => {
    const entry = new URL('../src/index.ts', import.meta.url).href;
    const { stdout } = await run(process.execPath, ['--conditions=pith-source', '--input-type=module', '-e', `
      import { registerHooks } from 'node:module';
      const seen = [];
      registerHooks({ load(url, context, next) { seen.push(url); return next(url, context); } });
      await import(${JSON.stringify(entry)});
      process.stdout.write(JSON.stringify(seen.filter((url) => /plugins.database|kysely|[\\\\/]pg[\\\\/]|sqlite/.test(url)).map((url) => url.split(/[\\\\/]/).at(-1)).sort()));
    `], { cwd: fileURLToPath(new URL('..', import.meta.url)) });

    assert.deepEqual(JSON.parse(stdout), ['errors.ts', 'index.ts', 'options.ts', 'url-layer.ts']);
  });

  it('says in pith doctor where the database is, how large, whose, and that it is whole', async () => {
    const started = await start();
    assert.deepEqual(await findings(started), [`ok SQLite, nothing is kept yet (${fileOf(started)})`]);

    await (await started.kernel.service('database')).migrate('shop', SHOP);

    const [found] = await findings(started);
    assert.match(found!, /^ok SQLite at .*pith\.db, \d+\.\d KB, tables of shop, whole$/);
  });

  it('says in pith doctor that the file is damaged', async () => {
    const started = await start();
    mkdirSync(started.kernel.paths.data, { recursive: true });
    writeFileSync(fileOf(started), 'x'.repeat(5000));

    const [found] = await findings(started);

    assert.match(found!, /^error .*pith\.db is damaged, or is no database/);
  });

  it('says in pith doctor that a page is damaged which nobody has read yet', async () => {
    const started = await start();
    const database = await started.kernel.service('database');
    await database.migrate('shop', SHOP);
    await database.transaction('write', async ({ sql }) => { for (let index = 0; index < 100; index++) await sql`INSERT INTO shop_items (id, count) VALUES (${`item ${index}`.repeat(20)}, ${index})`; });
    await started.kernel.close();
    const bytes = readFileSync(fileOf(started));
    bytes.fill(0xff, bytes.length - 3000);
    writeFileSync(fileOf(started), bytes);

    const { kernel } = await createTestKernel({ plugins: [plugin], folder: started.folder });
    const [found] = await examinePlugins(kernel);
    await kernel.close();

    assert.equal(found!.level, 'error');
    assert.match(found!.text, /is damaged/);
  });

  for (const layer of ['project', 'local'] as const) {
    it(`lets no ${layer} settings choose the server that everything goes to`, async () => {
      const { kernel } = await start({ options: { database: { url: 'postgres://evil.example.org/x' } }, origins: { 'plugins.database.url': { layer } } });

      const [{ state, error } = assert.fail('it is not there')] = kernel.plugins;
      assert.equal(state, 'failed');
      assert.match(error!.message, /plugins\.database\.url stands in the settings of a project, which may not choose where your data goes/);
    });
  }

  for (const from of ['the environment', 'the vault'] as const) {
    it(`takes the password of the server from ${from}, and hides it`, async () => {
      const told: string[] = [];
      const server = createServer((socket) => {
        // The start, then the question for a password in clear, then a refusal that repeats it.
        socket.once('data', () => {
          socket.once('data', (bytes) => {
            told.push(bytes.subarray(5, -1).toString());
            const text = `SFATAL\0C28P01\0Mno entry with ${told[0]}\0\0`;
            const head = Buffer.from([0x45, 0, 0, 0, 0]);
            head.writeInt32BE(text.length + 4, 1);
            socket.end(Buffer.concat([head, Buffer.from(text)]));
          });
          socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]));
        });
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const secrets = createSecrets();
      const vault = definePlugin({ name: 'vault', services: { vault: () => ({ get: async (name: string) => { secrets.add(`kept as ${name}`, 'vault'); return `kept as ${name}`; } }) as unknown as Vault } });
      const port = (server.address() as AddressInfo).port;
      const { kernel } = await start({ plugins: [plugin, vault], options: { database: { url: `postgres://me@127.0.0.1:${port}/x` } }, secrets, env: from === 'the vault' ? {} : { PITH_DATABASE_PASSWORD: 'said in the environment' } });

      const [finding] = await examinePlugins(kernel);
      server.close();

      assert.deepEqual(told, [from === 'the vault' ? 'kept as database' : 'said in the environment']);
      assert.match(secrets.redact(finding!.text), /^The PostgreSQL server at 127\.0\.0\.1:\d+\/x lets nobody of that name in: no entry with \[secret:(vault|PITH_DATABASE_PASSWORD)\]$/);
    });
  }

  it('checks its options, and never repeats an address that may hold a password', () => {
    const check = (value: unknown): unknown => optionsSchema['~standard'].validate(value);

    assert.deepEqual(check({}), { value: { url: undefined, backups: 10 } });
    assert.deepEqual(check({ url: 'mysql://me:secret@x', backups: -1, other: 1 }), { issues: [
      { path: ['url'], message: 'must be the address of a PostgreSQL server, as postgres://user@host:5432/name' },
      { path: ['backups'], message: 'must be a whole number from 0 to 100; found -1' }, { path: ['other'], message: 'is not known; the options are url, backups' },
    ] });
  });
});
