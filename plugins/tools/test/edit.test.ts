import assert from 'node:assert/strict';
import { chmod, link, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startTools, type Tools } from './start-tools.ts';

interface Case {
  title: string;
  before: string | Buffer;
  edits: [old: string, replacement: string][];
  /** What the file holds afterwards. */
  after?: string | Buffer;
  /** The code of the refusal, and words of its sentence; the file stays as it was. */
  refused?: [code: string, ...words: string[]];
}

const mark = '\ufeff';

const cases: Case[] = [
  // Exactly.
  { title: 'replaces text that stands in one place', before: 'one\ntwo\nthree\n', edits: [['two', 'TWO']], after: 'one\nTWO\nthree\n' },
  { title: 'replaces a part of a line', before: 'const a = 1; const b = 2;\n', edits: [['a = 1', 'a = 10']], after: 'const a = 10; const b = 2;\n' },
  { title: 'replaces text over several lines', before: 'a\nb\nc\nd\n', edits: [['b\nc\n', 'x\n']], after: 'a\nx\nd\n' },
  { title: 'takes text away', before: 'keep\ndrop\nkeep too\n', edits: [['drop\n', '']], after: 'keep\nkeep too\n' },
  { title: 'adds lines after a line', before: 'a\nb\n', edits: [['a\n', 'a\nnew\n']], after: 'a\nnew\nb\n' },
  { title: 'takes $& and $1 as text, not as patterns', before: 'price\n', edits: [['price', '$& $1 $$']], after: '$& $1 $$\n' },
  { title: 'takes dots and brackets as text, not as patterns', before: 'abc\na.c\n', edits: [['a.c', 'x']], after: 'abc\nx\n' },
  { title: 'keeps a file without a last line end without one', before: 'a\nb', edits: [['b', 'c']], after: 'a\nc' },
  { title: 'keeps several empty lines at the end', before: 'a\n\n\n', edits: [['a', 'b']], after: 'b\n\n\n' },
  { title: 'keeps white space at line ends elsewhere', before: 'a  \t\nb\nc \n', edits: [['b', 'B']], after: 'a  \t\nB\nc \n' },
  { title: 'edits text of several scripts and of two units a character', before: 'Grüße 👋🏽 世界\n', edits: [['👋🏽 世界', '🌍']], after: 'Grüße 🌍\n' },
  { title: 'keeps a form feed, a lone CR and an escape as they are', before: 'a\u000cb\rc\u001b[0m\nend\n', edits: [['end', 'END']], after: 'a\u000cb\rc\u001b[0m\nEND\n' },
  { title: 'prefers the exact place to one that is only alike', before: 'x = “a”\nx = "a"\n', edits: [['x = "a"', 'x = "b"']], after: 'x = “a”\nx = "b"\n' },

  // Marks and encodings.
  { title: 'keeps a byte-order mark', before: `${mark}first\nsecond\n`, edits: [['first', '1st']], after: `${mark}1st\nsecond\n` },
  { title: 'keeps UTF-16 LE', before: Buffer.from(`${mark}one\r\ntwo\r\n`, 'utf16le'), edits: [['one\ntwo', 'one\n2']], after: Buffer.from(`${mark}one\r\n2\r\n`, 'utf16le') },
  { title: 'keeps UTF-16 BE', before: Buffer.from(`${mark}one\ntwo\n`, 'utf16le').swap16(), edits: [['two', 'zwö']], after: Buffer.from(`${mark}one\nzwö\n`, 'utf16le').swap16() },
  { title: 'keeps bytes that are not UTF-8', before: Buffer.from('caf\xe9 \xff\xfe \xe2\x82 \xf0\x9f\x91 \xed\xa0\x80 \xc3\xa9\ntwo\n', 'latin1'), edits: [['two', '2€']], after: Buffer.concat([Buffer.from('caf\xe9 \xff\xfe \xe2\x82 \xf0\x9f\x91 \xed\xa0\x80 \xc3\xa9\n', 'latin1'), Buffer.from('2€\n')]) },
  { title: 'edits UTF-8 beside bytes that are not', before: Buffer.from('\xff é one\n', 'latin1'), edits: [['one', 'ü']], after: Buffer.from('\xff é \xc3\xbc\n', 'latin1') },

  // Line ends.
  { title: 'finds LF text in a CRLF file and keeps CRLF', before: 'a\r\nb\r\nc\r\n', edits: [['a\nb', 'a\nB']], after: 'a\r\nB\r\nc\r\n' },
  { title: 'ends new lines in a CRLF file with CRLF', before: 'a\r\nb\r\n', edits: [['b', 'b\nnew']], after: 'a\r\nb\r\nnew\r\n' },
  { title: 'finds CRLF text in an LF file and keeps LF', before: 'a\nb\nc\n', edits: [['a\r\nb', 'a\r\nB\r\nx']], after: 'a\nB\nx\nc\n' },
  { title: 'keeps each line end of a mixed file', before: 'a\r\nb\nc\r\nd\n', edits: [['a\nb\nc\nd', 'a\nB\nc\nd']], after: 'a\r\nB\nc\r\nd\n' },
  { title: 'gives a new last line the line end of the line before it', before: 'a\r\nb', edits: [['b', 'b\nc']], after: 'a\r\nb\r\nc' },
  { title: 'changes line ends where old names them', before: 'a\r\nb\r\n', edits: [['a\r\nb\r\n', 'a\nb\n']], after: 'a\nb\n' },

  // White space at line ends.
  { title: 'forgives white space at line ends of the file, and keeps it where nothing changed', before: 'f() {  \n  a();\t\n}\n', edits: [['f() {\n  a();\n}', 'f() {\n  b();\n}']], after: 'f() {  \n  b();\t\n}\n' },
  { title: 'forgives white space at line ends of old', before: 'a\nb\n', edits: [['a  \nb', 'a  \nB']], after: 'a\nB\n' },
  { title: 'forgives a line end after the last line of a file that has none', before: 'a\nlast', edits: [['last\n', 'end\n']], after: 'a\nend' },
  { title: 'takes a blank line with spaces for a blank line', before: 'a\n    \nb\n', edits: [['a\n\nb', 'a\n\nc']], after: 'a\n    \nc\n' },

  // Indentation.
  { title: 'forgives missing indentation and indents the new text like the file', before: 'class A {\n    f() {\n        return 1;\n    }\n}\n', edits: [['f() {\n    return 1;\n}', 'f() {\n    log();\n    return 2;\n}']], after: 'class A {\n    f() {\n        log();\n        return 2;\n    }\n}\n' },
  { title: 'writes tabs where the file has tabs', before: 'if (a) {\n\tb();\n\tif (c) {\n\t\td();\n\t}\n}\n', edits: [['    b();\n    if (c) {\n        d();\n    }', '    b();\n    if (c) {\n        d();\n        for (;;) {\n            e();\n        }\n    }']], after: 'if (a) {\n\tb();\n\tif (c) {\n\t\td();\n\t\tfor (;;) {\n\t\t\te();\n\t\t}\n\t}\n}\n' },
  { title: 'writes spaces where the file has spaces', before: 'a:\n  b:\n    c: 1\n', edits: [['a:\n\tb:\n\t\tc: 1', 'a:\n\tb:\n\t\tc: 1\n\t\td:\n\t\t\te: 2']], after: 'a:\n  b:\n    c: 1\n    d:\n      e: 2\n' },
  { title: 'writes two spaces a step where old has four', before: 'f() {\n  if (a) {\n    b();\n  }\n}\n', edits: [['    if (a) {\n        b();\n    }', '    if (a) {\n        b();\n    } else {\n        c();\n    }']], after: 'f() {\n  if (a) {\n    b();\n  } else {\n    c();\n  }\n}\n' },
  { title: 'indents a first line that was copied without its indentation', before: '    foo() {\n        bar();\n    }\n', edits: [['foo() {\n        bar();\n    }', 'foo(x) {\n        bar(x);\n            deep();\n    }']], after: '    foo(x) {\n        bar(x);\n            deep();\n    }\n' },
  { title: 'steps out of the block that old shows', before: 'f() {\n\tg() {\n\t\th();\n\t}\n}\n', edits: [['        h();\n    }', '        h();\n    }\ni();']], after: 'f() {\n\tg() {\n\t\th();\n\t}\ni();\n}\n' },
  { title: 'leaves blank new lines blank', before: '\ta();\n\tb();\n', edits: [['a();\nb();', 'a();\n\nb();\nc();']], after: '\ta();\n\n\tb();\n\tc();\n' },
  { title: 'does not take text of another structure for the same', before: 'if a:\n    b()\n    c()\n', edits: [['if a:\n    b()\nc()', 'x']], refused: ['EDIT_NOT_FOUND'] },

  // Look-alikes.
  { title: 'forgives curly quotes in the file and keeps those that did not change', before: 'say “Hello” and ‘bye’\n', edits: [['say "Hello" and \'bye\'', 'say "Hello" and \'ciao\'']], after: 'say “Hello” and ‘ciao’\n' },
  { title: 'forgives curly quotes in old', before: 'x = "a";\ny = 1;\n', edits: [['x = “a”;\ny = 1;', 'x = “a”;\ny = 2;']], after: 'x = "a";\ny = 2;\n' },
  { title: 'forgives long dashes', before: 'pages 1–9 — all\n', edits: [['pages 1-9 - all', 'pages 1-9 - some']], after: 'pages 1–9 — some\n' },
  { title: 'forgives spaces that do not break', before: '10\u00a0km and 5\u202f%\n', edits: [['10 km and 5 %', '10 km and 6 %']], after: '10\u00a0km and 6\u202f%\n' },
  { title: 'forgives CRLF, look-alikes and white space at once', before: '“a”  \r\nb\r\n', edits: [['"a"\nb', '"a"\nc']], after: '“a”  \r\nc\r\n' },

  // Never a guess.
  { title: 'refuses text in two places and names their lines', before: 'x\na\nx\n', edits: [['x', 'y']], refused: ['EDIT_AMBIGUOUS', '2 places', 'lines 1, 3'] },
  { title: 'refuses places that overlap', before: 'aaa\n', edits: [['aa', 'b']], refused: ['EDIT_AMBIGUOUS', '2 places'] },
  { title: 'refuses two places that are alike but for indentation', before: '  a();\n\n    a();\n', edits: [['\ta();', '\tb();']], refused: ['EDIT_AMBIGUOUS', 'indentation', 'lines 1, 3'] },
  { title: 'refuses two places that are alike but for quotes', before: '“a”\n”a“\n', edits: [['"a"', '"b"']], refused: ['EDIT_AMBIGUOUS', 'look-alike', 'lines 1, 2'] },
  { title: 'refuses text that is not there and names the nearest line', before: 'const answer = 41;\nother\n', edits: [['const answer = 42;', 'x']], refused: ['EDIT_NOT_FOUND', 'nearest is line 1: const answer = 41;'] },
  { title: 'refuses a piece of a word as a tolerant match', before: 'max = 1\n', edits: [['  x = 1', 'y = 1']], refused: ['EDIT_NOT_FOUND'] },
  { title: 'refuses white space alone where it is not there exactly', before: 'a\tb\n', edits: [['  ', ' ']], refused: ['EDIT_NOT_FOUND'] },
  { title: 'refuses an empty old', before: 'a\n', edits: [['', 'b']], refused: ['TOOL_INPUT_INVALID', 'old is empty'] },
  { title: 'refuses an old that is the new', before: 'a\n', edits: [['a', 'a']], refused: ['EDIT_NO_CHANGE', 'same text'] },
  { title: 'refuses an edit after which the file would be the same', before: 'a\nb\n', edits: [['a  \nb', 'a\nb']], refused: ['EDIT_NO_CHANGE', 'already'] },
  { title: 'refuses half a character', before: 'a👋\n', edits: [['\ud83d', 'x']], refused: ['TOOL_INPUT_INVALID', 'half of a character'] },

  // Several at once.
  { title: 'applies several edits in order', before: 'a\nb\nc\n', edits: [['a', '1'], ['c', '3']], after: '1\nb\n3\n' },
  { title: 'lets an edit build on the one before it', before: 'a\n', edits: [['a', 'b'], ['b', 'c']], after: 'c\n' },
  { title: 'writes nothing when a later edit is not found', before: 'a\nb\n', edits: [['a', '1'], ['zzz', '2']], refused: ['EDIT_NOT_FOUND', 'edit 2 of 2', 'as the edits before it leave it'] },
  { title: 'writes nothing when an edit overlaps what one before it took away', before: 'abc\n', edits: [['ab', 'x'], ['bc', 'y']], refused: ['EDIT_NOT_FOUND', 'edit 2 of 2'] },
  { title: 'writes nothing when an edit makes a later one ambiguous', before: 'a\nb\n', edits: [['a', 'b'], ['b', 'c']], refused: ['EDIT_AMBIGUOUS', 'edit 2 of 2'] },
];

describe('edit', () => {
  let tools: Tools;
  beforeEach(async () => { tools = await startTools(); });
  afterEach(() => tools.close());

  for (const { title, before, edits, after, refused } of cases) {
    it(title, async () => {
      const path = await tools.put('file.txt', before, 0o640);
      const input = edits.length === 1 ? { path, old: edits[0]![0], new: edits[0]![1] } : { path, edits: edits.map(([old, replacement]) => ({ old, new: replacement })) };

      const { status, code, text, changes } = await tools.call('edit', input);

      if (refused !== undefined) {
        const [expected, ...words] = refused;
        assert.equal(code, expected, text);
        for (const word of words) assert.ok(text.includes(word), `${JSON.stringify(word)} is not in: ${text}`);
        assert.deepEqual(await tools.bytes('file.txt'), Buffer.from(before));
        return;
      }
      assert.equal(status, 'done', text);
      assert.deepEqual(await tools.bytes('file.txt'), Buffer.from(after!));
      assert.deepEqual(changes, [{ path, kind: 'update' }]);
      assert.equal((await stat(path)).mode & 0o7777, 0o640);
      assert.deepEqual(await readdir(tools.folder), ['file.txt']);
    });
  }

  it('shows the model what changed, with a line of context, and programs the whole difference', async () => {
    await tools.put('a.txt', 'one\ntwo\nthree\nfour\nfive\n');

    const { text, details } = await tools.call('edit', { path: 'a.txt', old: 'three', new: 'THREE' });

    assert.equal(text, 'Edited a.txt: 1 place.\n@@ -2,3 +2,3 @@\n two\n-three\n+THREE\n four');
    assert.deepEqual(details, { diff: '@@ -1,5 +1,5 @@\n one\n two\n-three\n+THREE\n four\n five', edits: [{ level: 'exact', line: 3 }] });
  });

  it('says what it forgave', async () => {
    await tools.put('a.txt', '\ta();\n');

    const { text } = await tools.call('edit', { path: 'a.txt', old: '    a();', new: '    b();' });

    assert.match(text, /Line 1 matched apart from indentation; the file's own were kept\./);
  });

  it('keeps a long difference short for the model', async () => {
    await tools.put('a.txt', `${'x\n'.repeat(500)}end\n`);

    const { text } = await tools.call('edit', { path: 'a.txt', old: 'end', new: 'y\n'.repeat(500) });

    assert.match(text, /… \d+ more lines of changes$/);
    assert.ok(text.length < 1000);
  });

  it('refuses a file that changed on disk since it was read, and edits it after another read', async () => {
    const path = await tools.put('a.txt', 'one\ntwo\n');
    await tools.call('read', { path });
    await writeFile(path, 'one\ntwo\nthree\n');

    const refused = await tools.call('edit', { path, old: 'one', new: '1' });

    assert.equal(refused.code, 'FILE_CHANGED');
    assert.equal(await tools.get('a.txt'), 'one\ntwo\nthree\n');
    await tools.call('read', { path });
    assert.equal((await tools.call('edit', { path, old: 'one', new: '1' })).status, 'done');
    assert.equal(await tools.get('a.txt'), '1\ntwo\nthree\n');
  });

  it('takes a file that was touched but holds the same text as unchanged', async () => {
    const path = await tools.put('a.txt', 'one\n');
    await tools.call('read', { path });
    await writeFile(path, 'one\n');

    assert.equal((await tools.call('edit', { path, old: 'one', new: '1' })).status, 'done');
  });

  it('edits again and again what it has edited itself', async () => {
    const path = await tools.put('a.txt', 'one\n');
    await tools.call('read', { path });

    for (const [old, replacement] of [['one', 'two'], ['two', 'three']]) assert.equal((await tools.call('edit', { path, old, new: replacement })).status, 'done');
    assert.equal(await tools.get('a.txt'), 'three\n');
  });

  it('changes the file behind a link inside the folder, and keeps the link', async () => {
    await tools.put('real.txt', 'one\n');
    await symlink('real.txt', join(tools.folder, 'link.txt'));

    const { changes } = await tools.call('edit', { path: 'link.txt', old: 'one', new: 'two' });

    assert.deepEqual(changes, [{ path: join(tools.folder, 'real.txt'), kind: 'update' }]);
    assert.equal(await tools.get('real.txt'), 'two\n');
    assert.equal(await tools.get('link.txt'), 'two\n');
  });

  it('says that another name of the file keeps the old text', async () => {
    const path = await tools.put('a.txt', 'one\n');
    await link(path, join(tools.folder, 'b.txt'));

    const { text } = await tools.call('edit', { path, old: 'one', new: 'two' });

    assert.match(text, /another name \(hard links\), where the old text stays/);
    assert.equal(await tools.get('b.txt'), 'one\n');
  });

  it('keeps the execute and the set-group-id bits', async () => {
    const path = await tools.put('run.sh', 'echo one\n');
    await chmod(path, 0o2755);

    await tools.call('edit', { path, old: 'one', new: 'two' });

    assert.equal((await stat(path)).mode & 0o7777, 0o2755);
  });

  it('refuses what is missing, is no text or is too large, each with its reason', async () => {
    await tools.put('data.bin', Buffer.from([1, 2, 0, 3]));
    await tools.put('large.txt', 'line\n'.repeat(4 * 1024 * 1024));

    assert.equal((await tools.call('edit', { path: 'none.txt', old: 'a', new: 'b' })).code, 'FILE_MISSING');
    assert.equal((await tools.call('edit', { path: 'data.bin', old: 'a', new: 'b' })).code, 'FILE_BINARY');
    assert.equal((await tools.call('edit', { path: 'large.txt', old: 'a', new: 'b' })).code, 'FILE_TOO_LARGE');
    assert.equal((await tools.call('edit', { path: '.', old: 'a', new: 'b' })).code, 'FILE_KIND');
  });

  it('takes old and new, or edits, and nothing between', async () => {
    const path = await tools.put('a.txt', 'a\n');

    for (const input of [{ path }, { path, old: 'a' }, { path, old: 'a', new: 'b', edits: [{ old: 'a', new: 'b' }] }, { path, edits: [] }, { path, old: 'a', new: 'b', replaceAll: true }]) {
      assert.equal((await tools.call('edit', input)).code, 'TOOL_INPUT_INVALID', JSON.stringify(input));
    }
    assert.equal(await tools.get('a.txt'), 'a\n');
  });
});
