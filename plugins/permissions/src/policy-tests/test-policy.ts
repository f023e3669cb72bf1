import type { Verdict } from '@pith/kernel';
import { settle } from './check-cases.ts';
import { type Grounds, judge } from '../judge.ts';
import type { PolicyCase, PolicyFile } from './policy-file.ts';
import { testRules } from './test-rules.ts';

/** One test of a policy, of a rule or a case. */
export interface PolicyTest {
  kind: 'rule' | 'case';
  source: string | null;
  name: string | null;
  call: string;
  /** The rule that says so of itself, or that decided. */
  rule: string | null;
  expect: Verdict | 'match' | 'noMatch';
  /** Of a case. */
  found: Verdict | null;
  /** What is wrong, in one sentence. */
  problem: string | null;
}

/** Tries what rules say of themselves, then the cases. Nothing is run. */
export async function testPolicy({ policy, cases }: PolicyFile, at: Pick<Grounds, 'home' | 'env'>): Promise<PolicyTest[]> {
  const tests = (await testRules(policy)).map(({ rule, source = null, call, expect, problem }): PolicyTest => ({ kind: 'rule', source, name: null, call, rule, expect, found: null, problem }));
  for (const each of cases) tests.push(await testCase(each, { policy, ...at }));
  return tests;
}

async function testCase({ source, name, text, call, expect, rule: wanted }: PolicyCase, grounds: Grounds): Promise<PolicyTest> {
  const { verdict, rule, source: where, reason } = await judge(call, grounds);
  const found = settle(verdict, call.mode);
  const by = rule === null ? '' : ` by the rule ${JSON.stringify(rule)}${where === undefined ? '' : ` (${where})`}`;
  const is = `${name === undefined ? '' : `${name}: `}${JSON.stringify(text)} gets ${found}${by} (${reason})`;
  const problem = found !== expect ? `${is}; expected ${expect}` : wanted !== undefined && wanted !== rule ? `${is}; expected ${wanted === null ? 'no rule' : `the rule ${JSON.stringify(wanted)}`}` : null;
  return { kind: 'case', source, name: name ?? null, call: text, rule, expect, found, problem: problem === null ? null : `${source}: ${problem}` };
}
