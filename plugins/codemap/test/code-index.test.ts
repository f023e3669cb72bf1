import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach } from 'mocha';
import { CodeIndex, type IndexedCode } from '../src/code-index.ts';
import type { Language } from '../src/language.ts';
import { ReaderPool } from '../src/reader-pool.ts';

const signal = new AbortController().signal;

describe('the index of a folder', () => {
  let top: string;
  let root: string;
  let folder: string;
  const open: CodeIndex[] = [];
  beforeEach(async () => {
    top = await realpath(await mkdtemp(join(tmpdir(), 'pith-codemap-')));
    [root, folder] = [join(top, 'project'), join(top, 'data', 'codemap')];
    await mkdir(root);
  });
  afterEach(async () => {
    for (const index of open.splice(0)) await index.close();
    await rm(top, { recursive: true, force: true });
  });

  const put = async (path: string, content: string | Buffer): Promise<string> => {
    const file = join(root, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    return file;
  };
  const start = (): CodeIndex => {
    const index = new CodeIndex({ root, folder });
    open.push(index);
    return index;
  };
  const cacheFile = async (): Promise<string> => join(folder, (await readdir(folder))[0]!);
  const symbolsOf = ({ entries }: IndexedCode): string[] => entries.flatMap(({ path, symbols }) => symbols.map(({ name }) => `${path} ${name}`));

  it('reads only what has changed since, also in another process', async () => {
    await put('a.ts', 'function one() {}');
    await put('b/c.py', 'def two(): pass');
    const index = start();
    assert.equal((await index.update({ signal })).parsed, 2);

    await put('a.ts', 'function three() {}');
    const again = await index.update({ signal });
    const other = await start().update({ signal });

    assert.deepEqual([again.parsed, symbolsOf(again)], [1, ['a.ts three', 'b/c.py two']]);
    assert.deepEqual([other.parsed, symbolsOf(other)], [0, ['a.ts three', 'b/c.py two']]);
  });

  it('parses nothing where only the time of a file is another', async () => {
    const file = await put('a.ts', 'function one() {}');
    await start().update({ signal });
    const line = (await readFile(await cacheFile(), 'utf8')).split('\n')[1]!;
    // What stands in the cache is believed as long as the bytes have the hash that it names.
    await writeFile(await cacheFile(), (await readFile(await cacheFile(), 'utf8')).replace(line, line.replace('"one"', '"kept"')));
    await utimes(file, new Date(0), new Date(0));

    assert.deepEqual(symbolsOf(await start().update({ signal })), ['a.ts kept']);
  });

  it('forgets files that are gone, and files that are left out by now', async () => {
    const file = await put('a.ts', 'function one() {}');
    await put('b.ts', 'function two() {}');
    const index = start();
    await index.update({ signal });

    await rm(file);
    await put('.gitignore', 'b.ts\n');

    assert.deepEqual((await index.update({ signal })).paths, ['.gitignore']);
  });

  it('keeps its cache private, whatever the umask', async () => {
    await put('a.ts', 'function one() {}');
    const before = process.umask(0);
    try {
      await start().update({ signal });
    } finally {
      process.umask(before);
    }

    assert.equal((await stat(await cacheFile())).mode & 0o777, 0o600);
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
  });

  it('passes over lines of its cache that are torn or make no sense, and goes on behind them', async () => {
    await put('a.ts', 'function one() {}');
    await put('b.ts', 'function two() {}');
    await start().update({ signal });
    const text = await readFile(await cacheFile(), 'utf8');
    const [head, first] = text.split('\n') as [string, string];

    for (const torn of [text.slice(0, -20), `${head}\n${first}\n["b.ts",1]\n`, `${head}\n${first}\nnull\n`, `${head}\n${first}\n["b.ts","","",1,["x",99,1],[],""]\n`]) {
      await writeFile(await cacheFile(), torn);
      assert.deepEqual(await start().update({ signal }).then((code) => [code.parsed, ...symbolsOf(code)]), [1, 'a.ts one', 'b.ts two']);
      assert.equal((await start().update({ signal })).parsed, 0);
    }
  });

  it('takes no cache of another version or root, and none that is a link', async () => {
    await put('a.ts', 'function one() {}');
    await start().update({ signal });
    const file = await cacheFile();
    const text = await readFile(file, 'utf8');

    for (const foreign of ['', 'garbage', text.replace(/"version":\d+/, '"version":0'), text.replace(JSON.stringify(root), '"/elsewhere"')]) {
      await writeFile(file, foreign);
      assert.equal((await start().update({ signal })).parsed, 1);
    }
    await writeFile(join(top, 'other.jsonl'), text);
    await rm(file);
    await symlink(join(top, 'other.jsonl'), file);
    assert.equal((await start().update({ signal })).parsed, 1);
    assert.equal(await readFile(join(top, 'other.jsonl'), 'utf8'), text);
  });

  it('does not let its cache grow with every change', async () => {
    await put('a.ts', 'function one() {}');
    const index = start();
    for (let round = 0; round < 130; round++) {
      await put('a.ts', `function one${round}() {}`);
      await index.update({ signal });
    }

    assert.ok((await readFile(await cacheFile(), 'utf8')).split('\n').length < 110);
  });

  it('is made all the same where nothing can be kept, and says so', async () => {
    await put('a.ts', 'function one() {}');
    await writeFile(join(top, 'data'), 'a file in the place of the folder');

    const code = await start().update({ signal });

    assert.deepEqual(symbolsOf(code), ['a.ts one']);
    assert.match(code.unkept!, /ENOTDIR|EEXIST/);
  });

  it('leaves out what .gitignore does, .git and node_modules, and runs no git', async () => {
    await put('.git/config', '[core]\n\tfsmonitor = touch ../ran\n\tpager = touch ../ran\n');
    await put('.gitignore', '*.gen.ts\n/out/\n!keep.gen.ts\n');
    await put('sub/.gitignore', 'own.ts\n');
    for (const path of ['a.ts', 'b.gen.ts', 'keep.gen.ts', 'out/c.ts', 'sub/own.ts', 'sub/out/d.ts', 'node_modules/e.ts', '.git/f.ts']) await put(path, 'function x() {}');

    const { paths } = await start().update({ signal });

    assert.deepEqual(paths, ['.gitignore', 'a.ts', 'keep.gen.ts', 'sub/.gitignore', 'sub/out/d.ts']);
    await assert.rejects(stat(join(root, 'ran')));
  });

  it('counts and does not read what is large, binary or minified', async () => {
    await put('large.ts', `const a = 1;\n${'// x\n'.repeat(250_000)}`);
    await put('binary.py', Buffer.from([0x64, 0x65, 0x66, 0, 1, 2]));
    await put('minified.js', 'function a(){}'.repeat(2000));
    await put('fine.ts', 'function one() {}');

    const code = await start().update({ signal });

    assert.deepEqual(code.skipped, { large: 1, binary: 1, minified: 1 });
    assert.deepEqual(symbolsOf(code), ['fine.ts one']);
    assert.equal(code.paths.length, 4);
  });

  it('follows no link, waits for no pipe, and opens no device', async () => {
    await mkdir(join(top, 'outside'));
    await writeFile(join(top, 'outside', 'secret.ts'), 'function outside() {}');
    await symlink(join(top, 'outside'), join(root, 'folder'));
    await symlink(join(top, 'outside', 'secret.ts'), join(root, 'file.ts'));
    await symlink('/dev/zero', join(root, 'zero.ts'));
    await symlink('.', join(root, 'loop'));
    execFileSync('mkfifo', [join(root, 'pipe.ts'), join(root, '.gitignore')]);
    await put('fine.ts', 'function one() {}');

    const code = await start().update({ signal });

    assert.deepEqual([code.paths, symbolsOf(code)], [['fine.ts'], ['fine.ts one']]);
  });

  it('reads no file that it may not, and has not even its name', async () => {
    await put('a.ts', 'function one() {}');
    await put('secret.ts', 'function hidden() {}');

    const code = await start().update({ signal, select: async (paths) => new Set(paths.filter((path) => path !== 'secret.ts')) });

    assert.deepEqual([code.paths, symbolsOf(code)], [['a.ts'], ['a.ts one']]);
    assert.doesNotMatch(await readFile(await cacheFile(), 'utf8'), /secret|hidden/);
  });

  it('takes names and texts that are no UTF-8, and a hundred files at a time', async () => {
    for (let index = 0; index < 250; index++) await put(`many/f${index}.go`, `package a\nfunc F${index}() {}`);
    await put('latin.py', Buffer.from('def caf\xe9(): pass\ndef after(): pass\n', 'latin1'));

    const code = await start().update({ signal });

    assert.equal(symbolsOf(code).filter((one) => one.startsWith('many/')).length, 250);
    assert.ok(symbolsOf(code).includes('latin.py after'));
  });

  it('ends when it is told to, and works again after that', async () => {
    for (let index = 0; index < 60; index++) await put(`f${index}.ts`, 'function one() {}\n'.repeat(1000));
    const index = start();
    const stop = new AbortController();

    const stopped = index.update({ signal: stop.signal });
    setImmediate(() => stop.abort(new Error('stopped')));

    await assert.rejects(stopped, /stopped/);
    assert.equal((await index.update({ signal })).entries.length, 60);
  });

  it('ends after its time with what it has, and reads the rest the next time', async () => {
    await put('a.ts', 'function one() {}');
    const index = start();

    const first = await index.update({ limitMs: 0, signal });
    const second = await index.update({ signal });

    assert.deepEqual([first.complete, first.paths, symbolsOf(first)], [false, ['a.ts'], []]);
    assert.deepEqual([second.complete, symbolsOf(second)], [true, ['a.ts one']]);
  });

  it('goes down forty folders, and says that there are more', async () => {
    await put(`${'d/'.repeat(40)}a.ts`, 'function one() {}');
    assert.equal((await start().update({ signal })).complete, true);

    await put(`${'d/'.repeat(41)}b.ts`, 'function two() {}');
    const { complete, paths } = await start().update({ signal });

    assert.deepEqual([complete, paths.length], [false, 1]);
  });

  it('loses only the file that a parser fails on', async () => {
    const files = ['a.ts', 'b.ts', 'c.ts'];
    for (const file of files) await put(file, 'function one() {}');
    const pool = new ReaderPool(root);

    // No file is known to break a parser; a language without one does the same.
    const answers = await pool.read(files.map((path) => ({ path, language: (path === 'b.ts' ? 'cobol' : 'typescript') as Language })), { limitMs: 60_000, signal });

    await pool.close();
    assert.deepEqual(answers.map((answer) => ('entry' in answer ? [answer.path, answer.entry.skipped] : [])).sort(), [['a.ts', undefined], ['b.ts', 'broken'], ['c.ts', undefined]]);
  });

  it('comes to an end with a text that is made to take for ever', async () => {
    await put('nested.ts', '({['.repeat(60_000));
    await put('fine.ts', 'function one() {}');

    assert.deepEqual(symbolsOf(await start().update({ signal })), ['fine.ts one']);
  });

  it('does one thing after the other where it is asked twice', async () => {
    await put('a.ts', 'function one() {}');
    const index = start();

    const [first, second] = await Promise.all([index.update({ signal }), index.update({ signal })]);

    assert.deepEqual([first.parsed, second.parsed], [1, 0]);
  });
});
