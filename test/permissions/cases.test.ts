import assert from 'node:assert/strict';
import { type Case, readCases, themes } from './case.ts';
import { type Answer, check, toOutcome } from './check.ts';
import { createGround, type Ground } from './ground.ts';

describe('what THREATS.md says of permissions', function () {
  this.timeout(120_000);
  let ground: Ground;
  const judged = new Map<string, { theCase: Case; answer: Answer }[]>();
  before(async () => {
    ground = await createGround();
    const cases = themes.flatMap((theme) => readCases(theme, ground).map((theCase) => ({ theme, theCase })));
    const answers = await check(ground, cases.map(({ theCase }) => theCase));
    cases.forEach(({ theme, theCase }, index) => judged.set(theme, [...(judged.get(theme) ?? []), { theCase, answer: answers[index]! }]));
  });
  after(() => ground.remove());

  for (const theme of themes) {
    it(`holds in every case of ${theme}.jsonl`, () => {
      const wrong = judged.get(theme)!.filter(({ theCase, answer }) => ![theCase.expect].flat().includes(toOutcome(answer)));
      assert.equal(wrong.length, 0, `${wrong.length} of ${judged.get(theme)!.length}:\n${wrong.map(describeWrong).join('\n')}`);
    });
  }

  it('is put to the test in both directions', () => {
    const all = [...judged.values()].flat();
    const harmless = all.filter(({ theCase }) => theCase.expect === 'allow').length;
    assert.ok(harmless >= 500 && all.length - harmless >= 500, `${harmless} of ${all.length} must pass`);
  });
});

function describeWrong({ theCase: { id, why, policy, mode, tool, input, expect }, answer }: { theCase: Case; answer: Answer }): string {
  const text = JSON.stringify(input);
  const rules = JSON.stringify(policy);
  return `${id} ${mode} ${tool} ${text.length > 300 ? `${text.slice(0, 300)}…` : text} is ${toOutcome(answer)}, must be ${[expect].flat().join(' or ')} (${answer.reason ?? answer.error?.message}); policy ${rules.length > 300 ? `${rules.slice(0, 300)}…` : rules}\n    ${why}`;
}
