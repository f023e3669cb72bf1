import { escapeControl } from './base/text.ts';
import { toMessage } from './errors.ts';
import type { Answer, Question, RecordedOpinion, RefusalKind, Verdict } from './event.ts';
import { blame, callTap, isThenable, type Tap } from './frame.ts';
import type { Opinion, PermissionTap, PreparedCall } from './hooks.ts';
import type { Run } from './run.ts';
import type { TapOutcome } from './trace.ts';
import type { HandleOptions } from './turn-handle.ts';

/** So much of the name of an agent stands in a question. */
const AGENT_LENGTH_MAX = 60;
const STRICTNESS: Record<Verdict | 'none', number> = { none: 0, allow: 1, ask: 2, deny: 3 };

/** What the fold makes of all opinions. */
export interface Fold { verdict: Verdict; by: string; reason: string; rule: string | null; source?: string; failed?: true }

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

export type HeldOpinion = RecordedOpinion & Pick<Opinion, 'suggestion' | 'always'>;

/** Where a call is judged: what its taps inherit, and the signal that ends the wait for them. */
export type JudgedAt = HandleOptions & { signal: AbortSignal };

/** What a call would change, where that can be told. Never rejects. */
export type Preview = () => Promise<string | undefined>;

/** Strictest wins; among equals the first. No opinion at all means `ask`. */
export function fold(opinions: readonly HeldOpinion[]): Fold {
  let strictest: HeldOpinion | undefined;
  for (const opinion of opinions) {
    if (strictest === undefined || STRICTNESS[opinion.verdict] > STRICTNESS[strictest.verdict]) strictest = opinion;
  }
  if (strictest === undefined) return { verdict: 'ask', by: 'kernel', reason: 'no plugin allows it', rule: null };
  const { verdict, plugin, reason, rule, source, failed } = strictest;
  if (verdict === 'none') return { verdict: 'ask', by: plugin, reason, rule: null };
  return {
    verdict, by: plugin, reason, rule: rule ?? null,
    ...(source === undefined ? {} : { source }), ...(failed === undefined ? {} : { failed }),
  };
}

/** Asks one tap. A tap that throws, hangs or answers nonsense counts as `deny`. */
export async function askTap(tap: Tap<PermissionTap>, call: PreparedCall, { run, at, mayAllow }: { run: Run; at: JudgedAt; mayAllow: boolean }): Promise<HeldOpinion | undefined> {
  const frame = run.open(tap as Tap, at);
  let opinion: HeldOpinion | undefined;
  try {
    const result = callTap(frame, () => tap.fn(call, frame.turn));
    opinion = toHeld(tap, isThenable(result) ? await result : result);
    const entry = run.trace.add(tap as Tap, run, toOutcome(opinion), frame.ownMs, call.id);
    if (opinion?.failed) entry.error = opinion.reason;
  } catch (thrown) {
    const error = blame(frame, thrown);
    opinion = { plugin: tap.plugin, tap: tap.name, verdict: 'deny', failed: true, reason: toMessage(error) };
    run.trace.addFailure(frame, run, error, call.id);
  }
  if (opinion?.verdict !== 'allow' || mayAllow) return opinion;
  run.session.noticeOnce({ level: 'warning', code: 'CAPABILITY_MISSING', plugin: tap.plugin, text: `Plugin ${tap.plugin} may not allow calls, so its answer counts as no opinion: its manifest does not declare the capability permission:allow` });
  return undefined;
}

function toOutcome(opinion: HeldOpinion | undefined): TapOutcome {
  if (opinion === undefined || opinion.verdict === 'none') return 'passed';
  if (opinion.failed) return 'threw';
  return opinion.verdict === 'deny' ? 'refused' : 'answered';
}

function toHeld(tap: Tap, opinion: Opinion | undefined | void): HeldOpinion | undefined {
  if (opinion === undefined) return undefined;
  const who = { plugin: tap.plugin, tap: tap.name };
  const verdict = (opinion as Opinion | null)?.verdict;
  if (typeof verdict !== 'string' || !Object.hasOwn(STRICTNESS, verdict)) {
    return { ...who, verdict: 'deny', failed: true, reason: `Plugin ${tap.plugin} gave an opinion that is none of deny, ask, allow, none (tap ${tap.name})` };
  }
  const { reason, rule, source, suggestion, always } = opinion;
  return {
    ...who, verdict, reason: typeof reason === 'string' && reason !== '' ? reason : verdict,
    ...(typeof rule === 'string' ? { rule } : {}), ...(typeof source === 'string' ? { source } : {}), ...(typeof suggestion === 'string' ? { suggestion } : {}),
    ...(isChoices(always) ? { always } : {}),
  };
}

function isChoices(always: unknown): always is readonly (readonly string[])[] {
  return Array.isArray(always) && always.length > 0 && always.every((rules) => Array.isArray(rules) && rules.length > 0 && rules.every((rule) => typeof rule === 'string'));
}

/** Asks every tap side by side, folds, and asks a person where the fold says so. */
export async function decide(run: Run, call: PreparedCall, at: JudgedAt, preview?: Preview): Promise<Decision> {
  const opinions: HeldOpinion[] = await run.generation.opinions(call, { run, at });
  run.throwIfAborted(at.signal, call.id);
  if (call.effect !== 'read' && call.targets.length === 0) {
    opinions.push({ plugin: 'kernel', tap: 'targets', verdict: 'ask', reason: `${call.name} does not say what it will touch` });
  }
  let folded = fold(opinions);
  if (folded.verdict === 'ask') {
    opinions.push(...await run.generation.opinions(call, { run, at, asking: true }));
    run.throwIfAborted(at.signal, call.id);
    folded = fold(opinions);
  }
  const decision = folded.verdict === 'ask' ? await askPerson(run, call, { folded, opinions, preview, at }) : decided(folded, folded.verdict, opinions);
  await run.emitAhead({ type: 'permission-decided', callId: call.id, tool: call.name, ...decision }, at);
  return decision;
}

function decided(folded: Fold, verdict: 'allow' | 'deny', opinions: readonly RecordedOpinion[]): Decision {
  const { by, reason, rule, source, failed } = folded;
  return {
    verdict, by, reason, rule, opinions, ...(source === undefined ? {} : { source }),
    ...(verdict === 'allow' ? {} : { kind: failed ? 'failed' : 'denied' }),
  };
}

async function askPerson(run: Run, call: PreparedCall, { folded, opinions, preview, at }: { folded: Fold; opinions: readonly HeldOpinion[]; preview: Preview | undefined; at: JudgedAt }): Promise<Decision> {
  const { signal, isForeign } = at;
  const base = { rule: folded.rule, opinions, ...(folded.source === undefined ? {} : { source: folded.source }) };
  const nobody = (why: string): Decision => ({ ...base, verdict: 'deny', by: folded.by, kind: 'nobody-to-ask', reason: `${folded.reason}; this needs a person’s yes, and ${why}` });
  const silent = run.session.whyNobodyIsAsked(call.mode);
  if (silent !== undefined) return nobody(silent);
  const question = toQuestion(call, { folded, opinions, agent: run.setup.task?.name });
  let answer: Answer;
  try {
    const announce = async (): Promise<Question> => {
      await run.emit({ type: 'permission-asked', callId: call.id, tool: call.name, question }, { isForeign });
      const diff = await preview?.(); // When its turn has come: a file may have changed meanwhile.
      return diff === undefined ? question : { ...question, diff };
    };
    answer = await run.session.ask(run, question, { signal, place: `ask ${run.step} ${call.id}`, announce });
  } catch (error) {
    run.throwIfStopped();
    signal.throwIfAborted();
    return nobody(`asking failed: ${toMessage(error)}`);
  }
  const allowed = answer?.verdict === 'allow';
  return {
    ...base, verdict: allowed ? 'allow' : 'deny', by: 'person', answer, reason: answer?.text ?? (allowed ? 'a person said yes' : 'a person said no'),
    ...(allowed ? {} : { kind: 'declined' }),
  };
}

function toQuestion(call: PreparedCall, { folded, opinions, agent }: { folded: Fold; opinions: readonly HeldOpinion[]; agent: string | undefined }): Question {
  const body = call.targets.map(({ command, url, path, name }) => command ?? url ?? path ?? name ?? '').filter((text) => text !== '').join('\n');
  const asking = opinions.filter(({ verdict }) => verdict === 'ask');
  const reasons = asking.map(({ plugin, reason, rule, source }) => `${plugin}: ${reason}${rule === undefined ? '' : `, ${rule}${source === undefined ? '' : ` [${source}]`}`}`);
  const { suggestion, always } = asking.length > 0 ? asking[0]! : opinions.find((opinion) => opinion.verdict === 'none' && (opinion.suggestion ?? opinion.always) !== undefined) ?? {};
  // What one plugin writes down does not keep another one from asking.
  const isAlone = asking.every(({ plugin }) => plugin === asking[0]!.plugin);
  return {
    kind: 'permission', callId: call.id, title: `Allow ${call.name}${agent === undefined ? '' : ` for the agent ${escapeControl(agent.slice(0, AGENT_LENGTH_MAX))}`}?`, body: body || JSON.stringify(call.input),
    reasons: reasons.length > 0 ? reasons : [folded.reason],
    ...(suggestion === undefined ? {} : { rule: suggestion }), ...(always === undefined || !isAlone ? {} : { always }),
  };
}
