import { isDeepStrictEqual } from 'node:util';
import { allow, ask, deny, isPithError, type Opinion, type PithError, type PreparedCall, type ToolCall, type Turn } from '@pith/kernel';
import { type CODES, hookError } from '../errors.ts';
import { type Folded, foldOutcomes } from '../fold.ts';
import { type HookSession, placeOf, type Ran } from '../hook-session.ts';
import { mergeInput } from '../merge-input.ts';
import type { Shown } from '../seen.ts';
import { showCall } from '../tool-view.ts';

/** What PreToolUse hooks said of one call, and the input that they said it of, with their changes. */
export interface Judgement {
  input: unknown;
  opinion: Opinion | undefined;
  /** Guards that could not say. */
  failure?: Error;
  contexts: readonly string[];
  hasChanged: boolean;
}

/** The judgements of the calls at hand: made before permission, and looked up there, so that each hook runs once a call. */
export class Judgements {
  readonly #byCall = new Map<string, Judgement[]>();

  async make(session: HookSession, call: ToolCall, turn: Turn): Promise<Judgement> {
    const judgement = await judge(session, call, turn);
    const key = keyOf(call, turn);
    this.#byCall.set(key, [...(this.#byCall.get(key) ?? []), judgement]);
    return judgement;
  }

  drop(judgement: Judgement, call: ToolCall, turn: Turn): void {
    const key = keyOf(call, turn);
    const left = (this.#byCall.get(key) ?? []).filter((one) => one !== judgement);
    if (left.length > 0) this.#byCall.set(key, left);
    else this.#byCall.delete(key);
  }

  /** The judgement of exactly this; a call that another plugin has changed since is judged anew. */
  async of(session: HookSession, call: PreparedCall, turn: Turn): Promise<Judgement> {
    const known = this.#byCall.get(keyOf(call, turn))?.find(({ input }) => isDeepStrictEqual(input, call.input));
    if (known !== undefined) return known;
    const late = await judge(session, call, turn);
    return late.hasChanged ? { ...late, opinion: deny('a hook wants to change a call that is not to be changed any more') } : late;
  }
}

// Two calls of one reply may have the same id; their inputs tell them apart.
const keyOf = ({ id, name }: Pick<ToolCall, 'id' | 'name'>, { runId }: Turn): string => `${runId} ${id} ${name}`;

/** Never throws but for an interrupt: a call is refused in the place where permission is decided. */
async function judge(session: HookSession, call: Pick<ToolCall, 'id' | 'name' | 'input'>, turn: Turn): Promise<Judgement> {
  const as = (opinion: Opinion | undefined, more: Partial<Judgement> = {}): Judgement => ({ input: call.input, opinion, contexts: [], hasChanged: false, ...more });
  try {
    const seen = showCall(call, { cwd: session.cwd });
    const ran = await session.run({ event: 'PreToolUse', fields: { tool_use_id: call.id }, seen }, placeOf(turn));
    const folded = foldOutcomes(ran.map(({ outcome }) => (outcome.block === undefined ? outcome : { ...outcome, verdict: 'deny' as const, reason: outcome.block })), session.ruleOf);
    if (folded.stop !== undefined) {
      session.stops.set(turn.turnId, folded.stop);
      return as(deny(`a hook ended the turn: ${folded.stop}`));
    }
    const merged = mergeInput(call, ran.filter(isShown));
    const opinion = 'problem' in merged ? deny(merged.problem) : toOpinion(folded, coversAll(ran, seen.length));
    const input = 'problem' in merged ? call.input : merged.input;
    const hasFailed = folded.failed.length > 0 && opinion?.verdict !== 'deny';
    return as(opinion, { input, contexts: folded.contexts, hasChanged: input !== call.input, ...(hasFailed ? { failure: toFailure(folded) } : {}) });
  } catch (error) {
    turn.signal.throwIfAborted();
    if (isChanged(error)) return as(deny(sentence(error)));
    return as(undefined, { failure: error as Error });
  }
}

const isShown = (ran: Ran): ran is Ran & { shown: Shown } => ran.shown !== undefined;

/** @throws the failure of a guard, which is told apart from a policy that denies */
export function giveOpinion({ opinion, failure }: Judgement): Opinion | undefined {
  if (failure !== undefined) throw failure;
  return opinion;
}

/** A yes to one thing that a call does is no yes to the others. */
function coversAll(ran: readonly Ran[], things: number): boolean {
  return new Set(ran.filter(({ outcome }) => outcome.verdict === 'allow').map(({ index }) => index)).size === things;
}

function toOpinion({ verdict, reason, source }: Folded, mayAllow: boolean): Opinion | undefined {
  const more = source === undefined ? {} : { source };
  switch (verdict) {
    case 'deny': return deny(reason, more);
    case 'defer': return deny(`${reason} (a hook puts this call off, which cannot be done here)`, more);
    case 'ask': return ask(reason, more);
    case 'allow': return mayAllow ? allow(reason, more) : undefined;
    default: return undefined;
  }
}

function toFailure({ failed }: Folded): Error {
  return hookError(failed.join('; '), 'HOOK_FAILED', 'Mend the hook; or let it pass when it fails, with failure under plugins.command-hooks in the settings.');
}

/** PermissionRequest: what hooks answer where a person would be asked. Their yes counts only where nobody else wants a person's. */
export async function onAsking(session: HookSession, call: PreparedCall, turn: Turn): Promise<Opinion | undefined> {
  if (!session.has('PermissionRequest')) return undefined;
  const seen = showCall(call, { cwd: session.cwd });
  const ran = await session.run({ event: 'PermissionRequest', fields: { tool_use_id: call.id, permission_suggestions: [] }, seen }, placeOf(turn));
  const folded = foldOutcomes(ran.map(({ outcome }) => outcome), session.ruleOf);
  if (folded.stop !== undefined) session.stops.set(turn.turnId, folded.stop);
  if (folded.verdict === 'deny') return toOpinion(folded, false);
  if (folded.failed.length > 0) throw toFailure(folded);
  const merged = mergeInput(call, ran.filter(isShown));
  if (folded.verdict === 'allow' && ('problem' in merged || merged.input !== call.input)) return deny('a PermissionRequest hook wants to change the call; only a PreToolUse hook can');
  return toOpinion(folded, coversAll(ran, seen.length));
}

export function isChanged(error: unknown): error is PithError {
  return isPithError(error) && error.code === ('HOOK_FILES_CHANGED' satisfies keyof typeof CODES);
}

function sentence({ message, hint = '' }: PithError): string {
  return `${message}. ${hint.replace(/\.$/, '')}`; // Whoever shows it puts a full stop behind it.
}
