import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, lstat, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach } from 'mocha';
import { addToConfig } from '../../src/host/create/hook-list.ts';
import { bin, conversation, createPlace, type Place } from '../support/pith.ts';

const run = promisify(execFile);

describe('pith hooks create', () => {
  let place: Place;
  beforeEach(async () => { place = await createPlace(); });
  afterEach(() => place.remove());
  const read = (file: string): Promise<string> => readFile(join(place.folder, file), 'utf8');

  it('makes a hook file whose examples pass at once, names it in pith.config.ts, and says what comes next', async () => {
    const { code, stdout, stderr } = await place.pith(['hooks', 'create', 'protect-main']);

    assert.equal(code, 0, stderr);
    assert.equal(await read('pith.config.ts'), "import { defineConfig } from '@pith/kernel';\n\nexport default defineConfig({ hooks: ['./hooks/protect-main.ts'] });\n");
    assert.match(stdout, /Next:\n {2}pith hooks test hooks\/protect-main\.ts\n {2}pith trust\n$/);
    const tested = await place.pith(['hooks', 'test', 'hooks/protect-main.ts', '--json']);
    const { passed, failed } = JSON.parse(tested.stdout) as { passed: number; failed: number };
    assert.deepEqual({ passed, failed }, { passed: 2, failed: 0 });
  });

  it('lets an editor know @pith/kernel, where nothing is installed', async () => {
    const { stdout } = await place.pith(['hooks', 'create', 'rule']);

    assert.match(stdout, /\.pith\/types and tsconfig\.json let an editor know @pith\/kernel/);
    const checked = await run(process.execPath, [fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url)), '-p', place.folder], { cwd: place.folder }).catch((error: { stdout: string }) => error);
    assert.equal(checked.stdout, '');
  });

  it('makes a hook that takes effect once the folder is trusted', async () => {
    await place.pith(['hooks', 'create', 'rule']);
    await place.pith(['trust', '--yes']);
    await place.write('c.json', conversation({ calls: [{ tool: 'bash', input: { command: 'git push origin main' } }] }, { text: 'Refused.' }));

    const { stdout } = await place.pith(['run', '--model', 'c.json', '--allow', 'Bash(git push:*)', '--json', 'push']);

    assert.deepEqual((JSON.parse(stdout) as { refusals: { by: string }[] }).refusals.map(({ by }) => by), ['rule']);
  });

  it('adds a second one to the list that is there', async () => {
    await place.pith(['hooks', 'create', 'one']);

    const { code } = await place.pith(['hooks', 'create', 'two']);

    assert.equal(code, 0);
    assert.match(await read('pith.config.ts'), /hooks: \['\.\/hooks\/one\.ts', '\.\/hooks\/two\.ts'\]/);
  });

  it('leaves a config alone that it cannot change safely, and says which line to add', async () => {
    const text = "const hooks = readTeamHooks();\nexport default { hooks };\n";
    await place.write('pith.config.js', text);

    const { code, stdout } = await place.pith(['hooks', 'create', 'rule']);

    assert.equal(code, 0);
    assert.match(stdout, /pith\.config\.js could not be changed safely; add '\.\/hooks\/rule\.ts' to the list of its hooks/);
    assert.equal(await read('pith.config.js'), text);
  });

  it('keeps the mode of the config, and the link that leads to it', async () => {
    const shared = await place.write('shared/config.ts', 'export default { hooks: [] };\n');
    await chmod(shared, 0o640);
    await symlink(shared, join(place.folder, 'pith.config.ts'));

    await place.pith(['hooks', 'create', 'rule']);

    assert.ok((await lstat(join(place.folder, 'pith.config.ts'))).isSymbolicLink());
    assert.equal((await lstat(shared)).mode & 0o777, 0o640);
    assert.equal(await read('shared/config.ts'), "export default { hooks: ['./hooks/rule.ts'] };\n");
  });

  it('writes over nothing', async () => {
    await place.write('hooks/rule.ts', 'mine');

    const { code, stderr } = await place.pith(['hooks', 'create', 'rule']);

    assert.equal(code, 2);
    assert.match(stderr, /hooks\/rule\.ts is there already, so nothing was written\.\nChoose another name/);
    assert.equal(await read('hooks/rule.ts'), 'mine');
    await assert.rejects(read('pith.config.ts'));
  });

  for (const name of ['My Hook', '../up', 'a/b', '-x', 'tools', 'run', 'Ünicode', 'a'.repeat(61), 'a--b']) {
    it(`refuses the name ${JSON.stringify(name)} with what is allowed`, async () => {
      const { code, stdout } = await place.pith(['hooks', 'create', '--json', '--', name]);

      const { error } = JSON.parse(stdout) as { error: { code: string; hint: string } };
      assert.deepEqual([code, error.code], [2, 'NAME_INVALID']);
      assert.match(error.hint, /Allowed are small letters|Choose another one/);
    });
  }
});

describe('addToConfig', () => {
  for (const [text, expected] of [
    ["export default { hooks: [] };", "export default { hooks: ['./x.ts'] };"],
    ["export default { hooks: [ ] };", "export default { hooks: ['./x.ts'] };"],
    ['export default { hooks: ["./a.ts"] };', 'export default { hooks: ["./a.ts", "./x.ts"] };'],
    ["export default {\n  hooks: [\n    './a.ts',\n    './b.ts',\n  ],\n};\n", "export default {\n  hooks: [\n    './a.ts',\n    './b.ts',\n    './x.ts',\n  ],\n};\n"],
    ["export default { hooks: ['./a.ts'\n] };", "export default { hooks: ['./a.ts', './x.ts'\n] };"],
  ] as const) {
    it(`adds to ${JSON.stringify(text)}`, () => assert.equal(addToConfig(text, './x.ts'), expected));
  }

  for (const text of [
    'export default { hooks };', 'export default {};', '', "export default { hooks: [...shared, './a.ts'] };", "export default { hooks: [a, './b.ts'] };", "// hooks: ['./a.ts']\nexport default make();",
    "/* hooks: [] */ export default make();", "const old = { hooks: [] };\nexport default { hooks: ['./a.ts'] };", "export default { hooks: ['./a.ts', // why\n './b.ts'] };", "export default { hooks: [`./a.ts`] };",
    "export default { hooks: [process.env.CI ? './a.ts' : './b.ts'] };",
  ]) {
    it(`leaves ${JSON.stringify(text)} to a person`, () => assert.equal(addToConfig(text, './x.ts'), undefined));
  }
});

describe('pith plugins create', () => {
  let place: Place;
  beforeEach(async () => {
    place = await createPlace();
    const folder = join(dirname(place.folder), 'bin');
    await mkdir(folder);
    await writeFile(join(folder, 'pith'), `#!/bin/sh\nexec '${process.execPath}' '${bin}' "$@"\n`, { mode: 0o755 });
    place.env['PATH'] = `${folder}:${place.env['PATH']}`;
  });
  afterEach(() => place.remove());

  it('makes a package whose npm test passes at once, with nothing installed', async () => {
    const { code, stderr } = await place.pith(['plugins', 'create', 'no-force']);
    assert.equal(code, 0, stderr);

    const { stdout } = await run('npm', ['test'], { cwd: join(place.folder, 'no-force'), env: place.env });

    assert.match(stdout, /pass 2\n/);
    assert.match(stdout, /3 examples, 0 failed\n/);
  });

  it('makes a package that pith loads: its guard refuses, its command answers', async () => {
    await place.pith(['plugins', 'create', '@acme/no-force', '--dir', 'packages/guard']);
    // What oclif keeps of a linked plugin.
    const root = join(place.folder, 'packages', 'guard');
    await place.write('../home/pith/data/package.json', JSON.stringify({ private: true, oclif: { schema: 1, plugins: [{ name: '@acme/no-force', root, type: 'link' }] }, dependencies: {} }));

    const checked = await place.pith(['no-force', 'check', 'git push --force']);
    assert.deepEqual([checked.code, checked.stdout, checked.stderr], [0, 'Refused: a forced push overwrites the work of others; use --force-with-lease.\n', '']);

    await place.write('c.json', conversation({ calls: [{ tool: 'bash', input: { command: 'git push -f' } }] }, { expect: { last: 'force-with-lease' }, text: 'Refused.' }));
    const ran = await place.pith(['run', '--model', 'c.json', '--allow', 'Bash(git push:*)', '--json', 'push it']);
    const { status, refusals } = JSON.parse(ran.stdout) as { status: string; refusals: { by: string }[] };
    assert.deepEqual([status, refusals[0]?.by], ['refused', 'no-force'], ran.stderr);
  });

  it('packs what is needed and nothing more, with a manifest of its commands in its version', async () => {
    await place.pith(['plugins', 'create', 'no-force']);

    const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: join(place.folder, 'no-force'), env: place.env });

    const [packed] = JSON.parse(stdout) as { version: string; files: { path: string }[] }[];
    assert.deepEqual(packed!.files.map(({ path }) => path).sort(), ['README.md', 'oclif.manifest.json', 'package.json', 'src/commands/no-force/check.js', 'src/index.js', 'src/policy.js']);
    const manifest = JSON.parse(await readFile(join(place.folder, 'no-force', 'oclif.manifest.json'), 'utf8')) as { version: string; commands: object };
    assert.deepEqual([manifest.version, Object.keys(manifest.commands)], [packed!.version, ['no-force:check']]);
  });

  it('writes over nothing, not a single file', async () => {
    await place.write('no-force/README.md', 'mine');

    const { code, stdout } = await place.pith(['plugins', 'create', 'no-force', '--json']);

    assert.deepEqual([code, (JSON.parse(stdout) as { error: { code: string } }).error.code], [2, 'FILE_EXISTS']);
    assert.equal(await readFile(join(place.folder, 'no-force', 'README.md'), 'utf8'), 'mine');
    await assert.rejects(readFile(join(place.folder, 'no-force', 'package.json')));
  });

  it('refuses names of plugins that pith has', async () => {
    for (const name of ['permissions', '@acme/tools', '@Acme/x', '@acme/']) assert.equal((await place.pith(['plugins', 'create', name])).code, 2, name);
  });
});
