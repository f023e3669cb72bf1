import assert from 'node:assert/strict';
import { readShell, readWord } from '../index.ts';

/** Commands as bash would run them; `?` stands for what is only known when it runs, after what is certain of it. */
async function read(text: string): Promise<string[]> {
  const { commands } = await readShell(text);
  return commands.filter(({ words }) => words.length > 0).map(({ words }) => words.flatMap((word) => {
    const { values, prefix } = readWord(word, '/home/ann');
    return values ?? [`${prefix}?`];
  }).join('␣'));
}

const isCertain = async (text: string): Promise<boolean> => (await readShell(text)).doubts.length === 0;

describe('the commands of a line', () => {
  /** The grammar does not know some forms: they are found all the same, with a doubt. */
  const LINES: Record<string, { line: string; runs: string[]; hasDoubt?: true }> = {
    'a list': { line: 'a; b && c || d & e', runs: ['a', 'b', 'c', 'd', 'e'] },
    'a pipe': { line: 'a 1 | b |& c', runs: ['a␣1', 'b', 'c'] },
    'lines': { line: 'a\n\nb \\\n  c\n', runs: ['a', 'b␣c'] },
    'quotes': { line: 'a "b c" \'d e\' f\\ g "" h"i"\'j\'', runs: ['a␣b c␣d e␣f g␣␣hij'] },
    'escapes of $\'…\'': { line: '$\'r\\x6d\' $\'\\u0041\\n\'', runs: ['rm␣A\n'] },
    'separators within quotes': { line: 'a "; b" \'| c\' \\; d', runs: ['a␣; b␣| c␣;␣d'] },
    'a group and a subshell': { line: '{ a; b; } && (c; d)', runs: ['a', 'b', 'c', 'd'] },
    'branches': { line: 'if a; then b; elif c; then d; else e; fi', runs: ['a', 'b', 'c', 'd', 'e'] },
    'loops': { line: 'for x in 1 2; do a; done; while b; do c; done; until d; do e; done', runs: ['a', 'b', 'c', 'd', 'e'] },
    'case': { line: 'case $x in a|b) c;; (*) d ;; esac; e', runs: ['c', 'd', 'e'] },
    'case in a substitution': { line: 'a $(case x in y) b;; esac) c', runs: ['a␣?␣c', 'b'] },
    'a function': { line: 'f() { a; }; function g { b; }; f', runs: ['a', 'b', 'f'] },
    'substitutions': { line: 'a $(b $(c)) `d` "$(e)" <(f) >(g)', runs: ['a␣?␣?␣?␣?␣?', 'b␣?', 'c', 'd', 'e', 'f', 'g'] },
    'substitutions in defaults and assignments': { line: 'a "${x:-$(b)}"; y=$(c) d', runs: ['a␣?', 'b', 'd', 'c'] },
    'a substitution in arithmetic': { line: 'a $((1 + $(b)))', runs: ['a␣?', 'b'], hasDoubt: true },
    'a substitution in an array': { line: 'x=(1 $(b)) a', runs: ['a', 'b'] },
    'a test': { line: '[[ -f x && $(a) ]] && b', runs: ['a', 'b'] },
    'time and !': { line: 'time -p a; ! b', runs: ['a', 'b'] },
    'redirects in between': { line: '>x a 2>&1 b <y', runs: ['a␣b'], hasDoubt: true },
    'a here-document that is expanded': { line: 'a <<E | b\n$(c)\nE\nd', runs: ['a', 'b', 'c', 'd'] },
    'a here-document that is not': { line: 'a <<\'E\'\n$(c)\nE\nd', runs: ['a', 'd'] },
    'a here-document with tabs': { line: 'a <<-E\n\tx\n\tE\nb', runs: ['a', 'b'] },
    'a here-document with lines like its end': { line: 'a <<E | b\nEX rm\n E rm\nE\nc', runs: ['a', 'b', 'c'] },
    'a here-document of a letter': { line: 'a <<x\nxx $\ny\nx\nc', runs: ['a', 'c'], hasDoubt: true },
    'a comment': { line: 'a # $(b); c\nd#e', runs: ['a', 'd#e'], hasDoubt: true },
    'braces': { line: 'a {b,c}d {1..3} {x} "{y,z}"', runs: ['a␣bd␣cd␣1␣2␣3␣{x}␣{y,z}'] },
    'braces that leave a program': { line: '{,rm} x', runs: ['rm␣x'], hasDoubt: true },
    'the home folder': { line: 'a ~/b ~ "~" c~', runs: ['a␣/home/ann/b␣/home/ann␣~␣c~'] },
    'patterns and variables': { line: 'a src/*.ts pre$x [ab] ]', runs: ['a␣src/?␣pre?␣?␣]'] },
    'declarations': { line: 'export A=b C; unset D', runs: ['export␣A=b␣C', 'unset␣D'] },
    'the program [': { line: '[ -f x ] && a', runs: ['[␣-f␣x␣]', 'a'] },
  };

  for (const [what, { line, runs, hasDoubt = false }] of Object.entries(LINES)) {
    it(`are found with their words${hasDoubt ? ', though with a doubt' : ', and are certain'}: ${what}`, async () => {
      assert.deepEqual(await read(line), runs);
      assert.equal(await isCertain(line), !hasDoubt);
    });
  }

  it('keep the assignments in front of them, and stand alone with them', async () => {
    const { commands, text } = await readShell('A=1 B+=2 make C=3; D=4');

    assert.deepEqual(commands.map(({ assignments, words }) => [assignments, words].map((list) => list.map(({ start, end }) => text.slice(start, end)))), [[['A=1', 'B+=2'], ['make', 'C=3']], [['D=4'], []]]);
  });

  it('keep their redirects; those of groups and loops are listed, too', async () => {
    const { redirects, text } = await readShell('a >x 2>>y; { b; } &>z; while c; do d; done <w; e <<<v');

    assert.deepEqual(redirects.map(({ operator, target }) => [operator, text.slice(target.start, target.end)]), [['>', 'x'], ['>>', 'y'], ['&>', 'z'], ['<', 'w'], ['<<<', 'v']]);
  });
});

describe('a doubt', () => {
  const DOUBTS: Record<string, string> = {
    'a quote that is not closed': 'a "b', 'a parenthesis that is not closed': '(a', 'a parenthesis too many': 'a )', 'an unfinished branch': 'if a; then b',
    'an escape in backticks': '`a \\`b\\``', 'arithmetic over a variable': '((x++))', 'an index': 'a[x]=1 b', 'an index in an expansion': 'a ${b[x]}',
    'an expansion through a name': 'a ${!b}', 'an expansion that expands': 'a ${b@P}', 'a slice': 'a ${b:c}', 'an expansion over two lines': 'a "$\\\n(b)"', 'an expansion over two lines of a here-document': 'a <<E\n$\\\n(b)\nE', 'an operator over two lines': 'a &\\\n& b', 'a name over two lines': 'a\\\nb', 'two ends of lines in a word': 'a $\\\n\\\n(b)', 'an expansion that sets': 'a ${b:=c}', 'an expansion that sets what is not there': 'a ${b=c}', 'a coprocess': 'coproc a', 'a text that is translated': 'a $"b"',
    'a number compared in [[': '[[ a -eq b ]]', 'a here-document without an end': 'a <<E\nb', 'a delimiter that is expanded': 'a <<$(b)\nc\n$(b)',
    'a here-document that begins within parentheses': 'a $(b <<E)\nc\nE', 'an extended pattern': 'a @(b|c)', 'a redirect to a variable': 'a {b}>c', 'an escape of no character': 'a $\'\\xff\'',
    'arithmetic in the old form': 'a $[1]', 'nesting without end': `${'$('.repeat(300)}a${')'.repeat(300)}`,
  };

  for (const [what, line] of Object.entries(DOUBTS)) {
    it(`is had about ${what}`, async () => {
      assert.equal(await isCertain(line), false);
    });
  }

  const HARMLESS = [
    'npm test', 'a \\\nb && \\\n  c "d \\\ne"', 'a \'b\\\n c\'', 'git log --oneline -n 20 | head -5', 'git diff HEAD~1 -- src/index.ts', 'git commit -m "fix: don\'t break" -m \'second\'', 'ls -la src/*.ts',
    'find . -name "*.ts" -not -path "./node_modules/*" | xargs wc -l', 'cd packages/a && npm ci && npm test 2>&1 | tail -20', 'for f in src/*.ts; do echo "$f"; wc -l "$f"; done',
    'if [ -f package.json ]; then cat package.json; else echo none; fi', '[[ -d node_modules ]] || npm ci', 'python3 - <<\'PY\'\nimport sys\nprint(sys.version)\nPY',
    'curl -s https://example.com/api?a=1\\&b=2 | jq \'.items[] | {id, name}\'', 'awk \'{ print $1 }\' file.txt', 'while IFS= read -r line; do echo "$line"; done < input.txt',
    'git add -A && git commit -m "$(cat <<\'E\'\nmessage\n\nbody\nE\n)"', 'ps aux | grep \'[n]ode\'', 'nohup node server.js > server.log 2>&1 &', 'diff <(sort a) <(sort b)',
    'ls | while read f; do mv "$f" "${f%.txt}.md"; done', 'git log --format=\'%h %s\' --since="2 weeks ago"', 'set -euo pipefail; npm test', 'find . -type f -exec grep -l foo {} \\;',
    '[[ $a == b* && $c =~ ^[0-9]+$ ]] && echo ok', 'git rev-parse --abbrev-ref HEAD@{u}', 'git diff HEAD^ HEAD', 'echo $((1 + 2))', 'env FOO=1 node x.js', 'make -j$(nproc)',
    'trap \'rm -f x\' EXIT', 'grep -c \'^#\' README.md', 'exec 3>&1', 'cat file | tee out.txt | wc -l',
  ];

  it('is had about none of the lines that everyone types', async () => {
    const doubtful = [];
    for (const line of HARMLESS) if (!(await isCertain(line))) doubtful.push(line);

    assert.deepEqual(doubtful, []);
  });

  it('is had, and no error, whatever the text', async () => {
    for (const text of ['', '\0', '\ud800', '}', 'esac', ';;', '${', '$((', '<<', '<<<', '`', '(((', '[[', 'for', 'case', 'a=(', '"$(\'', '\\', '$\'', '!', '{', 'function', '((a', '<(', 'x'.repeat(100_000), '${x:-'.repeat(50_000), '"$('.repeat(50_000), '`'.repeat(50_001)]) {
      assert.ok(Array.isArray((await readShell(text)).doubts));
    }
  });
});
