import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'mocha';
import { checkExamples } from '../../src/host/hook-files/check-examples.ts';
import { createPlace, type Place } from '../support/pith.ts';

/** A hook file with one permission tap. */
const hookFile = (name: string, examples: string, judge: string): string => `import { definePlugin, deny, type PreparedCall } from '@pith/kernel';

export default definePlugin({
  name: '${name}',
  setup({ hooks, env }) {
    hooks.permission.tap({ name: 'rule', examples: ${examples} }, (call: PreparedCall) => { ${judge} });
  },
});
`;
const PUSH = "{ call: { name: 'bash', input: { command: 'git push' } }, expect: 'deny' }";
const READ = "{ call: { name: 'read', input: { path: 'a' } }, expect: 'none' }";
const good = hookFile('guard', `[${PUSH}, ${READ}]`, "return call.targets.some(({ command }) => command === 'git push') ? deny('no pushing') : undefined;");
const failing = hookFile('guard', `[${PUSH}, ${READ}]`, 'return undefined;');
const looping = hookFile('loop', `[${READ}, ${PUSH}]`, "if (call.name === 'bash') for (;;); return undefined;");

describe('pith hooks test', () => {
  let place: Place;
  beforeEach(async () => { place = await createPlace(); });
  afterEach(() => place.remove());

  it('runs the examples of a hook file where nothing is installed, and ends with 0 when all pass', async () => {
    await place.write('hooks/guard.ts', good);

    const { code, stdout, stderr } = await place.pith(['hooks', 'test', 'hooks/guard.ts']);

    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.equal(stdout, 'hooks/guard.ts (guard)\n  ✔ permission rule: bash {"command":"git push"}\n  ✔ permission rule: read {"path":"a"}\n2 examples, 0 failed\n');
  });

  it('ends with 1 and shows what was expected and what came when an example fails', async () => {
    await place.write('hooks/guard.ts', failing);

    const { code, stdout } = await place.pith(['hooks', 'test', 'hooks/guard.ts']);

    assert.equal(code, 1);
    assert.match(stdout, /✘ permission rule: bash {"command":"git push"}\n {6}expected deny\n {6}got {6}none\n {2}✔ permission rule: read/);
    assert.match(stdout, /\n2 examples, 1 failed\n$/);
  });

  it('stops a tap that loops without end, names it, and goes on with the next file', async () => {
    await place.write('hooks/a-loop.ts', looping);
    await place.write('hooks/guard.js', good.replace(', type PreparedCall', '').replace(': PreparedCall', ''));

    const { code, stdout } = await place.pith(['hooks', 'test', 'hooks/a-loop.ts', 'hooks/guard.js', '--timeout', '3', '--json']);

    const { passed, failed, files } = JSON.parse(stdout) as { passed: number; failed: number; files: { results: { tap: string; number: number; got: string }[] }[] };
    assert.deepEqual({ code, passed, failed }, { code: 1, passed: 3, failed: 1 });
    assert.deepEqual(files[0]!.results.map(({ tap, number, got }) => `${tap} ${number} ${got}`), ['rule 1 none', 'rule 2 never ended: it was stopped after 3 s; the examples after it were not run']);
  });

  it('ends with 2 and says why when a file cannot be loaded, is not there, or never ends loading', async () => {
    await place.write('broken.ts', 'export default {{');
    await place.write('forever.ts', 'for (;;);');

    const { code, stdout } = await place.pith(['hooks', 'test', 'broken.ts', 'gone.ts', 'forever.ts', '--timeout', '3']);

    assert.equal(code, 2);
    assert.match(stdout, /broken\.ts\n {2}✘ broken\.ts:1: Unexpected token/);
    assert.match(stdout, /gone\.ts\n {2}✘ .*gone\.ts cannot be read: ENOENT/);
    assert.match(stdout, /forever\.ts\n {2}✘ .*never ended: it was stopped after 3 s while it was loaded/);
    assert.match(stdout, /3 files could not be loaded\n$/);
  });

  it('says of a process that an example ends which one it was', async () => {
    await place.write('kill.ts', hookFile('kill', `[${PUSH}]`, "process.kill(process.pid, 'SIGKILL'); return undefined;"));

    const { code, stdout } = await place.pith(['hooks', 'test', 'kill.ts']);

    assert.equal(code, 1);
    assert.match(stdout, /got {6}ended the process \(SIGKILL\)/);
  });

  it('takes what a call touches from the tool itself, and gives the settings of the plugin', async () => {
    await place.write('home.ts', `import { ask, definePlugin } from '@pith/kernel';
export default definePlugin({ name: 'home', setup({ hooks, options }) {
  hooks.permission.tap({ name: 'rule', examples: [{ call: { name: 'write', input: { path: 'a.txt', content: '' } }, expect: { verdict: 'ask', reason: /^write Edit \\/.*a\\.txt blue$/ } }] },
    (call) => ask(\`\${call.effect} \${call.targets[0]?.family} \${call.targets[0]?.path} \${(options as { colour?: string }).colour}\`));
} });
`);
    await place.write('../home/pith/config/settings.json', JSON.stringify({ plugins: { home: { colour: 'blue' } } }));

    const { code, stdout } = await place.pith(['hooks', 'test', 'home.ts']);

    assert.equal(code, 0, stdout);
  });

  it('gives the code nothing of the environment it was started in', async () => {
    await place.write('env.ts', hookFile('env', "[{ call: { name: 'bash', input: { command: 'x' } }, expect: 'none' }]", "return process.env['TOKEN'] === undefined && env['TOKEN'] === undefined && process.env['PITH_HOME'] === undefined ? undefined : deny('seen');"));

    const { code, stdout } = await place.pith(['hooks', 'test', 'env.ts'], { env: { TOKEN: 'x' } });

    assert.equal(code, 0, stdout);
  });

  it('tests an installed plugin by its name, and knows the nearest names', async () => {
    const { code, stdout } = await place.pith(['hooks', 'test', '--plugin', 'permissions']);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /\(permissions\)\n {2}None of its \d+ taps carries examples\./);

    const unknown = await place.pith(['hooks', 'test', '--plugin', 'permision']);
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /No plugin permision is installed\.\nDid you mean permissions/);
  });

  it('ends with what it had started when it is interrupted', async () => {
    await place.write('loop.ts', hookFile('loop', `[${PUSH}]`, "console.error('here', process.pid); for (;;);"));
    const child = place.start(['hooks', 'test', 'loop.ts']);
    const [text] = await once(child.stderr!.setEncoding('utf8'), 'data') as [string];

    child.kill('SIGINT');

    assert.deepEqual(await once(child, 'close'), [130, null]);
    assert.throws(() => process.kill(Number(/here (\d+)/.exec(text)![1]), 0), { code: 'ESRCH' });
  });

  it('passes the hook that the README shows', async () => {
    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
    await place.write('hooks/protect-main.ts', /```ts\n([^`]*name: 'protect-main'[^`]*)```/.exec(readme)![1]!);

    const { code, stdout } = await place.pith(['hooks', 'test', 'hooks/protect-main.ts']);

    assert.equal(code, 0, stdout);
    assert.match(stdout, /2 examples, 0 failed/);
  });

  it('runs those of all hook files in force when none is named: a person’s own, and the project’s once it is trusted', async () => {
    await place.write('hooks/guard.ts', good);
    await place.write('pith.config.ts', "export default { hooks: ['./hooks/guard.ts'] };\n");
    await place.write('../home/pith/config/own.ts', hookFile('own', `[${READ}]`, 'return undefined;'));
    await place.write('../home/pith/config/pith.config.ts', "export default { hooks: ['./own.ts'] };\n");

    assert.match((await place.pith(['hooks', 'test'])).stdout, /own\.ts \(own\)\n[^]*\n1 example, 0 failed\n$/);
    assert.equal((await place.pith(['trust', '--yes'])).code, 0);
    const { code, stdout } = await place.pith(['hooks', 'test']);

    assert.equal(code, 0, stdout);
    assert.match(stdout, /own\.ts \(own\)\n[^]*hooks\/guard\.ts \(guard\)\n[^]*\n3 examples, 0 failed\n$/);
  });

  it('runs nothing of a project that is not trusted, or has changed since', async () => {
    await place.write('pith.config.ts', "export default { hooks: ['./guard.ts'] };\n");
    await place.write('guard.ts', `import { writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(join(place.folder, 'ran'))}, '');\n${good}`);

    const untrusted = await place.pith(['hooks', 'test']);
    assert.deepEqual([untrusted.code, /this folder is not trusted/.test(untrusted.stderr)], [2, true]);
    await assert.rejects(readFile(join(place.folder, 'ran')));

    await place.pith(['trust', '--yes']);
    await place.write('guard.ts', good);
    const changed = await place.pith(['hooks', 'test', '--json']);
    assert.deepEqual([changed.code, (JSON.parse(changed.stdout) as { error: { code: string } }).error.code], [2, 'TRUST_CHANGED']);
  });

  it('says why where the config of a person’s own hook files cannot be read', async () => {
    await place.write('../home/pith/config/pith.config.ts', 'export default { hook: [] };\n');

    const { code, stdout } = await place.pith(['hooks', 'test']);

    assert.equal(code, 2);
    assert.match(stdout, /there is no key "hook"/);
  });

  it('says what to type when nothing is named', async () => {
    const { code, stdout } = await place.pith(['hooks', 'test', '--json']);

    assert.equal(code, 2);
    assert.equal((JSON.parse(stdout) as { error: { code: string } }).error.code, 'HOOK_FILES_NONE');
  });
});

describe('pith trust', () => {
  let place: Place;
  beforeEach(async () => {
    place = await createPlace();
    await place.write('pith.config.ts', "export default { hooks: ['./hooks/guard.ts'] };\n");
  });
  afterEach(() => place.remove());

  it('does not let a hook file take effect whose examples fail', async () => {
    await place.write('hooks/guard.ts', failing);

    const { code, stderr } = await place.pith(['trust', '--yes']);

    assert.equal(code, 1);
    assert.match(stderr, /^pith: Nothing was trusted: 1 of 2 examples of .*guard\.ts failed\..* expected deny, got none\.\n/);
    assert.deepEqual(JSON.parse((await place.pith(['trust', '--list', '--json'])).stdout), { trusted: [] });
  });

  it('lets one take effect whose examples pass, with the settings of the project', async () => {
    await place.write('.pith/settings.json', JSON.stringify({ plugins: { guard: { word: 'push' } } }));
    await place.write('hooks/guard.ts', good.replace('setup({ hooks, env }) {', "setup({ hooks, options }) { if ((options as { word?: string }).word !== 'push') throw new Error('no word');"));

    const { code, stderr } = await place.pith(['trust', '--yes']);

    assert.equal(code, 0, stderr);
  });
});

describe('checkExamples', () => {
  let place: Place;
  beforeEach(async () => { place = await createPlace(); });
  afterEach(() => place.remove());

  it('finds nothing to say of a file whose examples pass, or that has none', async () => {
    assert.equal(await checkExamples(await place.write('a.ts', good)), undefined);
    assert.equal(await checkExamples(await place.write('b.ts', hookFile('b', '[]', 'return undefined;'))), undefined);
  });

  it('names the first example that fails, in a package with a manifest, too', async () => {
    await place.write('package/package.json', JSON.stringify({ name: 'guard', version: '1.0.0', type: 'module', pith: { plugin: './index.js', kernel: '*', capabilities: ['hook:permission'] } }));
    await place.write('package/index.js', failing.replace(', type PreparedCall', '').replace(': PreparedCall', ''));

    const problem = await checkExamples(join(place.folder, 'package'));

    assert.equal(problem?.code, 'EXAMPLES_FAILED');
    assert.match(problem.message, /^1 of 2 examples of .*package failed\. The first is of the permission tap rule: bash {"command":"git push"}: expected deny, got none$/);
  });

  it('reports a loop, and leaves neither process nor folder behind', async () => {
    const file = await place.write('a.ts', looping);
    const { TMPDIR } = process.env;
    process.env['TMPDIR'] = join(place.folder, 'temporary');
    await mkdir(process.env['TMPDIR']);
    try {
      const problem = await checkExamples(file, { limitMs: 3000 });

      assert.match(problem!.message, /got never ended: it was stopped after 3 s/);
      assert.deepEqual(await readdir(process.env['TMPDIR']), []);
    } finally {
      if (TMPDIR === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = TMPDIR;
    }
  });

  it('reports what the manifest does not declare, and what does not load', async () => {
    await place.write('package/package.json', JSON.stringify({ name: 'guard', version: '1.0.0', type: 'module', pith: { plugin: './index.js', capabilities: [] } }));
    await place.write('package/index.js', good.replace(', type PreparedCall', '').replace(': PreparedCall', ''));

    assert.equal((await checkExamples(join(place.folder, 'package')))?.code, 'CAPABILITY_MISSING');
    assert.equal((await checkExamples(await place.write('c.ts', 'throw new Error("no")')))?.code, 'HOOK_FILE_INVALID');
  });

  it('is not stopped by settings that are still to come', async () => {
    await place.write('d.ts', `import { definePlugin } from '@pith/kernel';
const options = { '~standard': { version: 1 as const, vendor: 'own', validate: (): { issues: { message: string }[] } => ({ issues: [{ message: 'url is missing' }] }) } };
export default definePlugin({ name: 'd', options });
`);

    assert.equal(await checkExamples(join(place.folder, 'd.ts')), undefined);
  });

  it('ends with the signal that it is given', async () => {
    const stop = new AbortController();
    const checking = checkExamples(await place.write('a.ts', looping), { signal: stop.signal });
    stop.abort(new Error('enough'));

    await assert.rejects(checking, /enough/);
  });
});
