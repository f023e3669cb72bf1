import assert from 'node:assert/strict';
import { toSkillList } from '../src/section.ts';

const skills = (count: number, length: number) => Array.from({ length: count }, (_, index) => ({ name: `skill-${index}`, description: 'x'.repeat(length) }));

describe('the list of skills', () => {
  it('has a line for each, on one line', () => {
    const { text, cut, left } = toSkillList([{ name: 'pdf', description: 'Fills forms.\u001b[2J\u202e' }, { name: 'csv', description: 'Reads tables.' }], 4000);

    assert.deepEqual([text.split('\n').slice(1), cut, left], [['- pdf: Fills forms.\\x1b[2J\\u{202e}', '- csv: Reads tables.'], 0, 0]);
  });

  it('shows 1536 characters of a description', () => {
    const line = toSkillList(skills(1, 2000), 100_000).text.split('\n')[1]!;

    assert.equal(line, `- skill-0: ${'x'.repeat(1535)}…`);
  });

  it('cuts descriptions evenly, the long ones first, and says so, before it leaves out a name', () => {
    const { text, cut, left } = toSkillList([...skills(50, 1000), { name: 'short', description: 'Stays whole.' }], 2000);

    assert.deepEqual([cut, left], [50, 0]);
    assert.ok(text.length <= 8000 + 100 && text.length > 7500, `${text.length}`);
    assert.match(text, /\n- short: Stays whole\.\n\[50 of these descriptions are cut; the skill says the rest\.\]$/);
    assert.equal(new Set(text.match(/x+…/g)).size, 1);
  });

  it('keeps the names where descriptions would say too little', () => {
    const { text, cut, left } = toSkillList(skills(300, 500), 1500);

    assert.deepEqual([cut, left], [300, 0]);
    assert.match(text, /\[There are too many for their descriptions\.\]\nskill-0, skill-1, .*, skill-299$/);
  });

  it('counts the names that do not fit either', () => {
    const { text, left } = toSkillList(skills(1000, 500), 1000);

    assert.ok(left > 500 && left < 1000);
    assert.ok(text.length <= 4000 + 150, `${text.length}`);
    assert.match(text, new RegExp(`and ${left} more than fit here; the tool skill knows them all`));
  });
});
