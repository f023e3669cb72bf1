import { homedir } from 'node:os';
import { join, parse } from 'node:path';
import { toCall, toCallOf } from './call.ts';
import { judge } from '../judge.ts';
import { LISTS, type Policy } from '../options.ts';
import type { Rule } from '../rules/rule.ts';

/** One call that a rule says of itself that it matches, or does not. */
export interface RuleTest {
  list: keyof Policy;
  index: number;
  rule: string;
  source?: string;
  call: string;
  expect: 'match' | 'noMatch';
  /** What is wrong, in one sentence. */
  problem: string | null;
}

const EMPTY: Policy = { deny: [], ask: [], allow: [] };
const VERDICTS = { deny: 'refuse', ask: 'ask about', allow: 'allow' } as const;
/** A folder that is nowhere: what a rule means must not depend on what lies on this disk. */
const NOWHERE = join(parse(process.cwd()).root, '.pith-nowhere', 'project');

/**
 * Tries every rule of a policy on the calls that it names itself, alone, as if there were no other rule: a rule matches
 * where it decides. Nothing is run.
 */
export async function testRules(policy: Policy): Promise<RuleTest[]> {
  const tests: RuleTest[] = [];
  for (const list of LISTS) {
    for (const [index, rule] of policy[list].entries()) {
      for (const expect of ['match', 'noMatch'] as const) {
        for (const call of rule[expect] ?? []) tests.push(await testRule({ list, index, rule, call, expect }));
      }
    }
  }
  return tests;
}

async function testRule({ list, index, rule, call, expect }: { list: keyof Policy; index: number; rule: Rule; call: string; expect: RuleTest['expect'] }): Promise<RuleTest> {
  const { text, source } = rule;
  const test = { list, index, rule: text, ...(source === undefined ? {} : { source }), call, expect };
  const home = process.env['HOME'] ?? homedir();
  const given = rule.kind === 'path' && call.startsWith('~/') ? join(home, call.slice(2)) : call;
  const found = await judge(toCall(toCallOf(rule, given), { cwd: NOWHERE, roots: [NOWHERE], mode: 'default' }), { policy: { ...EMPTY, [list]: [rule] }, home, env: {} });
  const matches = found.verdict === list && found.rule === text;
  if (matches === (expect === 'match')) return { ...test, problem: null };
  const who = `the rule ${JSON.stringify(text)}${source === undefined ? '' : ` (${source})`}`;
  const why = matches ? '' : ` (${found.reason})`;
  return { ...test, problem: `${who} must ${matches ? 'not ' : ''}${VERDICTS[list]} ${JSON.stringify(call)}, and does${matches ? '' : ' not'}${why}; mend the rule, or its ${expect}` };
}
