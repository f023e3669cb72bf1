import assert from 'node:assert/strict';
import { isSkillName, parseSkill, type ParsedSkill } from '../src/skill.ts';

const parse = (text: string, folder = 'pdf'): Promise<ParsedSkill> => parseSkill(text, {
  file: `/p/.agents/skills/${folder}/SKILL.md`, folder: `/p/.agents/skills/${folder}`, shown: 'SKILL.md', stamp: '', place: { layer: 'project', folder: '/p/.agents/skills' },
});
const front = (lines: string, body = 'Body.'): string => `---\n${lines}\n---\n${body}\n`;

describe('a skill', () => {
  it('is read with everything that has a meaning here', async () => {
    const { skill, problems } = await parse(front('name: pdf\ndescription: >\n  Fills forms\n  of any kind.\nwhen_to_use: When there is a form.\nlicense: MIT\ncompatibility: needs python\nmetadata: { author: me, version: 1 }\nargument-hint: [file]\narguments: file form\nuser-invocable: false\nallowed-tools: Bash(rm:*)'));

    assert.deepEqual(problems, []);
    assert.ok(skill !== undefined);
    assert.equal(skill.description, 'Fills forms of any kind. When there is a form.');
    assert.deepEqual([skill.argumentHint, skill.argumentNames, skill.onlyForModel, skill.onlyForPeople, skill.notApplied, skill.body, skill.bodyLine], ['[file]', ['file', 'form'], true, false, ['allowed-tools'], 'Body.\n', 15]);
  });

  for (const [what, text, says] of [
    ['no front matter', '# PDF\nFill it.', /^1: it has no front matter; begin it with a line of ---/],
    ['no description', front('name: pdf'), /^1: it has no description; write in a sentence/],
    ['an empty description', front('name: pdf\ndescription: "  "'), /^3: it has no description/],
    ['a description that is a list', front('name: pdf\ndescription: [a, b]'), /^3: description is an array; write in a sentence/],
    ['a name that is a number', front('name: 12\ndescription: x'), /^2: name is 12; write a text$/],
    ['a yes that is a word', front('name: pdf\ndescription: x\ndisable-model-invocation: yes'), /^4: disable-model-invocation is "yes"; write true or false$/],
    ['metadata that is a text', front('name: pdf\ndescription: x\nmetadata: y'), /^4: metadata is "y"; write keys with values/],
  ] as const) {
    it(`with ${what} is left out, with one sentence`, async () => {
      const { skill, problems } = await parse(text);

      assert.equal(skill, undefined);
      assert.deepEqual(problems.map(({ level }) => level), ['error']);
      assert.match(`${problems[0]!.line}: ${problems[0]!.text}`, says);
    });
  }

  for (const [what, text, says] of [
    ['a name that is not that of its folder', front('name: pdfs\ndescription: x'), /^2: name is "pdfs" and its folder "pdf", by which it goes; both must be the same$/],
    ['no name', front('description: x'), /^1: it has no name; write name: pdf, as its folder$/],
    ['a long description', front(`name: pdf\ndescription: ${'x'.repeat(1025)}`), /^3: description has 1025 characters; the format allows 1024$/],
    ['a long compatibility', front(`name: pdf\ndescription: x\ncompatibility: ${'x'.repeat(501)}`), /^4: compatibility has 501 characters; the format allows 500$/],
  ] as const) {
    it(`with ${what} is used, with a warning`, async () => {
      const { skill, problems } = await parse(text);

      assert.equal(skill?.name, 'pdf');
      assert.deepEqual(problems.map(({ level }) => level), ['warning']);
      assert.match(`${problems[0]!.line}: ${problems[0]!.text}`, says);
    });
  }

  it('with a key that nobody knows is used, and its author gets a hint', async () => {
    const { skill, problems } = await parse(front('name: pdf\ndescription: x\nlicence: MIT\ncolour: red'));

    assert.ok(skill !== undefined);
    assert.deepEqual(problems.map(({ level, line, text }) => [level, line, text]), [
      ['hint', 4, '"licence" is no key of a skill; did you mean license?'], ['hint', 5, '"colour" is no key of a skill; keys of your own belong below metadata'],
    ]);
  });

  it('goes by the name of its folder, which is a name', async () => {
    for (const name of ['pdf', 'a', '1', 'a-b-3', 'größe', '技能', 'x'.repeat(64)]) assert.ok(isSkillName(name), name);
    for (const name of ['', 'PDF', '-a', 'a-', 'a--b', 'a_b', 'a b', 'a/b', '..', 'a.b', 'x'.repeat(65), 'ﬁle', 'a\u0000']) assert.ok(!isSkillName(name), name);
    assert.match((await parse(front('name: PDF\ndescription: x'), 'PDF')).problems[0]!.text, /^its folder is called "PDF"; a skill's name has lower-case letters/);
  });
});
