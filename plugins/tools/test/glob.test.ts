import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { definePlugin, deny } from '@pith/kernel';
import { allowAll, testModel } from '@pith/kernel/testing';
import { insideOnly, startTools, type Tools } from './start-tools.ts';

interface Case {
  title: string;
  input: Record<string, unknown>;
  /** The lines of the result. */
  found?: string[];
  /** The code of the refusal, and words of its sentence. */
  refused?: [code: string, ...words: string[]];
}

const cases: Case[] = [
  // Patterns.
  { title: 'finds files at one depth', input: { pattern: 'src/*.ts' }, found: ['src/a.ts', 'src/b.test.ts'] },
  { title: 'finds files at any depth, folder by folder', input: { pattern: '**/*.ts' }, found: ['src/a.ts', 'src/b.test.ts', 'src/deep/c.ts'] },
  { title: 'does not look deeper than the pattern says', input: { pattern: '*.ts' }, found: ['[no file in . matches]'] },
  { title: 'takes braces', input: { pattern: 'src/**/*.{js,ts}' }, found: ['src/a.ts', 'src/b.test.ts', 'src/deep/c.ts', 'src/deep/d.js'] },
  { title: 'takes braces within braces and ranges', input: { pattern: 'src/{{a,z},b.tes{t,u}}.ts' }, found: ['src/a.ts', 'src/b.test.ts'] },
  { title: 'takes character classes and question marks', input: { pattern: 'src/[a-b]*.t?' }, found: ['src/a.ts', 'src/b.test.ts'] },
  { title: 'takes negations within a name', input: { pattern: 'src/!(*.test).ts' }, found: ['src/a.ts'] },
  { title: 'finds one name', input: { pattern: 'src/deep/d.js' }, found: ['src/deep/d.js'] },
  { title: 'takes ./ in front for nothing', input: { pattern: './src/a.ts' }, found: ['src/a.ts'] },
  { title: 'starts in another folder', input: { pattern: '**/*.ts', path: 'src/deep' }, found: ['src/deep/c.ts'] },
  { title: 'finds folders by a slash at the end', input: { pattern: '**/deep/' }, found: ['src/deep'] },
  { title: 'finds nothing, and says where', input: { pattern: '**/*.zig', path: 'src' }, found: ['[no file in src matches]'] },
  { title: 'tells large letters from small ones', input: { pattern: '**/readme.md' }, found: ['[no file in . matches]'] },

  // What is left out.
  { title: 'leaves out what .gitignore does, and what a deeper one takes back', input: { pattern: '**/*.{log,tmp}' }, found: ['keep.log', 'sub/deep.log'] },
  { title: 'leaves out a folder that .gitignore names, with all that is in it', input: { pattern: '**/*.js' }, found: ['src/deep/d.js'] },
  { title: 'looks into such a folder when it is named', input: { pattern: '*.js', path: 'dist' }, found: ['dist/out.js'] },
  { title: 'looks into such a folder when the pattern begins with it', input: { pattern: 'dist/**/*.js' }, found: ['dist/deep/x.js', 'dist/out.js'] },
  { title: 'leaves out hidden names', input: { pattern: '**/*.yml' }, found: ['[no file in . matches]'] },
  { title: 'finds hidden names when asked to, but nothing in .git', input: { pattern: '**/{*.yml,config,.hidden}', hidden: true }, found: ['.github/w.yml', '.hidden'] },
  { title: 'finds hidden names that the pattern names', input: { pattern: '.github/*' }, found: ['.github/w.yml'] },

  // Names.
  { title: 'finds names with spaces and other scripts', input: { pattern: 'odd/{a b,größe 世界}' }, found: ['odd/a b', 'odd/größe 世界'] },
  { title: 'finds a name with quotes', input: { pattern: 'odd/it\'s "q"' }, found: ['odd/it\'s "q"'] },
  { title: 'shows control characters in names written out', input: { pattern: 'odd/{new,esc}*' }, found: ['odd/esc\\x1b[2J', 'odd/new\\nline'] },
  { title: 'finds names that look like patterns, by a backslash', input: { pattern: 'odd/\\[x\\]\\*' }, found: ['odd/[x]*'] },
  { title: 'finds a name that looks like an option', input: { pattern: 'odd/-rf' }, found: ['odd/-rf'] },
  { title: 'finds a name that looks like a command', input: { pattern: 'odd/$\\(x\\)' }, found: ['odd/$(x)'] },

  // Hostile patterns.
  { title: 'refuses to leave the folder by ..', input: { pattern: '../../**/*' }, refused: ['PATTERN_INVALID', 'leads out of the folder by ..', 'as path'] },
  { title: 'refuses to leave the folder by .. in the middle', input: { pattern: 'src/../../*' }, refused: ['PATTERN_INVALID', '..'] },
  { title: 'refuses to leave the folder by .. that braces make', input: { pattern: '.{.,x}/{etc,usr}/*' }, refused: ['PATTERN_INVALID', '..'] },
  { title: 'finds nothing outside by .. that a class makes', input: { pattern: '[.][.]/*' }, found: ['[no file in . matches]'] },
  { title: 'refuses an absolute pattern', input: { pattern: '/etc/*' }, refused: ['PATTERN_INVALID', 'is absolute', 'Give the folder as path'] },
  { title: 'finds nothing outside by an absolute pattern in braces', input: { pattern: '{/etc/passwd,/etc/*}' }, found: ['[no file in . matches]'] },
  { title: 'refuses a pattern of what is not wanted', input: { pattern: '!**/*.ts' }, refused: ['PATTERN_INVALID', 'begins with !'] },
  { title: 'refuses braces that stand for too much', input: { pattern: '{a,b}'.repeat(30) }, refused: ['PATTERN_INVALID', 'more than 1000'] },
  { title: 'refuses ranges that stand for too much', input: { pattern: '{1..9}{0..9999999}' }, refused: ['PATTERN_INVALID', 'more than 1000'] },
  { title: 'refuses braces deep within each other', input: { pattern: `${'{a,'.repeat(200)}b${'}'.repeat(200)}${'{a,b}'.repeat(20)}` }, refused: ['PATTERN_INVALID'] },
  { title: 'refuses a pattern of 100 kB', input: { pattern: '*'.repeat(100_000) }, refused: ['TOOL_INPUT_INVALID', 'longer than 1000 characters'] },
  { title: 'refuses a NUL', input: { pattern: 'a\0b' }, refused: ['TOOL_INPUT_INVALID', 'NUL'] },
  { title: 'refuses an empty pattern', input: { pattern: '' }, refused: ['TOOL_INPUT_INVALID', 'empty'] },
  { title: 'refuses half a character', input: { pattern: '\ud800*' }, refused: ['TOOL_INPUT_INVALID', 'half of a character'] },
  { title: 'takes 300 stars in a row for a few', input: { pattern: `${'**/'.repeat(100)}*.ts` }, found: ['src/a.ts', 'src/b.test.ts', 'src/deep/c.ts'] },
  { title: 'takes brackets that do not close for what they are', input: { pattern: 'src/[a.ts' }, found: ['[no file in . matches]'] },
  { title: 'takes braces that do not close for what they are', input: { pattern: 'src/{a.ts' }, found: ['[no file in . matches]'] },

  // Folders.
  { title: 'refuses a file in the place of a folder', input: { pattern: '*', path: 'README.md' }, refused: ['FILE_KIND', 'no folder'] },
  { title: 'refuses a folder that is not there', input: { pattern: '*', path: 'none' }, refused: ['FILE_MISSING'] },
];

const tree: Record<string, string> = {
  'README.md': '', '.hidden': '', '.github/w.yml': '', '.git/config': '', '.gitignore': 'dist/\n*.log\n!keep.log\n', 'a.log': '', 'keep.log': '', 'dist/out.js': '', 'dist/deep/x.js': '',
  'src/a.ts': '', 'src/b.test.ts': '', 'src/deep/c.ts': '', 'src/deep/d.js': '', 'sub/.gitignore': '*.tmp\n!/deep.log\n', 'sub/x.tmp': '', 'sub/deep.log': '', 'sub/below/deep.log': '',
  'odd/a b': '', 'odd/größe 世界': '', 'odd/it\'s "q"': '', 'odd/new\nline': '', 'odd/esc\u001b[2J': '', 'odd/[x]*': '', 'odd/-rf': '', 'odd/$(x)': '', 'odd/\\': '',
};

describe('glob', () => {
  let tools: Tools;
  before(async () => {
    tools = await startTools();
    for (const [name, content] of Object.entries(tree)) await tools.put(name, content);
  });
  after(() => tools.close());

  for (const { title, input, found, refused } of cases) {
    it(title, async () => {
      const { status, code, text } = await tools.call('glob', input);

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

  it('gives programs the paths, and states the folder as its target', async () => {
    const { details } = await tools.call('glob', { pattern: '*.ts', path: 'src' });

    assert.deepEqual(details, { path: join(tools.folder, 'src'), paths: ['a.ts', 'b.test.ts'], total: 2, complete: true });
    assert.deepEqual(tools.events.flatMap((event) => (event.type === 'tool-start' ? event.targets : [])).at(-1), { family: 'Read', path: join(tools.folder, 'src') });
  });
});

describe('glob in other folders', () => {
  let tools: Tools;
  let outside: string;
  beforeEach(async () => {
    tools = await startTools({ plugins: [allowAll, insideOnly] });
    outside = await realpath(await mkdtemp(join(tmpdir(), 'pith-outside-')));
    await writeFile(join(outside, 'secret.ts'), '');
  });
  afterEach(async () => {
    await tools.close();
    await rm(outside, { recursive: true });
  });

  const glob = async (input: Record<string, unknown>): Promise<string> => (await tools.call('glob', input)).text;

  it('shows links, and follows none: not to the outside, not in a circle, not by name', async () => {
    await tools.put('in/a.ts', '');
    await symlink(outside, join(tools.folder, 'out'));
    await symlink('..', join(tools.folder, 'in/up'));
    await symlink('a.ts', join(tools.folder, 'in/same.ts'));

    assert.equal(await glob({ pattern: '**' }), 'in/a.ts\nin/same.ts\nin/up\nout');
    assert.equal(await glob({ pattern: '**/*.ts' }), 'in/a.ts\nin/same.ts');
    for (const pattern of ['out/*', 'out/**', 'out/secret.ts', 'in/up/**', 'in/up/in/a.ts']) assert.equal(await glob({ pattern }), '[no file in . matches]', pattern);
    assert.match(await glob({ pattern: '*', path: 'out' }), /is outside/);
  });

  it('takes .gitignore for what it is without a repository, too, from the searched folder down', async () => {
    await tools.put('.gitignore', '*.log\n');
    await tools.put('a.log', '');
    await tools.put('sub/b.log', '');
    await tools.put('sub/c.ts', '');

    assert.equal(await glob({ pattern: '**' }), 'sub/c.ts');
    assert.equal(await glob({ pattern: '**', path: 'sub' }), 'sub/b.log\nsub/c.ts');
  });

  it('leaves rules of an outer repository out of an inner one', async () => {
    await tools.put('.git/config', '');
    await tools.put('.gitignore', '*.log\n');
    await tools.put('inner/.git/config', '');
    await tools.put('inner/a.log', '');

    assert.equal(await glob({ pattern: '**/*.log' }), 'inner/a.log');
  });

  it('does not wait for a .gitignore that is a pipe, and not for a pipe among the names', async () => {
    if (process.platform !== 'win32') for (const name of ['.gitignore', 'pipe']) execFileSync('mkfifo', [join(tools.folder, name)]);
    await tools.put('a.ts', '');

    assert.match(await glob({ pattern: '*' }), /^a\.ts/);
  });

  it('names nothing of what permission protects more than the folder, and does not count it', async () => {
    const protect = definePlugin({ name: 'protect', setup: ({ hooks }) => hooks.permission.tap('protect', ({ targets: [target] }) => (target?.path?.includes('/secret') ? deny('secrets') : undefined)) });
    const own = await startTools({ plugins: [allowAll, protect] });
    for (const name of ['a.txt', 'b.txt', 'secret/c.txt', 'sub/secret.txt']) await own.put(name, '');

    assert.equal((await own.call('glob', { pattern: '**/*.txt' })).text, 'a.txt\nb.txt');
    assert.deepEqual((await own.call('glob', { pattern: '**/*.txt' })).details, { path: own.folder, paths: ['a.txt', 'b.txt'], total: 2, complete: true });
    assert.equal((await own.call('glob', { pattern: '*/' })).text, 'sub');
    assert.equal((await own.call('glob', { pattern: 'secret/*' })).text, '[no file in . matches]');
    await own.close();
  });

  it('shows 500 paths at most, and says how many there are', async () => {
    await mkdir(join(tools.folder, 'many'));
    await Promise.all(Array.from({ length: 2100 }, (_, index) => writeFile(join(tools.folder, 'many', `${10_000 + index}`), '')));

    const { text, details } = await tools.call('glob', { pattern: 'many/*' });

    const lines = text.split('\n');
    assert.equal(lines.length, 501);
    assert.equal(lines[499], 'many/10499');
    assert.equal(lines[500], '[the first 500 of 2100, by path; use a narrower pattern for the others]');
    assert.deepEqual({ ...(details as object), paths: 0 }, { path: tools.folder, paths: 0, total: 2100, complete: false });
  });

  it('ends with the turn', async () => {
    await tools.put('a.ts', '');
    const controller = new AbortController();
    const call = tools.call('glob', { pattern: '**' }, controller.signal);
    controller.abort(new Error('enough'));

    assert.equal((await call).status, 'interrupted');
  });

  it('answers all calls of one reply, some at a time', async () => {
    const calls = Array.from({ length: 6 }, (_, index) => ({ id: `${index}`, name: 'glob', input: { pattern: `${index}.*` } }));
    const model = testModel([{ calls }]);
    const own = await startTools({ plugins: [allowAll, model.plugin] });
    for (const { id } of calls) await own.put(`${id}.ts`, '');

    await own.session.runTurn({ text: 'go' });

    const results = model.requests[1]!.messages.at(-1)!.content.map((block) => (block.type === 'tool-result' ? block.content : []));
    assert.deepEqual(results, calls.map(({ id }) => [{ type: 'text', text: `${id}.ts` }]));
    await own.close();
  });

  if (process.platform !== 'win32' && process.getuid?.() !== 0) {
    it('says of folders that may not be looked into', async () => {
      await tools.put('closed/a.ts', '');
      await tools.put('b.ts', '');
      await chmod(join(tools.folder, 'closed'), 0);

      assert.equal(await glob({ pattern: '**/*.ts' }), 'b.ts\n[1 folder could not be looked into]');
      await chmod(join(tools.folder, 'closed'), 0o755);
    });
  }
});
