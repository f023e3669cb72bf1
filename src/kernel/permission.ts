import { isPithError, toMessage } from './errors.ts';
import type { Answer, Question, RecordedOpinion, RefusalKind, Verdict } from './event.ts';
import { callTap, type Tap } from './frame.ts';
import type { Opinion, PermissionTap, PreparedCall } from './hooks.ts';
import type { Run } from './run.ts';
import { failureOutcome } from './trace.ts';

const UNDECLARED = 'the plugin does not declare permission:allow';
const STRICTNESS: Record<Verdict, number> = { allow: 1, ask: 2, deny: 3 };

/** What the fold makes of all opinions. */
export interface Fold { verdict: Verdict; by: string; reason: string; rule: string | null; source?: string; suggestion?: string; failed?: true }

/** What was decided in the end, after a person was asked where that was needed. */
export interface Decision {
  verdict: 'allow' | 'deny';
  by: string;
  reason: string;
  rule: string | null;
  source?: string;
  kind?: RefusalKind;
  opinions: readonly RecordedOpinion[];
  answer?: Answer;
}

export type HeldOpinion = RecordedOpinion & { suggestion?: string };

/** Strictest wins; among equals the first. No opinion at all means `ask`. */
export function fold(opinions: readonly HeldOpinion[]): Fold {
  let strictest: HeldOpinion | undefined;
  for (const opinion of opinions) {
    if (strictest === undefined || STRICTNESS[opinion.verdict] > STRICTNESS[strictest.verdict]) strictest = opinion;
  }
  if (strictest === undefined) return { verdict: 'ask', by: 'kernel', reason: 'nobody has an opinion', rule: null };
  const { verdict, plugin, reason, rule, source, suggestion, failed } = strictest;
  return {
    verdict, by: plugin, reason, rule: rule ?? null,
    ...(source === undefined ? {} : { source }), ...(suggestion === undefined ? {} : { suggestion }), ...(failed === undefined ? {} : { failed }),
  };
}

/** Asks one tap. A tap that throws, hangs or answers nonsense counts as `deny`. */
export function askTap(tap: Tap<PermissionTap>, call: PreparedCall, run: Run, mayAllow: boolean): Promise<HeldOpinion | undefined> | HeldOpinion | undefined {
  const frame = run.open(tap as Tap);
  const settle = (opinion: Opinion | undefined | void): HeldOpinion | undefined => {
    let checked = opinion === undefined ? undefined : checkOpinion(tap, opinion, mayAllow);
    if (checked?.reason === UNDECLARED) {
      checked = undefined;
      run.session.noticeOnce({ level: 'warning', code: 'CAPABILITY_MISSING', plugin: tap.plugin, text: `Plugin ${tap.plugin} may not allow calls, so its answer counts as no opinion: its manifest does not declare the capability permission:allow` });
    }
    run.trace.add(tap as Tap, run, checked?.failed ? 'threw' : checked?.verdict === 'deny' ? 'refused' : checked === undefined ? 'passed' : 'answered', frame.ownMs, call.id);
    return checked;
  };
  const failed = (error: unknown): HeldOpinion => {
    run.trace.add(tap as Tap, run, failureOutcome(error), frame.ownMs, call.id);
    return { plugin: tap.plugin, tap: tap.name, verdict: 'deny', failed: true, reason: isPithError(error) ? error.message : toMessage(error) };
  };
  try {
    const result = callTap(frame, () => tap.fn(call, frame.turn));
    return result instanceof Promise ? result.then(settle, failed) : settle(result);
  } catch (error) {
    return failed(error);
  }
}

function checkOpinion(tap: Tap<PermissionTap>, opinion: Opinion, mayAllow: boolean): HeldOpinion | undefined {
  const who = { plugin: tap.plugin, tap: tap.name };
  const verdict = (opinion as Opinion | null)?.verdict;
  if (verdict === undefined || !Object.hasOwn(STRICTNESS, verdict)) {
    return { ...who, verdict: 'deny', failed: true, reason: `Plugin ${tap.plugin} gave an opinion that is none of deny, ask, allow (tap ${tap.name})` };
  }
  if (verdict === 'allow' && !mayAllow) {
    return { ...who, verdict: 'allow', reason: UNDECLARED };
  }
  const { reason, rule, source, suggestion } = opinion;
  return {
    ...who, verdict, reason: typeof reason === 'string' && reason !== '' ? reason : verdict,
    ...(rule === undefined ? {} : { rule }), ...(source === undefined ? {} : { source }), ...(suggestion === undefined ? {} : { suggestion }),
  };
}

/** Asks every tap side by side, folds, and asks a person where the fold says so. */
export async function decide(run: Run, call: PreparedCall): Promise<Decision> {
  const opinions: HeldOpinion[] = await run.generation.opinions(call, run);
  if (call.effect !== 'read' && call.targets.length === 0) {
    opinions.push({ plugin: 'kernel', tap: 'targets', verdict: 'ask', reason: `${call.name} does not say what it will touch` });
  }
  const folded = fold(opinions);
  const decision = folded.verdict === 'ask' ? await askPerson(run, call, folded, opinions) : decided(folded, folded.verdict, opinions);
  await run.emit({ type: 'permission-decided', callId: call.id, tool: call.name, ...decision });
  return decision;
}

function decided(folded: Fold, verdict: 'allow' | 'deny', opinions: readonly RecordedOpinion[]): Decision {
  const { by, reason, rule, source, failed } = folded;
  return {
    verdict, by, reason, rule, opinions, ...(source === undefined ? {} : { source }),
    ...(verdict === 'allow' ? {} : { kind: failed ? 'failed' : 'denied' }),
  };
}

async function askPerson(run: Run, call: PreparedCall, folded: Fold, opinions: readonly RecordedOpinion[]): Promise<Decision> {
  const base = { rule: folded.rule, opinions, ...(folded.source === undefined ? {} : { source: folded.source }) };
  const { session } = run;
  if (!session.canAsk || run.setup.mode === 'dontAsk') {
    const why = run.setup.mode === 'dontAsk' ? 'mode dontAsk does not ask' : 'nobody can be asked';
    return { ...base, verdict: 'deny', by: folded.by, kind: 'nobody-to-ask', reason: `${folded.reason}; this needs a person’s yes, and ${why}` };
  }
  const question = toQuestion(call, folded, opinions);
  const answer = await session.ask(question, run.signal, () => run.emit({ type: 'permission-asked', callId: call.id, tool: call.name, question }));
  const allowed = answer.verdict === 'allow';
  return {
    ...base, verdict: allowed ? 'allow' : 'deny', by: 'person', answer, reason: answer.text ?? (allowed ? 'a person said yes' : 'a person said no'),
    ...(allowed ? {} : { kind: 'declined' }),
  };
}

function toQuestion(call: PreparedCall, folded: Fold, opinions: readonly RecordedOpinion[]): Question {
  const body = call.targets.map(({ command, url, path, name }) => command ?? url ?? path ?? name ?? '').filter((text) => text !== '').join('\n');
  const reasons = opinions.filter(({ verdict }) => verdict === 'ask').map(({ plugin, reason }) => `${plugin}: ${reason}`);
  return {
    kind: 'permission', callId: call.id, title: `Allow ${call.name}?`, body: body || JSON.stringify(call.input),
    reasons: reasons.length > 0 ? reasons : [folded.reason],
    ...(folded.suggestion === undefined ? {} : { rule: folded.suggestion }),
  };
}
