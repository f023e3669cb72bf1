import type { PreparedCall, Verdict } from '@pith/kernel';
import type { Command } from './line/command.ts';
import { readsForbidden } from './rules/forbidden-read.ts';
import { concerns, covers, type MatchKind } from './rules/match.ts';
import { modeAllows, modeDenies } from './mode.ts';
import type { Policy } from './options.ts';
import { changedBelow, changedMention, outsideMention, pathReason, Protection } from './places/place-reason.ts';
import type { Rule } from './rules/rule.ts';
import { type Subject, type Surroundings, toShownText, toSubjects, toSurroundings } from './subject.ts';
import { suggestRule } from './answers/suggest.ts';
import { toUncovered } from './uncovered.ts';

/** What a call is judged by. */
export interface Grounds {
  policy: Policy;
  home: string;
  /** In which commands run: it says where they are looked up, and which settings they obey. */
  env: Readonly<Record<string, string | undefined>>;
  /** Fill `tried`: every rule of the policy is then asked about every part. */
  explains?: boolean;
}

/** A call as it is judged. */
export interface Judged {
  call: PreparedCall;
  tool: string;
  subjects: readonly Subject[];
  at: Surroundings;
  protection: Protection;
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
  /** The parts that are not allowed. */
  open: readonly Subject[];
  /** The rule that would cover those. */
  suggestion?: string;
  tried?: readonly Tried[];
}

/** A rule that was asked about a part, and how it matched. */
export interface Tried { list: keyof Policy; rule: string; source?: string; part: string; subject: Subject; matched: MatchKind | null }

const STRICTNESS: Readonly<Record<Finding['verdict'], number>> = { allow: 0, none: 1, ask: 2, deny: 3 };

/** The one way to a verdict: what the permission tap answers, and what `pith permissions check` and `explain` print. */
export async function judge(call: PreparedCall, grounds: Grounds): Promise<Judgement> {
  return judgeParts(await toJudged(call, grounds), grounds);
}

export async function toJudged(call: PreparedCall, { home, env }: Pick<Grounds, 'home' | 'env'>): Promise<Judged> {
  const at = toSurroundings(call, home);
  return { call, tool: call.name, subjects: await toSubjects(call, { at, hasCdPath: env['CDPATH'] !== undefined }), at, protection: new Protection(at) };
}

/** The strictest part decides. */
export function judgeParts(judged: Judged, grounds: Grounds): Judgement {
  const { tool, subjects } = judged;
  const parts: PartJudgement[] = [];
  const findings = new Map<Subject | Command, Finding>();
  const keyOf = (subject: Subject): Subject | Command => (subject.kind === 'command' ? subject.command : subject);
  for (const subject of subjects) {
    const finding = findings.get(keyOf(subject)) ?? ofInner(judgePart(subject, judged, grounds), findings.get(subjectWithin(subject) ?? subject));
    findings.set(keyOf(subject), finding);
    parts.push({ text: toShownText(subject, tool), ...finding });
  }
  const open = [...new Set(subjects.filter((subject) => findings.get(keyOf(subject))!.verdict !== 'allow'))];
  const { text: _, ...strictest } = parts.reduce(stricter);
  const suggestion = suggestRule(open, tool);
  return { ...strictest, parts, open, ...(suggestion === undefined ? {} : { suggestion }), ...(grounds.explains ? { tried: tryAll(judged, grounds.policy) } : {}) };
}

/** The command that runs what an inner text holds. */
export function subjectWithin(subject: Subject): Command | undefined {
  return subject.kind === 'command' ? subject.command.within : subject.kind === 'path' ? subject.within : undefined;
}

/** What an inner text runs is allowed with the command that runs it; it only makes a verdict stricter. */
function ofInner(own: Finding, outer: Finding | undefined): Finding {
  return own.verdict === 'none' && outer?.verdict === 'allow' ? outer : own;
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
  const unplanned = modeDenies({ mode, effect, subject, tool, env });
  if (unplanned !== undefined) return finding('deny', unplanned);
  const asked = findFirst(policy.ask, (rule) => concerns({ rule, ...question }));
  if (asked !== undefined) return finding('ask', `an ask rule matches (${asked.kind})`, asked.rule);
  const below = subject.kind === 'command' ? readsForbidden(subject.command, policy, at) : undefined;
  if (below !== undefined) return finding('ask', below.reason, below.rule);
  const place = placeReason(subject, judged, policy);
  if (place !== undefined) return finding('ask', place);
  const allowed = findFirst(policy.allow, (rule) => covers({ rule, ...question }));
  if (allowed !== undefined) return finding('allow', allowed.kind, allowed.rule);
  const reason = modeAllows({ mode, effect, subject, tool, env });
  return reason === undefined ? finding('none', toUncovered(subject, tool)) : finding('allow', reason);
}

/** Why a person must say yes because of where a part leads. Only an exact rule may name a place outside. */
function placeReason(subject: Subject, { tool, at, protection }: Judged, { allow }: Policy): string | undefined {
  if (subject.kind === 'path') return pathReason(subject, protection);
  if (subject.kind !== 'command') return undefined;
  const { mentions, deepReads, within } = subject.command;
  const changed = changedMention(mentions, protection) ?? changedBelow(deepReads, protection);
  if (changed !== undefined || within !== undefined) return changed;
  return allow.some((rule) => covers({ rule, subject, tool, at }) === 'exact') ? undefined : outsideMention(mentions, at);
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
    list, rule: rule.text, ...(rule.source === undefined ? {} : { source: rule.source }), part: toShownText(subject, tool), subject,
    matched: (list === 'allow' ? covers : concerns)({ rule, subject, tool, at }) ?? null,
  }))));
}
