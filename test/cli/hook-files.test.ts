import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach } from 'mocha';
import { createPlace, type Place, readmeFiles } from '../support/pith.ts';

/** A hook file that answers every input itself, so that a reply shows what ran. */
const says = (text: string, name = 'speaker'): string => `import { definePlugin, type PluginDefinition } from '@pith/kernel';
const text: string = ${JSON.stringify(text)};
export default definePlugin({ name: '${name}', setup({ hooks }) { hooks.input.tap('say', (input) => ({ ...input, handled: { reply: text } })); } }) satisfies PluginDefinition;
`;
const names = (...hooks: string[]): string => `import { defineConfig } from '@pith/kernel';\nexport default defineConfig({ hooks: ${JSON.stringify(hooks)} });\n`;

describe('hook files', () => {
  let place: Place;
  beforeEach(async () => { place = await createPlace({ isWarm: true }); });
  const started: ChildProcess[] = [];
  afterEach(async () => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
    await place.remove();
  });

  const userFile = async (file: string, text: string): Promise<string> => {
    const path = join(place.env['PITH_HOME']!, 'config', file);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, text);
    return path;
  };
  const trusted = async (files: Record<string, string>): Promise<void> => {
    for (const [file, text] of Object.entries(files)) await place.write(file, text);
    const { code, stderr } = await place.pith(['trust']);
    assert.equal(code, 0, stderr);
  };
  const run = (...args: string[]) => place.pith(['run', 'hi', ...args]);

  describe('of a project that is trusted', () => {
    it('run, from any folder below it', async () => {
      await trusted({ 'pith.config.ts': names('./hooks/speaker.ts'), 'hooks/speaker.ts': says('from the hook') });
      await mkdir(join(place.folder, 'src', 'deep'), { recursive: true });

      assert.equal((await run()).stdout, 'from the hook\n');
      assert.equal((await place.pith(['run', 'hi'], { cwd: join(place.folder, 'src', 'deep') })).stdout, 'from the hook\n');
    });

    for (const [config, hook, text] of [
      ['pith.config.mts', 'hooks/a.mts', says('mts')],
      ['pith.config.js', 'hooks/a.js', `import { definePlugin } from '@pith/kernel';\nexport default definePlugin({ name: 'speaker', setup({ hooks }) { hooks.input.tap('say', (input) => ({ ...input, handled: { reply: 'js' } })); } });\n`],
      ['pith.config.mjs', 'hooks/a.cjs', `const { definePlugin } = require('@pith/kernel');\nmodule.exports = definePlugin({ name: 'speaker', setup({ hooks }) { hooks.input.tap('say', (input) => ({ ...input, handled: { reply: 'cjs' } })); } });\n`],
    ] as const) {
      it(`run as ${config} with ${hook}, whatever package.json says of its kind, without a warning`, async () => {
        await trusted({ 'package.json': '{"name":"x"}', [config]: names(`./${hook}`), [hook]: text });

        const { stdout, stderr } = await run();

        assert.deepEqual([stdout, stderr], [`${hook.split('.')[1]}\n`, '']);
      });
    }

    it('take their options from the settings', async () => {
      await trusted({
        '.pith/settings.json': '{"plugins":{"speaker":{"text":"as set"}}}', 'pith.config.ts': names('./a.ts'),
        'a.ts': `import { definePlugin } from '@pith/kernel';\nexport default definePlugin({ name: 'speaker', setup({ hooks, options }) { hooks.input.tap('say', (input) => ({ ...input, handled: { reply: (options as { text: string }).text } })); } });\n`,
      });

      assert.equal((await run()).stdout, 'as set\n');
    });

    it('refuse a call, and are named for it', async () => {
      await trusted({ 'pith.config.ts': names('./no.ts'), 'no.ts': `import { definePlugin, deny } from '@pith/kernel';\nexport default definePlugin({ name: 'release-guard', setup({ hooks }) { hooks.permission.tap('g', (call) => (call.name === 'bash' ? deny('releases are frozen') : undefined)); } });\n` });

      const { code, stderr, stdout } = await place.pith(['tools', 'call', 'bash', '--input', '{"command":"echo ran"}', '--mode', 'bypassPermissions']);

      assert.equal(code, 3);
      assert.match(stderr, /release-guard: releases are frozen/);
      assert.equal(stdout, '');
    });

    it('import packages of the project, JSON and scripts', async () => {
      await trusted({
        'node_modules/words/package.json': '{"name":"words","exports":{"import":"./i.mjs","require":"./r.cjs"}}', 'node_modules/words/i.mjs': 'export { default } from "./deep.mjs";', 'node_modules/words/deep.mjs': 'export default "package";',
        'a.json': '"json"', 'b.cjs': 'module.exports = require("./c.js");', 'c.js': 'const text = `\nimport nothing;\n`;\nvoid text;\nmodule.exports = "script";', 'package.json': '{"name":"x"}', 'later.ts': 'export default "later" as string;',
        'pith.config.ts': names('./a.ts'),
        'a.ts': `import { definePlugin } from '@pith/kernel';\nimport words from 'words';\nimport json from './a.json' with { type: 'json' };\nimport script from './b.cjs';
export default definePlugin({ name: 'speaker', setup({ hooks }) { hooks.input.tap('say', async (input) => ({ ...input, handled: { reply: [words, json, script, (await import('./later.ts')).default].join(' ') } })); } });\n`,
      });

      const { stdout, stderr } = await run();

      assert.deepEqual([stdout, stderr], ['package json script later\n', '']);
    });
  });

  describe('of a person', () => {
    it('need no trust, and run in every folder', async () => {
      await userFile('pith.config.ts', names('./mine.ts'));
      await userFile('mine.ts', says('mine'));

      assert.equal((await run()).stdout, 'mine\n');
    });

    it('are taken into use when their examples pass, which are run once for each content, and not when one fails', async () => {
      const marks = join(place.folder, 'marks.txt');
      const guard = (expect: string): string => `import { appendFileSync } from 'node:fs';
        import { definePlugin, deny } from '@pith/kernel';
        export default definePlugin({ name: 'mine', setup({ hooks }) {
          hooks.permission.tap({ name: 'no', examples: [{ call: { name: 'bash', input: { command: 'rm x' } }, expect: '${expect}' }] }, () => { appendFileSync(${JSON.stringify(marks)}, 'x'); return deny('no'); });
        } });`;
      await userFile('pith.config.ts', names('./mine.ts'));
      await userFile('mine.ts', guard('allow'));

      const failed = await run();
      assert.equal(failed.code, 1);
      assert.match(failed.stderr, /1 of 1 example of .*mine\.ts failed.*expected allow, got .*deny/s);

      await userFile('mine.ts', guard('deny'));
      assert.equal((await run()).code, 0);
      const count = (await readFile(marks, 'utf8')).length;
      assert.equal((await run()).code, 0);
      assert.equal((await readFile(marks, 'utf8')).length, count);
    });

    it('are no project, also where pith works in that folder', async () => {
      const config = await userFile('pith.config.ts', names('./mine.ts'));
      await userFile('mine.ts', says('mine'));

      const { stdout, stderr } = await place.pith(['run', 'hi'], { cwd: join(config, '..') });

      assert.deepEqual([stdout, stderr], ['mine\n', '']);
    });
  });

  describe('that cannot be run stop every turn', () => {
    for (const [title, files, said] of [
      ['a syntax error, with file and line', { 'a.ts': 'const a: number = 1;\n\nconst = 2;\n' }, /a\.ts:3: /],
      ['a syntax error in what is imported', { 'a.ts': "import './b.js';\n", 'b.js': 'export const a = 1;\nexport const = 2;\n' }, /b\.js:2: /],
      ['TypeScript that cannot be erased', { 'a.ts': 'export default {};\nenum Color { red }\n' }, /a\.ts:2: TypeScript enum is not supported[^]*union or an object in place of an enum/],
      ['a throw at the top level', { 'a.ts': "export default {};\n\nthrow new Error('no luck');\n" }, /a\.ts:3: no luck/],
      ['a process.exit at the top level', { 'a.ts': 'export default {};\nprocess.exit(0);\n' }, /process\.exit was called inside a plugin/],
      ['a package that is not there', { 'a.ts': "import 'no-such-package';\nexport default {};\n" }, /Cannot find package 'no-such-package'/],
      ['an import of what Node does not load', { 'a.ts': "import './words.txt';\nexport default {};\n", 'words.txt': 'hello' }, /words\.txt is of a kind that Node does not load/],
      ['no plugin as its default export', { 'a.ts': 'export const a = 1;\n' }, /a\.ts has no valid name; found nothing|a\.ts has no definition/],
      ['a path that leads nowhere', {}, /pith\.config\.ts: the hook file "\.\/a\.ts" is not there[^]*Mend the path/],
    ] as const) {
      it(title, async () => {
        await userFile('pith.config.ts', names('./a.ts'));
        for (const [file, text] of Object.entries(files)) await userFile(file, text);

        const { code, stdout, stderr } = await run();

        assert.match(stderr, said);
        assert.match(stderr, /no turn runs/);
        assert.equal(stdout, '');
        assert.notEqual(code, 0);
      });
    }

    for (const [title, config, said] of [
      ['a misspelt key', 'export default { hook: [] };', /pith\.config\.ts: there is no key "hook"[^]*Did you mean hooks\?/],
      ['hooks that are no list', "export default { hooks: './a.ts' };", /hooks is "\.\/a\.ts"; allowed is a list of paths/],
      ['a hook that is no path of a script', "export default { hooks: ['a.py'] };", /hooks\[0\] is "a\.py"; allowed is the path of a \.ts or \.js file/],
      ['a hook that is named twice', "export default { hooks: ['./a.ts', './a.ts'] };", /names "\.\/a\.ts" twice/],
      ['no default export', 'export const hooks = [];', /the default export is nothing[^]*export default defineConfig/],
      ['a process.exit', 'process.exit(0);', /process\.exit was called inside a plugin/],
    ] as const) {
      it(`a config with ${title}, with exit 2 where it is a mistake of form`, async () => {
        await userFile('pith.config.ts', config);

        const { code, stderr } = await run();

        assert.match(stderr, said);
        assert.equal(code, title === 'a process.exit' ? 1 : 2);
      });
    }
  });

  describe('in a conversation', () => {
    /** A conversation with a pith process; `say` answers when its turn has ended. */
    function converse() {
      const child = place.start(['run', '--input', 'stream-json', '--output', 'stream-json'], { stdin: 'open' });
      started.push(child);
      const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
      const say = async (text: string): Promise<{ reply: unknown; notices: string[] }> => {
        child.stdin!.write(`${JSON.stringify({ type: 'user', text })}\n`);
        const notices: string[] = [];
        for (;;) {
          const { value, done } = await lines.next();
          assert.ok(!done, 'the conversation ended');
          const event = JSON.parse(value) as { type: string; text?: string; result?: string };
          if (event.type === 'notice') notices.push(event.text!);
          if (event.type === 'turn-end') return { reply: event.result, notices };
        }
      };
      const end = async (): Promise<number | null> => {
        child.stdin!.end();
        return child.exitCode ?? new Promise((resolve) => { child.once('close', resolve); });
      };
      return { say, end };
    }

    it('apply from the next turn after a change, with everything that they import', async () => {
      await userFile('pith.config.ts', names('./a.ts'));
      await userFile('b.cjs', 'module.exports = "one";');
      await userFile('c.ts', 'import text from "./b.cjs"; export default text as string;');
      await userFile('a.ts', "import { definePlugin } from '@pith/kernel';\nimport reply from './c.ts';\nexport default definePlugin({ name: 'speaker', setup({ hooks }) { hooks.input.tap('say', (input) => ({ ...input, handled: { reply } })); } });\n");
      const { say, end } = converse();
      assert.deepEqual(await say('hi'), { reply: 'one', notices: [] });

      await userFile('b.cjs', 'module.exports = "two";');

      assert.deepEqual(await say('hi'), { reply: 'two', notices: [] });
      assert.deepEqual(await say('hi'), { reply: 'two', notices: [] });
      assert.equal(await end(), 0);
    });

    it('stay as they were while the new ones do not compile, which is said once a content', async () => {
      await userFile('pith.config.ts', names('./a.ts'));
      await userFile('a.ts', says('good'));
      const { say, end } = converse();
      assert.equal((await say('hi')).reply, 'good');

      await userFile('a.ts', 'export default {\n');
      const first = await say('hi');
      const second = await say('hi');
      await userFile('a.ts', 'export default {};\n\nconst = 1;\n');
      const third = await say('hi');
      await userFile('a.ts', says('mended'));
      const last = await say('hi');

      assert.deepEqual([first.reply, second.reply, third.reply, last.reply], ['good', 'good', 'good', 'mended']);
      assert.match(first.notices.join(), /^The plugins were not loaded anew, those from before stay: a\.ts:\d: /);
      assert.match(third.notices.join(), /those from before stay: a\.ts:3: /);
      assert.deepEqual([second.notices, last.notices], [[], []]);
      await end();
    });

    it('of a project stay as they were until their new content is trusted', async () => {
      await trusted({ 'pith.config.ts': names('./a.ts'), 'a.ts': says('approved') });
      const { say, end } = converse();
      assert.equal((await say('hi')).reply, 'approved');

      await place.write('a.ts', says('sneaked in'));
      const sneaked = await say('hi');
      const again = await say('hi');
      assert.equal((await place.pith(['trust'])).code, 0);
      const approved = await say('hi');

      assert.deepEqual([sneaked.reply, again.reply, approved.reply], ['approved', 'approved', 'sneaked in']);
      assert.match(sneaked.notices.join(), /those from before stay: a\.ts has changed since this folder was trusted\. .*pith trust/);
      assert.deepEqual([again.notices, approved.notices], [[], []]);
      await end();
    });

    it('of a project go with its trust', async () => {
      await trusted({ 'pith.config.ts': names('./a.ts'), 'a.ts': says('hooked') });
      const { say, end } = converse();
      assert.equal((await say('hi')).reply, 'hooked');

      await place.pith(['trust', '--revoke']);

      assert.match(String((await say('hi')).reply), /offline provider/);
      await end();
    });

    it('whose config is taken away keep guarding, where they were trusted', async () => {
      await trusted({ 'pith.config.ts': names('./a.ts'), 'a.ts': says('guarded') });
      const { say, end } = converse();
      assert.equal((await say('hi')).reply, 'guarded');

      await rename(join(place.folder, 'pith.config.ts'), join(place.folder, 'gone.txt'));

      const { reply, notices } = await say('hi');
      assert.equal(reply, 'guarded');
      assert.match(notices.join(), /pith\.config\.ts is gone since this folder was trusted/);
      await end();
    });
  });

  it('do what the README says', async () => {
    const files = readmeFiles();
    assert.deepEqual(Object.keys(files), ['pith.config.ts', 'hooks/protect.ts']);
    await trusted(files);
    const write = (path: string) => place.pith(['tools', 'call', 'write', '--mode', 'acceptEdits', '--input', JSON.stringify({ path, content: '' })]);

    assert.equal((await write('notes.txt')).code, 0);
    assert.match((await write('yarn.lock')).stderr, /protect: lock files are written by the package manager/);
  });

  it('are protected from tools, and so is the config, in every mode', async () => {
    await trusted({ 'pith.config.ts': names('./hooks/a.ts'), 'hooks/a.ts': says('x') });

    for (const [path, said] of [['hooks/a.ts', /pith\.config names it as a hook file/], ['pith.config.ts', /pith\.config\.ts is protected/], ['pith.config.js', /is protected/], ['.pith/settings.json', /is protected/]] as const) {
      const { code, stderr } = await place.pith(['tools', 'call', 'write', '--mode', 'bypassPermissions', '--input', JSON.stringify({ path, content: '' })]);

      assert.equal(code, 3, path);
      assert.match(stderr, said);
    }
  });

  it('are named by doctor and config, with their state', async () => {
    await place.write('pith.config.ts', names('./a.ts'));
    await place.write('a.ts', says('x'));
    const hooks = async (): Promise<unknown> => (JSON.parse((await place.pith(['config', '--json'])).stdout) as { hooks: unknown }).hooks;
    const config = join(place.folder, 'pith.config.ts');

    assert.deepEqual(await hooks(), [{ config, level: 'project', state: 'untrusted', files: [] }]);
    await place.pith(['trust']);
    assert.deepEqual(await hooks(), [{ config, level: 'project', state: 'trusted', files: ['a.ts'] }]);
    assert.match((await place.pith(['doctor'])).stdout, /✔ hook files: .*pith\.config\.ts, trusted: a\.ts/);
    await place.write('a.ts', says('y'));

    assert.deepEqual(await hooks(), [{ config, level: 'project', state: 'changed', files: ['a.ts'] }]);
    assert.match((await place.pith(['doctor'])).stdout, /✗ hook files: .*pith\.config\.ts, changed: a\.ts/);
  });

  it('that are linked from within the project are found where they lie', async () => {
    await place.write('lib/a.ts', says('linked'));
    await place.write('pith.config.ts', names('./a.ts'));
    await symlink(join(place.folder, 'lib', 'a.ts'), join(place.folder, 'a.ts'));
    assert.equal((await place.pith(['trust'])).code, 0);

    assert.equal((await run()).stdout, 'linked\n');

    await rm(join(place.folder, 'a.ts'));
    assert.match((await run()).stderr, /"\.\/a\.ts" is not there/);
  });
});
