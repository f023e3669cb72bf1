import assert from 'node:assert/strict';
import { array, assert as assertProperty, constantFrom, property, string, tuple } from 'fast-check';
import { parseDocument } from 'yaml';
import { readPlainYaml } from '../src/plain-yaml.ts';

/** As the library reads it; nothing where that finds a fault. */
function readByLibrary(yaml: string): unknown {
  const document = parseDocument(yaml, { logLevel: 'silent' });
  return document.errors.length > 0 ? undefined : document.toJS();
}

describe('front matter of one line a key', () => {
  it('is read without the library where it is plain', () => {
    const { values, lines } = readPlainYaml('name: pdf\n# a remark\n\ndescription: Fill forms, or "quote" them (#1, a:b) – when asked.\nlicense: "MIT: all"\nargument-hint: \'[file]\'\nuser-invocable: false')!;

    assert.deepEqual(values, { name: 'pdf', description: 'Fill forms, or "quote" them (#1, a:b) – when asked.', license: 'MIT: all', 'argument-hint': '[file]', 'user-invocable': false });
    assert.deepEqual([...lines], [['name', 2], ['description', 5], ['license', 6], ['argument-hint', 7], ['user-invocable', 8]]);
  });

  it('is left to the library where it is not', () => {
    for (const yaml of ['a: b: c', 'a: >\n  b', 'a: [b]', 'a: 1', 'a: null', 'a: ~', 'a:', 'a: "b\\n"', "a: 'b''c'", 'a: b # c', ' a: b', 'a: b\na: c', '- a', 'a: *b', 'a: b\n  c', 'a: b:', 'a: "b" c', 'true: b', 'a: @b', '\ta: b', 'a: .inf', 'a: 2024-01-01']) {
      assert.equal(readPlainYaml(yaml), undefined, yaml);
    }
  });

  it('is what the library reads, whatever stands there', () => {
    const word = constantFrom('name', 'true', 'null', '~', '1', '-', '.5', ':', ': ', ' ', '  ', '#', ' #', '"', "'", '\\', '[a]', '{', '&', '*', '|', '>', '@', '`', '%', ',', '?', '!', '\t', 'a:b', 'x', '\n', '\nb: ', '<<', 'yes', '---', '...', 'ü', '\u00a0', '\u2028', '\r');
    assertProperty(property(array(tuple(constantFrom('a', 'description', 'x-y', 'on'), array(word, { maxLength: 6 }), string({ maxLength: 4 })), { minLength: 1, maxLength: 3 }), (entries) => {
      const yaml = entries.map(([key, words, more]) => `${key}: ${words.join('')}${more}`).join('\n').replaceAll(/\r\n?/g, '\n');
      if (yaml.split('\n').some((line) => /^(?:---|\.\.\.)/.test(line))) return; // The front matter ends there.
      const plain = readPlainYaml(yaml);
      if (plain !== undefined) assert.deepEqual({ ...plain.values }, readByLibrary(yaml) ?? {}, JSON.stringify(yaml));
    }), { numRuns: 3000 });
  });
});
