import { type Grounds, type Judged, judgeParts, type Judgement, subjectWithin } from '../judge.ts';
import { parseRule, type Rule } from '../rules/rule.ts';
import { suggestRule } from './suggest.ts';

/** More rules than this are nothing that a person takes in at a glance; nor is a longer one. */
const RULES_MAX = 3;
const RULE_LENGTH_MAX = 1000;
/** Their second word says what to do, the third what with. */
const RUNS_SCRIPTS = new Set(['npm', 'pnpm', 'yarn', 'bun', 'deno', 'composer']);

/**
 * What an answer “always” may write: rules that let just what is shown pass, and, as a second choice, the same for whatever
 * words follow. The engine decides: only what would let this very call pass is offered, so nothing for ask rules and
 * protected places, which no rule lifts.
 */
export function offerRules(judged: Judged, { verdict, open: all }: Judgement, grounds: Grounds): string[][] {
  if (verdict !== 'none') return [];
  // What an inner text runs is allowed with the command that runs it.
  const open = all.filter((subject) => subjectWithin(subject) === undefined);
  const exact = new Set(open.map((subject) => suggestRule([subject], judged.tool)));
  if (exact.has(undefined)) return [];
  const rules = [...exact as Set<string>];
  const wider = [...new Set(rules.map((rule) => toPrefix(parseRule(rule)) ?? rule))];
  const choices = wider.every((rule) => exact.has(rule)) ? [rules] : [rules, wider];
  return choices.filter((choice) => choice.length <= RULES_MAX && choice.every((rule) => rule.length <= RULE_LENGTH_MAX) && letsPass(choice, judged, grounds));
}

function letsPass(choice: readonly string[], judged: Judged, { policy, ...grounds }: Grounds): boolean {
  return judgeParts(judged, { ...grounds, policy: { ...policy, allow: [...policy.allow, ...choice.map((rule) => parseRule(rule))] } }).verdict === 'allow';
}

/** `Bash(npm test:*)` for `Bash(npm test --watch)`; nothing where the words do not begin with what a program is to do. */
function toPrefix(rule: Rule): string | undefined {
  if (rule.kind !== 'command' || rule.prefix || rule.assignments.length > 0) return undefined;
  const words = rule.words.slice(0, RUNS_SCRIPTS.has(rule.words[0]!) && /^(?:run|exec)/.test(rule.words[1] ?? '') ? 3 : 2);
  return words.length > 1 && words.slice(1).every((word) => /^[a-z][\w:-]*$/i.test(word)) && /^[\w./+-]+$/.test(words[0]!) ? `Bash(${words.join(' ')}:*)` : undefined;
}
