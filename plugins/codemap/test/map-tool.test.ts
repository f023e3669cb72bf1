import assert from 'node:assert/strict';
import { rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { definePlugin, deny } from '@pith/kernel';
import { allowAll } from '@pith/kernel/testing';
import { startCodemap } from './start-codemap.ts';

/** Stands for a rule like `Read(**NAME**)`. */
const without = (name: string) => definePlugin({
  name: 'rules',
  setup({ hooks }) { hooks.permission.tap('rules', ({ targets }) => (targets.some(({ path }) => path?.split('/').includes(name)) ? deny(`${name} may not be read`) : undefined)); },
});

describe('the tool map', () => {
  it('shows the files of the working folder with what they define', async () => {
    const { map, put, close } = await startCodemap();
    await put('src/main.ts', 'export function main() {\n  help();\n}\n');
    await put('src/help.py', 'def help():\n  pass\n');
    await put('.gitignore', '.pith-home\n');

    const { text, details } = await map();

    assert.equal(text, 'src/\n help.py  help:1\n main.ts  main:1\n.gitignore');
    assert.deepEqual(details, { files: 3, symbols: 2, shown: 2, parsed: 2, cut: 'nothing', tokens: 17, complete: true, skipped: {} });
    await close();
  });

  it('puts what fits the focus in front, with its callers', async () => {
    const { map, put, close } = await startCodemap();
    await put('src/main.ts', 'export function main() {\n  help();\n}\n');
    await put('src/help.py', 'def help():\n  pass\n');

    assert.match((await map({ focus: 'help' })).text, /^function help {2}src\/help\.py:1 {2}← src\/main\.ts:2\n\n/);
    assert.match((await map({ focus: 'nothing-like-it' })).text, /^\[no symbol fits the focus\]\n/);
    await close();
  });

  it('makes the map of a folder by its name, and says what is wrong with a place that is none', async () => {
    const { map, put, close } = await startCodemap();
    await put('sub/a.go', 'package a\nfunc Go() {}\n');

    assert.equal((await map({ path: 'sub' })).text, 'a.go  Go:2');
    assert.match((await map({ path: 'sub/a.go' })).text, /^There is no folder at .*sub\/a\.go\. A map is made of a folder: name one\.$/);
    const { code, text } = await map({ path: 'missing' });
    assert.equal(code, 'CODEMAP_FOLDER');
    assert.match(text, /^There is nothing at .*missing\./);
    await close();
  });

  it('says what it got and what it takes where the input is wrong', async () => {
    const { map, close } = await startCodemap();

    for (const input of [{ path: '' }, { path: 'a\0b' }, { budgetTokens: 1 }, { budgetTokens: 1e9 }, { depth: 3 }]) assert.equal((await map(input)).code, 'TOOL_INPUT_INVALID', JSON.stringify(input));
    await close();
  });

  it('has no word of a file or folder that may not be read, and finds it again once it may', async () => {
    const { map, put, close } = await startCodemap({ plugins: [allowAll, without('secret.ts'), without('private')].map((plugin, index) => ({ ...plugin, name: `p${index}` })) });
    await put('open.ts', 'function seen() { hidden(); }');
    await put('secret.ts', 'function hidden() { seen(); }');
    await put('private/a.ts', 'function deeper() {}');
    await put('.gitignore', '.pith-home\n');

    const { text, details } = await map({ focus: 'hidden deeper seen' });

    assert.equal(text, 'function seen  open.ts:1\n\n.gitignore\nopen.ts  seen:1');
    assert.equal((details as { files: number }).files, 2);
    await close();
  });

  it('is judged by the folder that a link leads to, and by the link', async () => {
    const { map, put, folder, close } = await startCodemap({ plugins: [allowAll, without('real')] });
    await put('real/a.ts', 'function a() {}');
    await symlink('real', join(folder, 'link'));
    await symlink('link', join(folder, 'second'));

    assert.equal((await map({ path: 'second' })).status, 'refused');
    await close();

    const other = await startCodemap({ plugins: [allowAll, without('link')] });
    await other.put('real/a.ts', 'function a() {}');
    await symlink('real', join(other.folder, 'link'));
    await symlink('link', join(other.folder, 'second'));

    assert.equal((await other.map({ path: 'second' })).status, 'refused');
    assert.equal((await other.map({ path: 'real' })).text, 'a.ts  a:1');
    await other.close();
  });

  it('opens the judged folder, whatever stands at the path by then', async () => {
    const swap = definePlugin({
      name: 'swap',
      setup({ hooks }) {
        hooks.tool.tap({ name: 'swap', zone: 'execute' }, (next) => async (call, turn) => {
          const path = call.targets[0]!.path!;
          await rename(path, `${path}-moved`);
          await symlink(join(path, '..', 'outside'), path);
          return next(call, turn);
        });
      },
    });
    const { map, put, close } = await startCodemap({ plugins: [allowAll, swap] });
    await put('inside/a.ts', 'function inside() {}');
    await put('outside/b.ts', 'function outside() {}');

    const { text } = await map({ path: 'inside' });

    assert.doesNotMatch(text, /outside/);
    await close();
  });

  it('is a read to rules, of the folder that its path comes to', async () => {
    const { map, put, events, close } = await startCodemap({ plugins: [without('closed')] });
    await put('closed/a.ts', 'function a() {}');

    assert.equal((await map({ path: './closed/../closed' })).status, 'refused');
    const decided = events.find((event) => event.type === 'permission-decided');
    assert.deepEqual([decided?.verdict, decided?.reason], ['deny', 'closed may not be read']);
    await close();
  });
});
