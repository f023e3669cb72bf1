import assert from 'node:assert/strict';
import { readShell, type Step } from '../index.ts';

/** What runs after what, as one line: `;` in order, `()` in a shell of its own, `?` a choice, `*` again and again. */
async function read(text: string): Promise<string> {
  const { steps } = await readShell(text);
  return steps === undefined ? 'unclear' : write(steps);

  function write(step: Step): string {
    switch (step.kind) {
      case 'command': return text.slice(step.command.start, step.command.end);
      case 'sequence': return step.steps.map(write).join('; ');
      case 'and': return `[${write(step.left)} && ${write(step.right)}]`;
      case 'or': return `[${write(step.left)} || ${write(step.right)}]`;
      case 'not': return `!${write(step.step)}`;
      case 'aside': return `(${write(step.step)})`;
      case 'choice': return `{${write(step.condition)} ? ${write(step.then)} : ${write(step.otherwise)}}`;
      case 'arms': return `{${step.arms.map(write).join(' | ')}}`;
      case 'loop': return `*${step.variable ?? ''}${step.words?.length ?? ''}{${write(step.condition)} ? ${write(step.body)}}`;
      case 'function': return `${step.name}={${write(step.body)}}`;
    }
  }
}

describe('the structure of a text', () => {
  for (const [text, structure] of Object.entries({
    'a; b\nc;': 'a; b; c',
    'a && b || c; d': '[[a && b] || c]; d',
    'a &&\n b': '[a && b]',
    'a | b |& c && d': '[(a); (b); (c) && d]',
    'a && b & c': '([a && b]); c',
    '(a; b) && { c; d; }': '[(a; b) && c; d]',
    '! a | b': '(!a); (b)',
    'time a; ! b': 'a; !b',
    'a $(b; c) "`d`" <(e)': '(b; c); (d); (e); a $(b; c) "`d`" <(e)',
    'if a; then b; elif c; then d; else e; fi; f': '{a ? b : {c ? d : e}}; f',
    'if a; then b; fi > $(c)': '{a ? b : }; (c)',
    'while a; do b; done < x | c': '(*{a ? b}); (c)',
    'until a; do b; done': '*{a ? b}',
    'for x in 1 2; do a; b; done': '*x2{ ? a; b}',
    'for x; do a; done': '*x{ ? a}',
    'for x in $(a); do b; done': '(a); *x1{ ? b}',
    'case x in a) b;; c|d) e; f;; esac; g': '{b | e; f}; g',
    'case $(a) in (b) c;; esac': '(a); {c}',
    'f() { a; }; function g { b; }; f': 'f={a}; g={b}; f',
    '[[ -f x ]] && a || ((1))': '[[ && a] || ]',
    'a <<E\n$(b)\nE\nc': 'a <<E; (b); c',
    '{ a; } > x 2>&1 && b': '[a && b]',
    '> x; a': '; a',
    '': '',
    '# nothing': '',
    'a &': '(a)',
    'A=1; b': 'A=1; b',
  })) {
    it(`is ${structure || 'nothing'} for ${JSON.stringify(text)}`, async () => {
      assert.equal(await read(text), structure);
    });
  }

  it('is not told of what bash would not read, nests too deep, or is not certain', async () => {
    for (const text of ['a && && b', 'if a; fi', '{ a; ', `${'{ '.repeat(300)}a;${' };'.repeat(300)}`, 'a )', 'do a; done']) {
      assert.equal(await read(text), 'unclear', text);
    }
  });
});
