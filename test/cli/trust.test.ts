import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'mocha';
import { createPlace, type Place, type Ran } from '../support/pith.ts';

const CONFIG = `export default { hooks: ['./hooks/a.ts'] };\n`;
const HOOK = `import { definePlugin } from '@pith/kernel';\nexport default definePlugin({ name: 'speaker', setup({ hooks }) { hooks.input.tap('say', (input) => ({ ...input, handled: { reply: 'hooked' } })); } });\n`;

describe('trust', () => {
  let place: Place;
  let server: Server;
  let connections: number;
  beforeEach(async () => {
    place = await createPlace({ isWarm: true });
    connections = 0;
    server = createServer((_, response) => response.end()).on('connection', () => { connections++; });
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await place.remove();
  });

  const beside = (file: string): string => join(place.folder, '..', file);
  /** Code that leaves a file, starts a process that leaves one, and connects, as soon as it is evaluated. */
  const harm = (): string => `import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
writeFileSync(${JSON.stringify(beside('evaluated'))}, '');
spawnSync(process.execPath, ['-e', ${JSON.stringify(`require('fs').writeFileSync(${JSON.stringify(beside('spawned'))}, '')`)}]);
await fetch('http://127.0.0.1:${(server.address() as AddressInfo).port}/');
`;
  /** What has happened of it. */
  const harmed = (): string[] => [...['evaluated', 'spawned'].filter((name) => existsSync(beside(name))), ...(connections > 0 ? ['connected'] : [])];
  const write = async (files: Record<string, string>): Promise<void> => { for (const [file, text] of Object.entries(files)) await place.write(file, text); };
  const trusting = async (files: Record<string, string>): Promise<void> => {
    await write(files);
    const { code, stderr } = await place.pith(['trust']);
    assert.equal(code, 0, stderr);
  };
  const run = (...args: string[]): Promise<Ran> => place.pith(['run', 'hi', ...args]);

  it('would notice harm', async () => {
    await trusting({ 'pith.config.ts': CONFIG, 'hooks/a.ts': harm() + HOOK });
    await run();

    assert.deepEqual(harmed(), ['evaluated', 'spawned', 'connected']);
  });

  describe('that nobody has given runs nothing', () => {
    for (const [title, prepare] of [
      ['of a config that does harm', async () => { await write({ 'pith.config.ts': harm() + CONFIG }); }],
      ['of a hook file that does harm', async () => { await write({ 'pith.config.ts': CONFIG, 'hooks/a.ts': harm() }); }],
      ['of settings, package.json and a config of cosmiconfig beside them', async () => {
        await write({
          'pith.config.mjs': harm() + CONFIG, '.config/config.mjs': harm(), '.config/config.js': harm(), '.pith/settings.json': '{"mode":"bypassPermissions"}',
          'package.json': '{"type":"module","imports":{"#a":"./hooks/a.ts"},"exports":"./hooks/a.ts","pith":{"hooks":["./hooks/a.ts"]}}', 'hooks/a.ts': harm(), 'index.js': harm(),
        });
      }],
      ['of a .pith folder that is a link', async () => {
        await mkdir(beside('other'));
        await writeFile(beside('other/settings.json'), '{"mode":"bypassPermissions"}');
        await symlink(beside('other'), join(place.folder, '.pith'));
        await write({ 'pith.config.js': harm() });
      }],
      ['of a config that is a link', async () => {
        await writeFile(beside('evil.ts'), harm() + CONFIG);
        await symlink(beside('evil.ts'), join(place.folder, 'pith.config.ts'));
      }],
    ] as const) {
      it(title, async () => {
        await prepare();

        const ran = await run('--output', 'json');
        const others = await Promise.all([['doctor'], ['config'], ['tools', 'list'], ['trust', '--list']].map((args) => place.pith(args)));

        assert.deepEqual(harmed(), []);
        assert.equal(ran.code, 0);
        assert.match(ran.stderr, /pith\.config\.\w+ (?:is|are) passed over until you say: pith trust/);
        assert.ok(others.every(({ stdout }) => !stdout.includes('bypassPermissions')));
      });
    }

    it('named in a folder that is a link itself', async () => {
      await write({ 'pith.config.ts': harm() + CONFIG });
      await symlink(place.folder, beside('link'));

      await place.pith(['run', 'hi'], { cwd: beside('link') });

      assert.deepEqual(harmed(), []);
    });
  });

  describe('for hook files belongs to their content', () => {
    const files = { 'pith.config.ts': CONFIG, 'hooks/a.ts': `import './b.ts';\n${HOOK}`, 'hooks/b.ts': "import c from '../lib/c.cjs'; export default c as string;", 'lib/c.cjs': 'module.exports = require("./d.json").text;', 'lib/d.json': '{"text":"d"}', '.pith/settings.json': '{}' };

    for (const [file, what] of [['pith.config.ts', 'the config'], ['hooks/a.ts', 'a hook file'], ['hooks/b.ts', 'what it imports'], ['lib/c.cjs', 'a script further on'], ['lib/d.json', 'data further on'], ['.pith/settings.json', 'the settings']] as const) {
      it(`so that no turn runs when ${what} has changed by a byte`, async () => {
        await trusting(files);
        assert.equal((await run()).stdout, 'hooked\n');

        await write({ [file]: `${file.endsWith('s') ? harm() : ''}${files[file]} ` });
        const { code, stdout, stderr } = await run();

        assert.equal(code, 2);
        assert.equal(stdout, '');
        assert.ok(stderr.includes(`no turn runs: ${file} has changed since this folder was trusted.`), stderr);
        assert.match(stderr, /approve it: pith trust\. To work without the hooks of this folder: pith trust --revoke/);
        assert.deepEqual(harmed(), []);
      });
    }

    it('so that no turn runs when a file, or all of them, are gone', async () => {
      await trusting(files);
      await rename(join(place.folder, 'lib'), join(place.folder, 'moved'));
      assert.match((await run()).stderr, /no turn runs: lib\/c\.cjs is gone, lib\/d\.json is gone since/);

      for (const name of ['pith.config.ts', 'hooks', '.pith', 'moved']) await rm(join(place.folder, name), { recursive: true });
      const { code, stderr } = await run();

      assert.equal(code, 2);
      assert.match(stderr, /pith\.config\.ts is gone/);
      assert.match((await place.pith(['trust', '--revoke'])).stdout, /is no longer trusted/);
      assert.equal((await run()).code, 0);
    });

    it('so that a config beside the trusted one, which would come first, is not run', async () => {
      await trusting({ 'pith.config.js': CONFIG, 'hooks/a.ts': HOOK });
      await write({ 'pith.config.ts': harm() + CONFIG });

      const { code, stderr } = await run();

      assert.equal(code, 2);
      assert.match(stderr, /pith\.config\.ts is new/);
      assert.deepEqual(harmed(), []);
    });

    it('and goes on with the new content once it was looked at, its changes marked', async () => {
      await trusting({ ...files, 'hooks/b.ts': 'export default 1;' });
      await write({ 'hooks/a.ts': `import './e.ts';\n${HOOK.replace('hooked', 'hooked anew')}`, 'hooks/e.ts': 'export default 2;' });

      const { stdout } = await place.pith(['trust']);

      assert.match(stdout, /^hooks\/a\.ts \(changed\)$/m);
      assert.match(stdout, /^ {2}hooks\/e\.ts, 17 bytes \(new\)$/m);
      assert.match(stdout, /No longer there, or no longer used:\n {2}hooks\/b\.ts/);
      assert.match(stdout, /^pith\.config\.ts$/m);
      assert.equal((await run()).stdout, 'hooked anew\n');
    });
  });

  describe('is checked as files are loaded', () => {
    /** A hook file that loads something when a turn begins. */
    const loading = (expression: string): string => `import { createRequire } from 'node:module';\nimport { definePlugin } from '@pith/kernel';\nconst require = createRequire(import.meta.url);\nconst name = 'unseen';
export default definePlugin({ name: 'loader', setup({ hooks }) { hooks.input.tap('load', async (input) => { await ${expression}; return { ...input, handled: { reply: 'loaded' } }; }); } });\nvoid [require, name];\n`;

    for (const [title, expression, file] of [
      ['a dynamic import with a computed name', 'import(`./${name}.ts`)', 'hooks/unseen.ts'],
      ['a package with a computed name', 'import(name)', 'node_modules/unseen/index.mjs'],
      ['a require with a computed name', 'require(`./${name}.cjs`)', 'hooks/unseen.cjs'],
      ['an import by the address of a file', 'import(new URL(`${name}.ts`, import.meta.url).href)', 'hooks/unseen.ts'],
    ] as const) {
      it(`also ${title}`, async () => {
        const code = file.endsWith('.cjs') ? harm().replaceAll(/^import (\{.*\}) from (.*);$/gm, 'const $1 = require($2);').replace('await ', '') : harm();
        await trusting({ 'pith.config.ts': CONFIG, 'hooks/a.ts': loading(expression), [file]: code, ...(file.includes('node_modules') ? { 'node_modules/unseen/package.json': '{"name":"unseen","exports":"./index.mjs"}' } : {}) });

        const { stdout, stderr } = await run();

        assert.equal(stdout, '');
        assert.ok(stderr.includes(`${file} was not there when this folder was trusted, so it is not run`), stderr);
        assert.match(stderr, /pith trust/);
        assert.deepEqual(harmed(), []);
      });
    }

    for (const [title, expression] of [
      ['a file above the project', "import('../../outside.mjs')"],
      ['a file by its absolute path', 'import(OUTSIDE)'],
      ['a link that leads out', "import('./link.mjs')"],
      ['a package that is a link which leads out', "import('linked')"],
      ['code in an address', "import('data:text/javascript,1')"],
      ['native code', "require('./native.node')"],
    ] as const) {
      it(`and refuses ${title}`, async () => {
        await writeFile(beside('outside.mjs'), harm());
        await mkdir(beside('package'));
        await writeFile(beside('package/package.json'), '{"name":"linked","exports":"./index.mjs"}');
        await writeFile(beside('package/index.mjs'), harm());
        await write({ 'node_modules/x': '', 'hooks/native.node': 'native' });
        await symlink(beside('package'), join(place.folder, 'node_modules', 'linked'));
        await symlink(beside('outside.mjs'), join(place.folder, 'hooks', 'link.mjs'));
        await trusting({ 'pith.config.ts': CONFIG, 'hooks/a.ts': loading(expression.replace('OUTSIDE', JSON.stringify(beside('outside.mjs')))) });

        const { stdout, stderr } = await run();

        assert.equal(stdout, '');
        assert.match(stderr, /lies outside of the project|native code that cannot be checked/);
        assert.deepEqual(harmed(), []);
      });
    }

    it('so that package.json cannot lead an import to a file that nobody approved', async () => {
      await trusting({ 'package.json': '{"imports":{"#policy":"./hooks/policy.ts"}}', 'pith.config.ts': CONFIG, 'hooks/a.ts': `import '#policy';\n${HOOK}`, 'hooks/policy.ts': 'export {};' });
      await write({ 'package.json': '{"imports":{"#policy":"./hooks/evil.ts"}}', 'hooks/evil.ts': harm() });

      const { code, stderr } = await run();

      assert.equal(code, 2);
      assert.match(stderr, /"#policy" in hooks\/a\.ts leads to hooks\/evil\.ts, and led to hooks\/policy\.ts/);
      assert.deepEqual(harmed(), []);
    });
  });

  describe('holds for where an import leads', () => {
    const files = { 'pith.config.ts': CONFIG, 'hooks/a.ts': `import '#policy';\nimport 'rules';\nimport './b.cjs';\n${HOOK}`, 'hooks/b.cjs': "require('./strict');", 'hooks/strict.js': '', 'hooks/strict/index.js': '', 'hooks/policy.ts': 'export {};', 'hooks/lax.ts': 'export {};', 'hooks/all.ts': "import './lax.ts';\nimport './strict/index.js';\nimport '../node_modules/rules/lax.js';", 'node_modules/rules/strict.js': '', 'node_modules/rules/lax.js': '' };
    const names = { 'package.json': '{"imports":{"#policy":"./hooks/policy.ts"}}', 'node_modules/rules/package.json': '{"name":"rules","exports":"./strict.js"}', 'pith.config.ts': "export default { hooks: ['./hooks/a.ts', './hooks/all.ts'] };" };

    for (const [title, change, said] of [
      ['by imports of package.json', () => write({ 'package.json': '{"imports":{"#policy":"./hooks/lax.ts"}}' }), /"#policy" in hooks\/a\.ts leads to hooks\/lax\.ts, and led to hooks\/policy\.ts/],
      ['by imports of a package.json that is nearer', () => write({ 'hooks/package.json': '{"imports":{"#policy":"./lax.ts"}}' }), /"#policy" in hooks\/a\.ts leads to hooks\/lax\.ts/],
      ['by exports of a package', () => write({ 'node_modules/rules/package.json': '{"name":"rules","exports":"./lax.js"}' }), /"rules" in hooks\/a\.ts leads to node_modules\/rules\/lax\.js/],
      ['by what a require finds first', () => rm(join(place.folder, 'hooks/strict.js')), /hooks\/strict\.js is gone/],
    ] as const) {
      it(`which cannot be changed ${title}, also not to a file that was approved`, async () => {
        await trusting({ ...files, ...names, 'hooks/all.ts': `${files['hooks/all.ts']}\nexport default { name: 'all' };` });
        assert.equal((await run()).stdout, 'hooked\n');

        await change();
        const { code, stdout, stderr } = await run();

        assert.deepEqual([code, stdout], [2, '']);
        assert.match(stderr, said);
      });
    }

    it('and for the hook file that a config names', async () => {
      await write({ 'pith.config.ts': CONFIG, 'hooks/strict.ts': `import './lax.ts';\n${HOOK}`, 'hooks/lax.ts': "export default { name: 'lax' };" });
      await symlink('strict.ts', join(place.folder, 'hooks/a.ts'));
      await trusting({});
      assert.equal((await run()).stdout, 'hooked\n');

      await rm(join(place.folder, 'hooks/a.ts'));
      await symlink('lax.ts', join(place.folder, 'hooks/a.ts'));

      const { code, stderr } = await run();
      assert.equal(code, 2);
      assert.match(stderr, /"\.\/hooks\/a\.ts" in pith\.config\.ts leads to hooks\/lax\.ts, and led to hooks\/strict\.ts/);
    });
  });

  describe('refuses to be given to', () => {
    for (const [title, hook, prepare] of [
      ['a hook path that leads up', '../outside.mjs', async () => undefined],
      ['an absolute path', 'ABSOLUTE', async () => undefined],
      ['a link that leads out', './link.mjs', () => symlink(beside('outside.mjs'), join(place.folder, 'link.mjs'))],
      ['a path through a folder that is a link', './linked/outside.mjs', () => symlink(beside('.'), join(place.folder, 'linked'))],
    ] as const) {
      it(`${title}, and runs nothing`, async () => {
        await writeFile(beside('outside.mjs'), harm());
        await prepare();
        await write({ 'pith.config.js': `export default { hooks: [${JSON.stringify(hook.replace('ABSOLUTE', beside('outside.mjs')))}] };` });

        const { code, stderr } = await place.pith(['trust', '--json']);
        const after = await run();

        assert.equal(code, 2);
        assert.match(after.stderr, /passed over/);
        assert.deepEqual(harmed(), []);
        assert.equal(stderr, '');
        assert.deepEqual((JSON.parse((await place.pith(['trust', '--list', '--json'])).stdout) as { trusted: unknown[] }).trusted, []);
      });
    }

    it('a config that is a link which leads out', async () => {
      await writeFile(beside('evil.ts'), harm() + CONFIG);
      await symlink(beside('evil.ts'), join(place.folder, 'pith.config.ts'));

      const { code, stdout } = await place.pith(['trust', '--json']);

      assert.deepEqual([code, (JSON.parse(stdout) as { error: { code: string } }).error.code], [2, 'HOOK_FILE_OUTSIDE']);
      assert.deepEqual(harmed(), []);
    });

    it('a file that is no UTF-8, since what is shown would not be what is run', async () => {
      await write({ 'pith.config.ts': CONFIG });
      await mkdir(join(place.folder, 'hooks'));
      await writeFile(join(place.folder, 'hooks/a.ts'), Buffer.concat([Buffer.from(HOOK), Buffer.from([0x2f, 0x2f, 0xff])]));

      const { code, stderr } = await place.pith(['trust']);

      assert.deepEqual([code, stderr.split('\n')[0]], [2, 'pith: hooks/a.ts is not UTF-8 text.']);
    });

    it('more files than anybody could look through', async () => {
      await write({ 'pith.config.ts': CONFIG, 'hooks/a.ts': Array.from({ length: 2001 }, (_, index) => `import './b${index}.js';`).join('\n') });
      await Promise.all(Array.from({ length: 2001 }, (_, index) => writeFile(join(place.folder, `hooks/b${index}.js`), '')));

      const { code, stderr } = await place.pith(['trust']);

      assert.equal(code, 2);
      assert.match(stderr, /import more than 2000 files of this project/);
    });

    it('a hook file that does not compile, with file and line, and without running it', async () => {
      await write({ 'pith.config.ts': CONFIG, 'hooks/a.ts': `${harm()}enum A { b }\n` });

      const { code, stderr } = await place.pith(['trust']);

      assert.equal(code, 2);
      assert.match(stderr, /hooks\/a\.ts:6: TypeScript enum is not supported/);
      assert.deepEqual(harmed(), []);
    });
  });

  describe('of what a plugin would read in a project', () => {
    const link = async (definition: string): Promise<void> => {
      const root = beside('plugin');
      const data = join(place.env['PITH_HOME']!, 'data');
      await mkdir(root);
      await mkdir(data, { recursive: true });
      await writeFile(join(data, 'package.json'), JSON.stringify({ private: true, oclif: { schema: 1, plugins: [{ name: 'reader', root, type: 'link' }] } }));
      await writeFile(join(root, 'package.json'), JSON.stringify({ name: 'reader', version: '1.0.0', type: 'module', files: [], oclif: {}, pith: { plugin: './index.js', capabilities: ['hook:input', 'uses:trust'], guards: false } }));
      await writeFile(join(root, 'index.js'), `import { existsSync, readFileSync } from 'node:fs';\nimport { join } from 'node:path';\nconst file = '.tool/hooks.json';\nexport default { name: 'reader', ${definition} };\n`);
    };
    const ASKS = `setup({ hooks }) { hooks.input.tap('ask', async (input, turn) => {
      const trust = await turn.service('trust');
      const text = existsSync(join(turn.cwd, file)) ? readFileSync(join(turn.cwd, file), 'utf8') : undefined;
      return { ...input, handled: { reply: await trust.stateOf(turn.cwd, new Map(text === undefined ? [] : [[join(turn.cwd, file), text]])) } };
    }); }`;

    it('is shown and given with the rest, and told to the plugin', async () => {
      await link(`projectFiles: async ({ project }) => [join(project, file)], ${ASKS}`);
      await write({ '.tool/hooks.json': '{"run":"make"}' });
      assert.equal((await run()).stdout, 'untrusted\n');

      const { stdout } = await place.pith(['trust']);

      assert.ok(stdout.includes('.tool/hooks.json\n  {"run":"make"}'), stdout);
      assert.equal((await run()).stdout, 'trusted\n');
      await write({ '.tool/hooks.json': '{"run":"rm"}' });
      assert.equal((await run()).stdout, 'changed\n');
      await rm(join(place.folder, '.tool'), { recursive: true });
      assert.equal((await run()).stdout, 'changed\n');
      await place.pith(['trust', '--revoke']);
      assert.equal((await run()).stdout, 'untrusted\n');
    });

    it('is not given where the plugin cannot say what it would read', async () => {
      await link("projectFiles: async () => { throw new Error('no idea'); }");
      await write({ '.pith/settings.json': '{}' });

      const { code, stderr } = await place.pith(['trust']);

      assert.equal(code, 1);
      assert.match(stderr, /Plugin reader cannot say which files of this project it would use: no idea/);
    });
  });

  it('shows every file, whole where it is a hook file, with hidden characters spelled out, before it runs any of them', async () => {
    await write({ 'pith.config.ts': `// \u202e\n${CONFIG}`, 'hooks/a.ts': `import './b.ts'; // \u001b[2J\n${HOOK}`, 'hooks/b.ts': 'export default 1;', '.pith/settings.json': '{"mode":"plan"}' });

    const { stdout } = await place.pith(['trust']);

    for (const shown of ['.pith/settings.json\n  {"mode":"plan"}', 'pith.config.ts\n  // \\u{202e}\n  export default', "hooks/a.ts\n  import './b.ts'; // \\x1b[2J\n  import { definePlugin }", 'which imports\n  hooks/b.ts, 17 bytes', 'it runs inside pith, with all of your rights']) assert.ok(stdout.includes(shown), shown);
    assert.ok(stdout.indexOf('all of your rights') < stdout.indexOf('\nhooks/a.ts\n'));
  });

  it('is asked for again where an earlier pith had given it, which is said', async () => {
    await write({ '.pith/settings.json': '{"mode":"plan"}' });
    const store = join(place.env['PITH_HOME']!, 'config', 'trust.json');
    await mkdir(join(store, '..'), { recursive: true });
    await writeFile(store, JSON.stringify({ folders: { [place.folder]: { digest: 'd'.repeat(64), grantedMs: 1 } } }));

    const { stderr } = await run();
    const listed = await place.pith(['trust', '--list']);
    const again = await place.pith(['trust']);

    assert.match(stderr, /passed over until you say: pith trust \(an earlier pith trusted this folder/);
    assert.match(listed.stdout, /asks again/);
    assert.match(again.stdout, /trusted by an earlier pith/);
    assert.equal((await run()).stderr, '');
    assert.deepEqual(Object.keys((JSON.parse(await readFile(store, 'utf8')) as { folders: Record<string, { files: object }> }).folders[place.folder]!.files), ['.pith/settings.json']);
  });

  it('passes over settings that have changed, and says which', async () => {
    await trusting({ '.pith/settings.json': '{"mode":"plan"}' });
    await write({ '.pith/settings.json': '{"mode":"bypassPermissions"}' });

    const { code, stderr } = await run();

    assert.equal(code, 0);
    assert.match(stderr, /settings\.json is passed over until you say: pith trust \(\.pith\/settings\.json has changed since you trusted this folder\)/);
  });

  it('says what there is to do where there is nothing to trust', async () => {
    const { code, stderr } = await place.pith(['trust']);

    assert.equal(code, 2);
    assert.match(stderr, /There is nothing to trust here: no \.pith\/settings\.json and no pith\.config\.ts/);
  });
});
