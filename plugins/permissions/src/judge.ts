import type { PreparedCall, Verdict } from '@pith/kernel';
import { concerns, covers, type MatchKind } from './match.ts';
import { modeAllows, modeDenies } from './mode.ts';
import type { Policy } from './options.ts';
import { placeReason } from './place-reason.ts';
import type { Rule } from './rule.ts';
import { type Subject, type Surroundings, toShownText, toSubjects, toSurroundings } from './subject.ts';
import { suggestRule } from './suggest.ts';
import { toUncovered } from './uncovered.ts';

/** What a call is judged by. */
export interface Grounds {
  policy: Policy;
  home: string;
  /** In which commands run: it says where they are looked up, and which settings they obey. */
  env: Readonly<Record<string, string | undefined>>;
  /** What a person said yes to in this session, where that covers the whole call. */
  remembered?: ((question: Judged) => { rule?: string } | undefined) | undefined;
  /** Fill `tried`: every rule of the policy is then asked about every part. */
  explains?: boolean;
}

/** A call as it is judged. */
export interface Judged {
  call: PreparedCall;
  tool: string;
  subjects: readonly Subject[];
  at: Surroundings;
  /** The rule that a person's “always” would stand for. */
  suggestion: string | undefined;
}

/** What is thought of a call, or of one command, path or address in it. */
export interface Finding {
  /** `none` is no opinion: nothing speaks against it, and nothing allows it. Where nobody else has one, it asks. */
  verdict: Verdict | 'none';
  rule: string | null;
  source?: string;
  reason: string;
}

export interface PartJudgement extends Finding { text: string }

export interface Judgement extends Finding {
  parts: readonly PartJudgement[];
  suggestion?: string;
  tried?: readonly Tried[];
}

/** A rule that was asked about a part, and how it matched. */
export interface Tried { list: keyof Policy; rule: string; source?: string; part: string; matched: MatchKind | null }

const STRICTNESS: Readonly<Record<Finding['verdict'], number>> = { allow: 0, none: 1, ask: 2, deny: 3 };

/** The one way to a verdict: what the permission tap answers, and what `pith permissions check` and `explain` print. */
export async function judge(call: PreparedCall, grounds: Grounds): Promise<Judgement> {
  return judgeParts(await toJudged(call, grounds.home), grounds);
}

export async function toJudged(call: PreparedCall, home: string): Promise<Judged> {
  const at = toSurroundings(call, home);
  const subjects = toSubjects(call, at);
  return { call, tool: call.name, subjects, at, suggestion: suggestRule(subjects, call.name) };
}

/** The strictest part decides. What a person said yes to lifts ask rules and places, never a deny rule or mode `plan`. */
export function judgeParts(judged: Judged, grounds: Grounds): Judgement {
  const found = judged.subjects.map((subject) => ({ text: toShownText(subject, judged.tool), ...judgePart(subject, judged, grounds) }));
  const remembered = found.some(({ verdict }) => verdict === 'deny') ? undefined : grounds.remembered?.(judged);
  const parts = remembered === undefined ? found : found.map(({ text }) => ({ text, verdict: 'allow' as const, rule: remembered.rule ?? null, reason: 'a person said yes for this session' }));
  const { text: _, ...strictest } = parts.reduce(stricter);
  return { ...strictest, parts, ...(judged.suggestion === undefined ? {} : { suggestion: judged.suggestion }), ...(grounds.explains ? { tried: tryAll(judged, grounds.policy) } : {}) };
}

/** The first of the strictest; of those that allow, one with a rule, which says more than a mode does. */
function stricter(first: PartJudgement, second: PartJudgement): PartJudgement {
  if (STRICTNESS[second.verdict] > STRICTNESS[first.verdict]) return second;
  return second.verdict === 'allow' && first.verdict === 'allow' && first.rule === null && second.rule !== null ? second : first;
}

/** deny, ask, allow, then the mode, never the most specific. Places that need a person's yes stand with the ask rules. */
function judgePart(subject: Subject, judged: Judged, { policy, env }: Grounds): Finding {
  const { call: { mode, effect }, tool, at } = judged;
  const question = { subject, tool, at };
  const denied = findFirst(policy.deny, (rule) => concerns({ rule, ...question }));
  if (denied !== undefined) return finding('deny', `a deny rule matches (${denied.kind})`, denied.rule);
  const unplanned = modeDenies({ mode, effect, subject, tool, at, env });
  if (unplanned !== undefined) return finding('deny', unplanned);
  const asked = findFirst(policy.ask, (rule) => concerns({ rule, ...question }));
  if (asked !== undefined) return finding('ask', `an ask rule matches (${asked.kind})`, asked.rule);
  const place = placeReason({ subjects: [subject], tool, at, allow: policy.allow });
  if (place !== undefined) return finding('ask', place);
  const allowed = findFirst(policy.allow, (rule) => covers({ rule, ...question }));
  if (allowed !== undefined) return finding('allow', allowed.kind, allowed.rule);
  const reason = modeAllows({ mode, effect, subject, tool, at, env });
  return reason === undefined ? finding('none', toUncovered(subject, tool)) : finding('allow', reason);
}

function findFirst(rules: readonly Rule[], match: (rule: Rule) => MatchKind | undefined): { rule: Rule; kind: MatchKind } | undefined {
  for (const rule of rules) {
    const kind = match(rule);
    if (kind !== undefined) return { rule, kind };
  }
  return undefined;
}

function finding(verdict: Finding['verdict'], reason: string, rule?: Rule): Finding {
  return { verdict, rule: rule?.text ?? null, ...(rule?.source === undefined ? {} : { source: rule.source }), reason };
}

function tryAll({ subjects, tool, at }: Judged, policy: Policy): Tried[] {
  return subjects.flatMap((subject) => (['deny', 'ask', 'allow'] as const).flatMap((list) => policy[list].map((rule): Tried => ({
    list, rule: rule.text, ...(rule.source === undefined ? {} : { source: rule.source }), part: toShownText(subject, tool),
    matched: (list === 'allow' ? covers : concerns)({ rule, subject, tool, at }) ?? null,
  }))));
}
