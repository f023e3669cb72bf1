import assert from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { definePlugin, type SlashCommand, toText } from '@pith/kernel';
import { PathIndex } from '../src/input/completion/paths.ts';
import { findMentionPart, toMention } from '../src/input/completion/mention.ts';
import { scoreMatch } from '../src/input/completion/fuzzy.ts';
import { startInput, type StartedInput } from './start-input.ts';

const command = (name: string, summary: string): SlashCommand => ({ name, summary, run: async () => `ran ${name}` });
const commands = definePlugin({ name: 'commands', slashCommands: [command('clear', 'Forget what was said'), command('cost', 'What it has cost'), command('compact', 'Make room'), command('review:all', 'Look at everything')] });

describe('terminal: completion', () => {
  let started: StartedInput | undefined;
  let folder: string;
  beforeEach(async () => { folder = await realpath(await mkdtemp(join(tmpdir(), 'pith-completion-'))); });
  afterEach(async () => {
    await started?.close();
    await rm(folder, { recursive: true, force: true });
  });
  const start = async (options: Parameters<typeof startInput>[0] = {}): Promise<StartedInput> => { started = await startInput({ folder, plugins: [commands], ...options }); return started; };
  const write = async (...files: string[]): Promise<void> => {
    for (const file of files) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), '');
    }
  };
  const shown = ({ input }: StartedInput): string[] => input.snapshot().menu?.items.map((item) => item.shown) ?? [];

  it('lists commands behind a slash with what they do, and takes one by tab or enter', async () => {
    const it = await start();

    it.type('/c');
    await it.until(() => shown(it).length > 0);
    assert.deepEqual(shown(it), ['/cost', '/clear', '/compact']);
    assert.deepEqual(it.screen(), ['› /c', '› /cost     What it has cost', '  /clear    Forget what was said', '  /compact  Make room']);
    it.press('down', 'tab');
    assert.equal(it.written(), '/clear |');
    assert.deepEqual(shown(it), []);
    it.press('enter');
    await it.idle();
    assert.equal(toText(it.model.requests[0]!.messages[0]!.content), '/clear');
  });

  it('sends a command that stands there whole by one enter', async () => {
    const it = await start();
    it.type('/');
    await it.until(() => shown(it).length > 0);

    it.type('cost');
    it.press('enter');
    await it.idle();

    assert.equal(toText(it.model.requests[0]!.messages[0]!.content), '/cost');
  });

  it('closes by escape and stays closed there, until tab asks for it', async () => {
    const it = await start();
    it.type('/c');
    await it.until(() => shown(it).length > 0);

    it.press('escape');
    it.type('o');
    assert.deepEqual([shown(it), it.actions], [[], []]);
    it.press('tab');
    assert.deepEqual(shown(it), ['/cost', '/compact']);
    it.press('up', 'tab');
    assert.equal(it.written(), '/compact |');
  });

  it('opens for no path and no text', async () => {
    const it = await start();

    for (const text of ['/usr/', 'say /c', '// c', 'ada@example.org', '@https://example.org/', '`@x', '!git show @']) {
      it.type(text);
      assert.equal(it.input.snapshot().menu, undefined, text);
      it.press('ctrl+u');
    }
  });

  it('completes files and folders of the project behind an @, without those that are ignored', async () => {
    await write('src/parser.ts', 'src/deep/printer.ts', 'docs/parse me.md', 'build/parser.js', 'node_modules/parser/index.js');
    await writeFile(join(folder, '.gitignore'), 'build/\n');
    const it = await start();

    it.type('look at @pars');
    await it.until(() => shown(it).length === 2);
    assert.deepEqual(shown(it), ['src/parser.ts', 'docs/parse me.md']);
    it.press('down', 'tab');
    assert.equal(it.written(), 'look at @"docs/parse me.md" |');
    it.type('and @sr');
    await it.until(() => shown(it)[0] === 'src/');
    it.press('tab');
    assert.equal(it.written(), 'look at @"docs/parse me.md" and @src/|');
    await it.until(() => shown(it).includes('src/deep/'));
    it.type('deep/');
    await it.until(() => shown(it).includes('src/deep/printer.ts'));
    assert.equal(shown(it)[0], 'src/deep/');
  });

  it('replaces the rest of the name, and goes on within the quotes of a folder', async () => {
    await write('my notes/one.md', 'my notes/two.md');
    const it = await start();

    it.type('@my is old');
    for (let times = 0; times < 7; times++) it.press('left');
    await it.until(() => shown(it).length > 0);
    it.press('tab');
    assert.equal(it.written(), '@"my notes/|" is old');
    it.type('tw');
    await it.until(() => shown(it)[0] === 'my notes/two.md' && shown(it).length === 1);
    it.press('enter');
    assert.equal(it.written(), '@"my notes/two.md" |is old');
  });

  it('looks into folders outside by name, and never at another computer', async () => {
    await mkdir(join(folder, 'home', 'papers'), { recursive: true });
    await mkdir(join(folder, 'project'));
    await writeFile(join(folder, 'home', 'plan.md'), '');
    const index = new PathIndex(join(folder, 'project'), { home: join(folder, 'home'), onChange: () => undefined });

    assert.deepEqual((await index.search('~/p', AbortSignal.timeout(5000))).sort(), ['~/papers/', '~/plan.md']);
    assert.deepEqual(await index.search('../ho', AbortSignal.timeout(5000)), ['../home/']);
    assert.deepEqual(await index.search('//host/share/', AbortSignal.timeout(5000)), []);
    assert.deepEqual(await index.search('/no/such/folder/', AbortSignal.timeout(5000)), []);
  });

  it('is seen at ten rows, and never takes more than a few', async () => {
    await write(...Array.from({ length: 30 }, (_, number) => `file-${number}.ts`));
    const it = await start();

    it.type('@file');
    await it.until(() => shown(it).length === 30);

    assert.equal(it.screen({ rows: 4 }).length, 4);
    assert.equal(it.screen({ rows: 30 }).length, 7);
    for (let times = 0; times < 29; times++) it.press('down');
    assert.match(it.screen({ rows: 4 }).at(-1)!, /^› /);
    it.press('down');
    assert.equal(it.input.snapshot().menu!.index, 0);
  });

  it('takes keys before it has found anything, in a folder of many files', async () => {
    for (let number = 0; number < 3000; number++) {
      if (number % 100 === 0) mkdirSync(join(folder, `module-${number / 100}`));
      writeFileSync(join(folder, `module-${Math.floor(number / 100)}`, `component-${number}.ts`), '');
    }
    const it = await start();
    it.type('@component-2999');
    const keys = it.input.snapshot().editor.text;

    await it.until(() => shown(it)[0] === 'module-29/component-2999.ts');

    assert.equal(keys, '@component-2999'); // All of them were taken before anything was found.
  });

  it('shows what is in a name, and offers none that no mention can hold', async () => {
    await write('two\u202elines.ts', 'quo"te.ts', 'plain.ts');
    const it = await start();

    it.type('@');
    await it.until(() => shown(it).length > 0);

    assert.deepEqual(shown(it), ['plain.ts']);
  });
});

describe('terminal: mentions while they are typed', () => {
  const at = (text: string): ReturnType<typeof findMentionPart> => findMentionPart(text.replace('|', ''), text.indexOf('|'));

  it('stand where the plugin input reads them', () => {
    assert.deepEqual(at('see @sr|c/a.ts now'), { from: 4, to: 13, query: 'sr' });
    assert.deepEqual(at('(@a|)'), { from: 1, to: 4, query: 'a' });
    assert.deepEqual(at('@"my no|tes.md" x'), { from: 0, to: 14, query: 'my no' });
    assert.deepEqual(at('@my\\ no|tes.md'), { from: 0, to: 13, query: 'my no' });
    assert.deepEqual(at('@a,@b|'), { from: 3, to: 5, query: 'b' });
    for (const text of ['ada@exam|ple', '"@a|"', '`@a|`', '@a b|', '@http://x|', 'x|']) assert.equal(at(text), undefined, text);
  });

  it('are quoted where they would end early', () => {
    assert.deepEqual(['src/a.ts', 'src/', 'a b.md', 'v1.', 'a(1).ts', 'x:10', 'naïve.md', '~/x', '../y'].map(toMention), ['@src/a.ts', '@src/', '@"a b.md"', '@"v1."', '@"a(1).ts"', '@"x:10"', '@naïve.md', '@~/x', '@../y']);
    assert.deepEqual(['a"b', 'a\nb', 'a\u202eb', 'a`b'].map(toMention), [undefined, undefined, undefined, undefined]);
  });
});

describe('terminal: fuzzy matches', () => {
  const best = (query: string, ...names: string[]): string | undefined => names.map((name) => ({ name, score: scoreMatch(query, name) })).filter(({ score }) => score !== undefined).sort((a, b) => b.score! - a.score!)[0]?.name;

  it('puts the name that was meant first', () => {
    assert.equal(best('parse', 'src/sparse.ts', 'src/deep/parse.ts', 'parser/index.ts'), 'src/deep/parse.ts');
    assert.equal(best('index.ts', 'src/index.ts', 'src/deep/index.ts', 'index.test.ts'), 'src/index.ts');
    assert.equal(best('ia', 'src/input-area.ts', 'src/vanilla.ts'), 'src/input-area.ts');
    assert.equal(best('qx', 'src/a.ts'), undefined);
  });
});
