import assert from 'node:assert/strict';
import { isFault, readFrontMatter } from '../src/front-matter.ts';

const faultOf = async (text: string): Promise<string> => {
  const found = await readFrontMatter(text);
  assert.ok(found !== undefined && isFault(found), JSON.stringify(found));
  return `${found.line}: ${found.text}`;
};

describe('front matter', () => {
  for (const [what, text] of [
    ['plain', '---\nname: a\ndescription: b\n---\nbody\n'],
    ['with line ends of Windows', '---\r\nname: a\r\ndescription: b\r\n---\r\nbody\r\n'],
    ['with line ends of an old Mac', '---\rname: a\rdescription: b\r---\rbody\r'],
    ['with spaces behind its marks', '---  \nname: a\ndescription: b\n---\t\nbody\n'],
    ['closed by three full stops', '---\nname: a\ndescription: b\n...\nbody\n'],
  ] as const) {
    it(`is read ${what}`, async () => {
      const found = await readFrontMatter(text);

      assert.ok(found !== undefined && !isFault(found));
      assert.deepEqual([found.values, found.body, found.bodyLine, found.lines.get('description')], [{ name: 'a', description: 'b' }, 'body\n', 5, 3]);
    });
  }

  it('is not there where the first line is another', async () => {
    for (const text of ['', 'text', '\n---\na: b\n---\n', ' ---\na: b\n---', '----\na: b\n----']) assert.equal(await readFrontMatter(text), undefined, JSON.stringify(text));
  });

  it('may be empty', async () => {
    for (const text of ['---\n---\nbody', '---\n# nothing\n---\nbody']) {
      const found = await readFrontMatter(text);
      assert.ok(found !== undefined && !isFault(found) && Object.keys(found.values).length === 0 && found.body === 'body');
    }
  });

  for (const [what, text, says] of [
    ['never ends', '---\nname: a\n', /^1: .*never ends; close it with a line of ---$/],
    ['has a colon in a value', '---\nname: a\ndescription: Use: when\n---\n', /^3: .*not YAML: .*a value with a colon belongs into quotes$/],
    ['is indented with a tab', '---\nmetadata:\n\ta: b\n---\n', /^3: .*a tab stands where spaces indent; write spaces$/],
    ['has a key twice', '---\nname: a\nname: b\n---\n', /^3: .*a key stands there twice; keep one$/],
    ['has a list that is not closed', '---\na: [b\n---\n', /^[23]: .*not YAML/],
    ['has a quote that is not closed', '---\na: "b\n---\n', /^[23]: .*not YAML: Missing closing "quote$/],
    ['is a text', '---\njust words\n---\n', /^2: .*no list of keys with values/],
    ['is a list', '---\n- a\n---\n', /^2: .*no list of keys with values/],
    ['names what is not there', '---\na: *b\n---\n', /^2: .*not YAML that is read here: Unresolved alias/],
    ['would become very large', `---\na: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n---\n`, /^2: .*Excessive alias count/],
    ['is very long', `---\na: ${'x'.repeat(70_000)}\n---\n`, /^1: .*has 70003 characters; at most 8192 are read$/],
  ] as const) {
    it(`that ${what} is told in one sentence with its line`, async () => assert.match(await faultOf(text), says));
  }
});
