import { abstain, allow, ask, deny, type Opinion, type PreparedCall } from '@pith/kernel';
import { concerns, covers } from './match.ts';
import { modeAllows } from './mode.ts';
import type { Policy } from './options.ts';
import { placeReason } from './place-reason.ts';
import type { Rule } from './rule.ts';
import { type Subject, type Surroundings, toSubjects, toSurroundings } from './subject.ts';
import { suggestRule } from './suggest.ts';
import { toUncovered } from './uncovered.ts';

/** What a call is judged by. */
export interface Grounds {
  policy: Policy;
  /** In which commands run: it says where they are looked up, and which settings they obey. */
  env: Readonly<Record<string, string | undefined>>;
  /** What a person said yes to in this session, where that covers the whole call. */
  remembered?: (question: Judged) => { rule?: string } | undefined;
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

export function toJudged(call: PreparedCall, home: string): Judged {
  const at = toSurroundings(call, home);
  const subjects = toSubjects(call, at);
  return { call, tool: call.name, subjects, at, suggestion: suggestRule(subjects, call.name) };
}

/**
 * deny, ask, allow, then the mode: the strictest counts, never the most specific. Places that need a person's yes
 * stand with the ask rules. No opinion is `undefined`, or one of verdict `none` that says which part no rule covers.
 */
export function decide(judged: Judged, grounds: Grounds): Opinion | undefined {
  const { call, suggestion } = judged;
  const { policy } = grounds;
  const denied = findConcern(policy.deny, judged);
  if (denied !== undefined) return deny(`a deny rule matches (${denied.kind})`, written(denied.rule));
  if (call.mode === 'plan' && call.effect !== 'read') return deny('mode plan changes nothing');
  const remembered = grounds.remembered?.(judged);
  if (remembered !== undefined) return allow('a person said yes for this session', remembered);
  const suggested = suggestion === undefined ? {} : { suggestion };
  const asked = findConcern(policy.ask, judged);
  if (asked !== undefined) return ask(`an ask rule matches (${asked.kind})`, { ...written(asked.rule), ...suggested });
  const place = placeReason({ ...judged, allow: policy.allow });
  if (place !== undefined) return ask(place, suggested);
  return findAllowance(judged, grounds);
}

/** The first rule that might speak of any part of the call. */
function findConcern(rules: readonly Rule[], { subjects, tool, at }: Judged): { rule: Rule; kind: string } | undefined {
  for (const rule of rules) {
    for (const subject of subjects) {
      const kind = concerns({ rule, subject, tool, at });
      if (kind !== undefined) return { rule, kind };
    }
  }
  return undefined;
}

/** A call is allowed where every part of it is: by a rule, or by the mode. */
function findAllowance({ call, subjects, tool, at }: Judged, { policy, env }: Grounds): Opinion | undefined {
  let first: Opinion | undefined;
  for (const subject of subjects) {
    const opinion = findRule(policy.allow, subject) ?? byMode(subject);
    if (opinion === undefined) return policy.allow.length === 0 ? undefined : abstain(toUncovered(subject, tool));
    // A rule says more than a mode does.
    if (first === undefined || (first.rule === undefined && opinion.rule !== undefined)) first = opinion;
  }
  return first;

  function findRule(rules: readonly Rule[], subject: Subject): Opinion | undefined {
    for (const rule of rules) {
      const kind = covers({ rule, subject, tool, at });
      if (kind !== undefined) return allow(kind, written(rule));
    }
    return undefined;
  }

  function byMode(subject: Subject): Opinion | undefined {
    const reason = modeAllows({ mode: call.mode, effect: call.effect, subject, at, tool, env });
    return reason === undefined ? undefined : allow(reason);
  }
}

function written({ text, source }: Rule): Pick<Opinion, 'rule' | 'source'> {
  return source === undefined ? { rule: text } : { rule: text, source };
}
