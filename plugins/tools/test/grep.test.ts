import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, definePlugin, deny } from '@pith/kernel';
import { allowAll } from '@pith/kernel/testing';
import { insideOnly, startTools, type Tools } from './start-tools.ts';

interface Case {
  title: string;
  input: Record<string, unknown>;
  /** The lines of the result. */
  found?: string[];
  /** The code of the refusal, and words of its sentence. */
  refused?: [code: string, ...words: string[]];
}

const nothing = (where = '.'): string[] => [`[no match in ${where}; binary files, files over 16.8 MB and what .gitignore leaves out are not searched]`];

const cases: Case[] = [
  // Patterns.
  { title: 'finds lines, sorted by path', input: { pattern: 'needle' }, found: ['.github/w.yml:1: needle: hidden', 'a.txt:2: a needle here', 'a.txt:4: needle', 'src/a.ts:1: const needle = 1;', 'src/deep/b.ts:2: // needle', 'src/deep/c.md:1: needle'] },
  { title: 'takes the pattern for a regular expression', input: { pattern: '^needle$' }, found: ['a.txt:4: needle', 'src/deep/c.md:1: needle'] },
  { title: 'tells large letters from small ones', input: { pattern: 'NEEDLE' }, found: nothing() },
  { title: 'does not when it is told so', input: { pattern: 'NEEDLE', ignoreCase: true, path: 'src/deep' }, found: ['src/deep/b.ts:2: // needle', 'src/deep/c.md:1: needle'] },
  { title: 'takes what looks ahead and behind', input: { pattern: '(?<=const )needle(?= = 1)' }, found: ['src/a.ts:1: const needle = 1;'] },
  { title: 'takes flags and named groups', input: { pattern: '(?i)(?P<word>NEEDLE) HERE' }, found: ['a.txt:2: a needle here'] },
  { title: 'takes alternatives at the top', input: { pattern: 'none|here' }, found: ['a.txt:2: a needle here'] },
  { title: 'takes white space within a pattern for nothing when it is told so', input: { pattern: '(?x) needle \\s here' }, found: ['a.txt:2: a needle here'] },
  { title: 'takes a class of everything but a line end', input: { pattern: 'a[^\\n]needle' }, found: ['a.txt:2: a needle here'] },
  { title: 'takes other scripts', input: { pattern: 'größe .界' }, found: ['odd/größe 世界.txt:1: größe 世界'] },
  { title: 'takes code points by their numbers', input: { pattern: '\\u4e16\\u754c' }, found: ['odd/größe 世界.txt:1: größe 世界'] },
  { title: 'finds text over several lines', input: { pattern: 'two\\nthree' }, found: ['lines.txt:2: two', 'lines.txt:3: three'] },
  { title: 'finds text over several lines that end in CRLF', input: { pattern: 'eins\\nzwei' }, found: ['crlf.txt:1: eins', 'crlf.txt:2: zwei'] },
  { title: 'finds the end of a line that ends in CRLF', input: { pattern: 'zwei$' }, found: ['crlf.txt:2: zwei'] },
  { title: 'finds a line once, however often it matches', input: { pattern: 'o', path: 'lines.txt' }, found: ['lines.txt:1: one', 'lines.txt:2: two', 'lines.txt:4: four'] },
  { title: 'finds text in UTF-16', input: { pattern: 'sechzehn' }, found: ['utf16.txt:1: sechzehn'] },

  // Where.
  { title: 'searches one file', input: { pattern: 'needle', path: 'src/a.ts' }, found: ['src/a.ts:1: const needle = 1;'] },
  { title: 'searches one file also where .gitignore names it', input: { pattern: 'needle', path: 'debug.log' }, found: ['debug.log:1: needle in a log'] },
  { title: 'searches a folder also where .gitignore names it', input: { pattern: 'needle', path: 'dist' }, found: ['dist/out.js:1: needle()'] },
  { title: 'searches files of a kind at any depth', input: { pattern: 'needle', glob: '*.ts' }, found: ['src/a.ts:1: const needle = 1;', 'src/deep/b.ts:2: // needle'] },
  { title: 'takes braces in the glob', input: { pattern: 'needle', glob: '*.{md,txt}' }, found: ['a.txt:2: a needle here', 'a.txt:4: needle', 'src/deep/c.md:1: needle'] },
  { title: 'takes a glob with a slash from the folder on', input: { pattern: 'needle', glob: 'deep/*.ts', path: 'src' }, found: ['src/deep/b.ts:2: // needle'] },
  { title: 'takes a glob with a slash from nowhere else', input: { pattern: 'needle', glob: 'deep/*.ts' }, found: nothing() },
  { title: 'takes a folder as glob', input: { pattern: 'needle', glob: 'src/deep/' }, found: ['src/deep/b.ts:2: // needle', 'src/deep/c.md:1: needle'] },
  { title: 'takes ** in the glob', input: { pattern: 'needle', glob: 'src/**/*.ts' }, found: ['src/a.ts:1: const needle = 1;', 'src/deep/b.ts:2: // needle'] },
  { title: 'leaves out what the glob says with !', input: { pattern: 'needle', glob: '!*.{ts,txt,yml}' }, found: ['src/deep/c.md:1: needle'] },
  { title: 'leaves out a folder that the glob says with !', input: { pattern: 'needle', glob: '!src/deep' }, found: ['.github/w.yml:1: needle: hidden', 'a.txt:2: a needle here', 'a.txt:4: needle', 'src/a.ts:1: const needle = 1;'] },
  { title: 'does not take a glob for leave to search what .gitignore names', input: { pattern: 'needle', glob: '*.{log,js}' }, found: nothing() },
  { title: 'names files only', input: { pattern: 'needle', filesOnly: true }, found: ['.github/w.yml', 'a.txt', 'src/a.ts', 'src/deep/b.ts', 'src/deep/c.md'] },
  { title: 'shows lines around a match', input: { pattern: 'three', context: 1 }, found: ['lines.txt-2- two', 'lines.txt:3: three', 'lines.txt-4- four'] },
  { title: 'marks gaps between lines around matches', input: { pattern: '^(one|six)', context: 1, path: 'lines.txt' }, found: ['lines.txt:1: one', 'lines.txt-2- two', '--', 'lines.txt-5- five', 'lines.txt:6: six'] },
  { title: 'passes over binary files', input: { pattern: 'binneedle' }, found: nothing() },
  { title: 'says where it found nothing', input: { pattern: 'zzzz', path: 'src' }, found: nothing('src') },

  // Odd names and lines.
  { title: 'shows control characters in names and lines written out', input: { pattern: 'oddity' }, found: ['odd/esc\\x1b[2J.txt:1: oddity \\x1b[31mred', 'odd/new\\nline.txt:1: oddity'] },
  { title: 'searches a file of an odd name', input: { pattern: 'oddity', path: 'odd/new\nline.txt' }, found: ['odd/new\\nline.txt:1: oddity'] },
  { title: 'searches files whose names look like patterns', input: { pattern: 'x', path: 'odd/[x]{y,z}*?!.txt' }, found: ['odd/[x]{y,z}*?!.txt:1: x'] },
  { title: 'searches a file whose name holds a backslash', input: { pattern: 'back', path: 'odd/back\\slash' }, found: ['odd/back\\slash:1: back'] },
  { title: 'cuts a long line around its match', input: { pattern: 'middle' }, found: [`long.txt:1: … ${'x'.repeat(100)}middle${'y'.repeat(194)} … [4006 characters]`] },

  // Hostile patterns and names.
  { title: 'takes a pattern that looks like an option for text', input: { pattern: '--pre=touch pwned' }, found: nothing() },
  { title: 'takes -e for text', input: { pattern: '-e', path: 'odd/options.txt' }, found: ['odd/options.txt:1: rg -e x'] },
  { title: 'takes -- for text', input: { pattern: '--', path: 'odd/options.txt' }, found: ['odd/options.txt:2: a -- b'] },
  { title: 'takes a file whose name looks like an option for a file', input: { pattern: 'rf', path: '--pre=sh' }, found: ['--pre=sh:1: rm -rf'] },
  { title: 'takes a glob that looks like an option for a glob', input: { pattern: 'needle', glob: '--follow' }, found: nothing() },
  { title: 'takes a command in the pattern for text', input: { pattern: '\\$\\(touch pwned\\)' }, found: nothing() },
  { title: 'refuses what is no regular expression, in the words of ripgrep', input: { pattern: 'a(b' }, refused: ['PATTERN_INVALID', 'The pattern is not valid: regex parse error', 'unclosed group'] },
  { title: 'refuses a bad range, in the words of ripgrep', input: { pattern: '[z-a]' }, refused: ['PATTERN_INVALID', 'invalid character class range'] },
  { title: 'refuses a bad repetition, in the words of ripgrep', input: { pattern: 'a{2,1}' }, refused: ['PATTERN_INVALID', 'invalid repetition count range'] },
  { title: 'refuses a glob that is none', input: { pattern: 'x', glob: '[a' }, refused: ['PATTERN_INVALID', 'The glob is not valid', 'unclosed character class'] },
  { title: 'refuses a glob whose braces stand for too much', input: { pattern: 'x', glob: '{a,b}'.repeat(10) }, refused: ['PATTERN_INVALID', 'more than 100'] },
  { title: 'comes to an end with a pattern that goes back and forth', input: { pattern: '(?=x)(x+x+)+y', path: 'long.txt' }, found: ['[no match in long.txt; binary files, files over 16.8 MB and what .gitignore leaves out are not searched; 1 file or folders could not be searched: ./long.txt: PCRE2: error matching: match limit exceeded]'] },
  { title: 'refuses a pattern of 100 kB', input: { pattern: 'x'.repeat(100_000) }, refused: ['TOOL_INPUT_INVALID', 'longer than 1000 characters'] },
  { title: 'refuses a NUL in the pattern', input: { pattern: 'a\0b' }, refused: ['TOOL_INPUT_INVALID', 'NUL'] },
  { title: 'refuses a NUL in the glob', input: { pattern: 'a', glob: 'a\0b' }, refused: ['TOOL_INPUT_INVALID', 'NUL'] },
  { title: 'refuses an empty pattern', input: { pattern: '' }, refused: ['TOOL_INPUT_INVALID', 'empty'] },
  { title: 'refuses options that it does not have', input: { pattern: 'x', pre: 'touch pwned' }, refused: ['TOOL_INPUT_INVALID', 'pre'] },
  { title: 'refuses a place that is not there', input: { pattern: 'x', path: 'none' }, refused: ['FILE_MISSING'] },
];

const tree: Record<string, string | Buffer> = {
  '.gitignore': 'dist/\n*.log\n', '.git/config': 'needle in git\n', '.github/w.yml': 'needle: hidden\n', 'dist/out.js': 'needle()\n', 'debug.log': 'needle in a log\n',
  'a.txt': 'first\na needle here\nlast\nneedle\n', 'src/a.ts': 'const needle = 1;\n', 'src/deep/b.ts': '\n// needle\n', 'src/deep/c.md': 'needle',
  'lines.txt': 'one\ntwo\nthree\nfour\nfive\nsix\n', 'crlf.txt': 'eins\r\nzwei\r\ndrei\r\n', 'utf16.txt': Buffer.from('\ufeffsechzehn\n', 'utf16le'),
  'bin.dat': Buffer.from('binneedle\n\0\x01\x02'), 'long.txt': `${'x'.repeat(2000)}middle${'y'.repeat(2000)}\n`, '--pre=sh': 'rm -rf\n',
  'odd/größe 世界.txt': 'größe 世界\n', 'odd/new\nline.txt': 'oddity\n', 'odd/esc\u001b[2J.txt': 'oddity \u001b[31mred\n', 'odd/[x]{y,z}*?!.txt': 'x\n', 'odd/back\\slash': 'back\n', 'odd/options.txt': 'rg -e x\na -- b\n',
};

describe('grep', () => {
  let tools: Tools;
  before(async () => {
    tools = await startTools();
    for (const [name, content] of Object.entries(tree)) await tools.put(name, content);
  });
  after(() => tools.close());

  for (const { title, input, found, refused } of cases) {
    it(title, async () => {
      const { status, code, text } = await tools.call('grep', input);

      if (refused !== undefined) {
        const [expected, ...words] = refused;
        assert.equal(code, expected, text);
        for (const word of words) assert.ok(text.includes(word), `${JSON.stringify(word)} is not in: ${text}`);
        return;
      }
      assert.equal(status, 'done', text);
      assert.deepEqual(text.split('\n'), found);
    });
  }

  it('has run nothing, and written nothing', async () => {
    const { text } = await tools.call('glob', { pattern: '**/pwned*', hidden: true });

    assert.equal(text, '[no file in . matches]');
  });

  it('gives programs what it found, and states the place as its target', async () => {
    const { details } = await tools.call('grep', { pattern: 'needle', path: 'src' });

    assert.deepEqual(details, { files: 3, lines: 3, complete: true });
    assert.deepEqual(tools.events.flatMap((event) => (event.type === 'tool-start' ? event.targets : [])).at(-1), { family: 'Read', path: join(tools.folder, 'src') });
  });
});

describe('grep in other folders', () => {
  let tools: Tools;
  let outside: string;
  beforeEach(async () => {
    tools = await startTools({ plugins: [allowAll, insideOnly] });
    outside = await realpath(await mkdtemp(join(tmpdir(), 'pith-outside-')));
    await writeFile(join(outside, 'secret.txt'), 'needle\n');
  });
  afterEach(async () => {
    await tools.close();
    await rm(outside, { recursive: true });
  });

  const grep = async (input: Record<string, unknown>): Promise<string> => (await tools.call('grep', input)).text;

  it('follows no link: not to the outside, not in a circle', async () => {
    await tools.put('in/a.txt', 'needle\n');
    await symlink(outside, join(tools.folder, 'out'));
    await symlink(join(outside, 'secret.txt'), join(tools.folder, 'secret.txt'));
    await symlink('..', join(tools.folder, 'in/up'));

    assert.equal(await grep({ pattern: 'needle' }), 'in/a.txt:1: needle');
    assert.equal(await grep({ pattern: 'needle', glob: '{out/**,secret.txt,in/up/**}' }), nothing().join());
    for (const path of ['out', 'out/secret.txt', 'secret.txt', outside, '..', '/']) assert.equal((await tools.call('grep', { pattern: 'needle', path })).status, 'refused', path);
  });

  it('shows nothing of files that permission protects, not even that they match', async () => {
    const protect = definePlugin({
      name: 'protect',
      setup({ hooks }) {
        hooks.permission.tap('protect', ({ targets: [target] }) => (target?.path?.endsWith('.env') ? deny('secrets') : target?.path?.endsWith('.key') ? ask('keys') : undefined));
      },
    });
    const own = await startTools({ plugins: [allowAll, protect] });
    for (const name of ['a.txt', 'b.env', 'c.key', 'sub/d.env', 'sub/e.txt']) await own.put(name, 'needle\n');

    assert.equal((await own.call('grep', { pattern: 'needle' })).text, 'a.txt:1: needle\nsub/e.txt:1: needle');
    assert.equal((await own.call('grep', { pattern: 'needle', glob: '*.env' })).text, nothing().join());
    assert.equal((await own.call('grep', { pattern: 'needle', path: 'b.env' })).status, 'refused');
    await own.close();
  });

  it('searches a folder that a person said yes to, though each file in it would be asked for, too', async () => {
    const outer = definePlugin({ name: 'outer', setup: ({ hooks }) => hooks.permission.tap('outer', ({ targets: [target] }) => (target?.path?.startsWith(outside) ? ask('outside') : undefined)) });
    const own = await startTools({ plugins: [allowAll, outer], session: { asker: async () => ({ verdict: 'allow' }) } });

    assert.equal((await own.call('grep', { pattern: 'needle', path: outside })).text, `${outside}/secret.txt:1: needle`);
    await own.close();
  });

  it('reads no configuration of ripgrep', async () => {
    await tools.put('config', '--pre=touch\n--files\n');
    await tools.put('a.txt', 'needle\n');
    const own = await startTools({ folder: tools.folder, env: { PATH: process.env['PATH'], RIPGREP_CONFIG_PATH: join(tools.folder, 'config') } });
    process.env['RIPGREP_CONFIG_PATH'] = join(tools.folder, 'config');
    try {
      assert.equal((await own.call('grep', { pattern: 'needle' })).text, 'a.txt:1: needle');
    } finally {
      delete process.env['RIPGREP_CONFIG_PATH'];
      await own.close();
    }
  });

  it('takes .gitignore for what it is without a repository, too', async () => {
    await tools.put('.gitignore', '*.log\n');
    await tools.put('a.log', 'needle\n');
    await tools.put('b.txt', 'needle\n');

    assert.equal(await grep({ pattern: 'needle' }), 'b.txt:1: needle');
  });

  it('leaves rules above the searched folder out only where there is no repository', async () => {
    await tools.put('.gitignore', '*.log\n');
    await tools.put('sub/a.log', 'needle\n');

    assert.equal(await grep({ pattern: 'needle', path: 'sub' }), 'sub/a.log:1: needle');
    await tools.put('.git/config', '');
    assert.equal(await grep({ pattern: 'needle', path: 'sub' }), nothing('sub').join());
  });

  it('shows 300 lines at most, in order of paths, and says that there is more', async () => {
    for (let index = 0; index < 5; index++) await tools.put(`${index}.txt`, 'needle\n'.repeat(100));

    const { text, details } = await tools.call('grep', { pattern: 'needle' });

    const lines = text.split('\n');
    assert.equal(lines.length, 301);
    assert.equal(lines[299], '2.txt:100: needle');
    assert.equal(lines[300], '[there is more; use a narrower pattern, glob or path, or filesOnly]');
    assert.deepEqual(details, { files: 3, lines: 300, complete: false });
    assert.equal(await grep({ pattern: 'needle', filesOnly: true }), '0.txt\n1.txt\n2.txt\n3.txt\n4.txt');
  });

  it('keeps within bounds on a file of very many matches, and on one of a single line', async () => {
    await tools.put('many.txt', 'x\n'.repeat(4_000_000));
    await tools.put('one.txt', 'x'.repeat(8_000_000));

    const { text } = await tools.call('grep', { pattern: 'x' });

    assert.ok(text.length < 20_000);
    assert.match(text, /\[there is more;/);
    assert.match(await grep({ pattern: 'x', path: 'one.txt' }), /^one\.txt:1: x{300} … \[8000000 characters\]$/);
    // Each of its matches would be counted.
    assert.match(await grep({ pattern: 'x\\Kx', path: 'one.txt' }), /^\[no match in one\.txt; binary files, files over 1\.0 MB and/);
  });

  it('passes over a file that is too large, and says so of one that is named', async () => {
    const path = await tools.put('large.txt', 'needle\n');
    await truncate(path, 17 * 1024 * 1024);

    assert.equal(await grep({ pattern: 'needle' }), nothing().join());
    const { code, text } = await tools.call('grep', { pattern: 'needle', path: 'large.txt' });
    assert.equal(code, 'FILE_TOO_LARGE');
    assert.match(text, /^large\.txt is 17\.8 MB, which is too large for grep\./);
  });

  if (process.platform !== 'win32') {
    it('neither opens nor waits for pipes and devices', async () => {
      await tools.put('a.txt', 'needle\n');
      execFileSync('mkfifo', [join(tools.folder, 'pipe')]);

      assert.equal(await grep({ pattern: 'needle' }), 'a.txt:1: needle');
      assert.equal((await tools.call('grep', { pattern: 'needle', path: 'pipe' })).code, 'FILE_KIND');
      const own = await startTools();
      assert.equal((await own.call('grep', { pattern: 'x', path: '/dev/zero' })).code, 'FILE_KIND');
      await own.close();
    });

    for (const [kind, work] of [
      ['a pipe', async (path) => execFileSync('mkfifo', [path])],
      ['a link to an endless device', (path) => symlink('/dev/zero', path)],
      ['a link to other rules', (path) => symlink('rules', path)],
      ['a file of 5 GB', (path) => writeFile(path, '').then(() => truncate(path, 5e9))],
      ['a folder', (path) => mkdir(path)],
    ] as [string, (path: string) => Promise<unknown>][]) {
      it(`passes over a .gitignore that is ${kind}, says so, and takes the others for what they are`, async () => {
        for (const [name, content] of Object.entries({ rules: '*\n', '.git/config': '', '.gitignore': 'dist/\n*.log\n', 'sub/a.txt': 'needle\n', 'sub/a.log': 'needle\n', 'sub/dist/b.txt': 'needle\n', 'sub/in/c.txt': 'needle\n', 'dist/d.txt': 'needle\n' })) await tools.put(name, content);
        await work(join(tools.folder, 'sub/in/.gitignore'));

        const text = await grep({ pattern: 'needle' });
        const below = await grep({ pattern: 'needle', path: 'sub/in' });
        const globbed = await grep({ pattern: 'needle', glob: '*.{txt,log}' });

        const note = (path: string): string => `[1 file or folders could not be searched: ${path}: no plain file of rules]`;
        assert.equal(text, `sub/a.txt:1: needle\nsub/in/c.txt:1: needle\n${note('sub/in/.gitignore')}`);
        assert.equal(below, `sub/in/c.txt:1: needle\n${note('.gitignore')}`);
        assert.equal(globbed, text);
      });

      it(`passes over ${kind} above the searched folder, too`, async () => {
        await tools.put('.git/config', '');
        await tools.put('sub/a.txt', 'needle\n');
        await work(join(tools.folder, '.gitignore'));

        assert.equal(await grep({ pattern: 'needle', path: 'sub' }), 'sub/a.txt:1: needle\n[1 file or folders could not be searched: ../.gitignore: no plain file of rules]');
      });
    }

    it('refuses a place that leads elsewhere by the time it searches', async () => {
      const flip = definePlugin({
        name: 'flip',
        setup({ hooks }) {
          hooks.tool.tap('flip', (next) => async (call, turn) => {
            await rm(join(turn.cwd, 'notes'), { recursive: true });
            await symlink(outside, join(turn.cwd, 'notes'));
            return await next(call, turn);
          });
        },
      });
      for (const [name, pattern, path] of [['grep', 'needle', 'notes'], ['grep', 'needle', 'notes/secret.txt'], ['glob', '*', 'notes']] as const) {
        const own = await startTools({ plugins: [allowAll, insideOnly, flip] });
        await own.put('notes/secret.txt', 'needle inside\n');

        const { code, text } = await own.call(name, { pattern, path });

        assert.ok(code === 'FILE_MOVED' || code === 'FILE_KIND', `${name} ${path}: ${text}`);
        await own.close();
      }
    });
  }
});
