import type { ErrorReport, Refusal, ToolCall, TraceEntry, TurnEvent, Verdict } from '@pith/kernel';
import type { KeptTrace } from '../trace-files.ts';
import type { FoundCall } from './find-call.ts';

/** What one tap thought of a call. */
export interface ExplainedOpinion {
  plugin: string;
  tap: string;
  /** `none` is no opinion; `failed` one that could not say, which counts as deny. */
  verdict: Verdict | 'none' | 'failed';
  reason: string | null;
  rule: string | null;
  /** File and line: of the rule where the tap names them, else of the tap. */
  source: string | null;
}

export interface Explanation extends FoundCall {
  sessionId: string;
  turnId: string;
  atMs: number;
  status: 'done' | 'error' | 'refused' | 'interrupted' | 'unfinished';
  /** As it was asked for; `null` where nothing of it was kept. */
  asked: ToolCall | null;
  /** What `prepare` wraps made of it, in their order. */
  changes: { plugin: string; tap: string; source: string | null; before: ToolCall; after: ToolCall }[];
  decision: { verdict: 'allow' | 'deny'; by: string; reason: string; rule: string | null; source: string | null; kind: Refusal['kind'] | null; askedPerson: boolean } | null;
  opinions: ExplainedOpinion[];
  /** Who answered in the tool's place. */
  answeredBy: string | null;
  /** Wraps that changed the result, or failed. */
  others: { plugin: string; tap: string; zone: string; outcome: string; error: string | null; source: string | null }[];
  error: ErrorReport | null;
  /** False where the trace of the turn is gone: then taps without an opinion, and changes, are not known. */
  traced: boolean;
}

type Decided = Extract<TurnEvent, { type: 'permission-decided' }>;
type Ended = Extract<TurnEvent, { type: 'tool-end' }>;

/** What the events of a session tell of one call: the newest, where its id came again. */
export interface CallEvents {
  asked: ToolCall | null;
  /** Of the reply that asked for it; a call that no model made has none. */
  step: number | undefined;
  decided: Decided | undefined;
  ended: Ended | undefined;
  last: TurnEvent | undefined;
}

export async function gatherCall(events: AsyncIterable<TurnEvent>, { callId, runId }: FoundCall): Promise<CallEvents> {
  let call: CallEvents = { asked: null, step: undefined, decided: undefined, ended: undefined, last: undefined };
  for await (const event of events) {
    if (event.runId !== runId) continue;
    if (event.type === 'model-end') {
      const block = event.reply.blocks.find((other) => other.type === 'tool-call' && other.id === callId);
      if (block?.type === 'tool-call') call = { asked: { id: callId, name: block.name, input: block.complete ? block.input : block.raw }, step: event.step, decided: undefined, ended: undefined, last: event };
    }
    if (!('callId' in event) || event.callId !== callId) continue;
    call.last = event;
    if (event.type === 'permission-decided') call.decided = event;
    if (event.type === 'tool-end') call.ended = event;
    // A call that no model made is known by what ran.
    if (event.type === 'tool-start') call.asked ??= { id: callId, name: event.tool, input: event.input };
  }
  return call;
}

/** Puts events and trace together. */
export function explainCall(found: FoundCall, { asked, step, decided, ended, last }: CallEvents, traces: readonly KeptTrace[]): Explanation {
  const turnId = last?.turnId ?? '';
  const trace = traces.findLast((other) => other.turnId === turnId);
  const entries = trace?.entries.filter((entry) => entry.callId === found.callId && entry.runId === found.runId && (step === undefined || entry.step === step)) ?? [];
  const changes = entries.filter(({ change }) => change !== undefined).reverse(); // The outermost wrap ends last and changed first.
  return {
    ...found, sessionId: last?.sessionId ?? '', turnId, atMs: last?.atMs ?? 0, status: ended?.status ?? 'unfinished',
    asked: changes[0]?.change?.before ?? asked,
    changes: changes.map(({ plugin, tap, source, change }) => ({ plugin, tap, source: source ?? null, ...change! })),
    decision: decided === undefined ? null : {
      verdict: decided.verdict, by: decided.by, reason: decided.reason, rule: decided.rule, source: decided.source ?? null, kind: decided.kind ?? null, askedPerson: decided.answer !== undefined,
    },
    opinions: toOpinions(decided, entries),
    answeredBy: ended?.answeredBy ?? null,
    others: entries.filter(({ hook, outcome, change }) => hook === 'tool' && outcome !== 'passed' && change === undefined)
      .map(({ plugin, tap, zone = 'execute', outcome, error, source }) => ({ plugin, tap, zone, outcome, error: error ?? null, source: source ?? null })),
    error: ended?.error ?? null,
    traced: trace !== undefined,
  };
}

/** Those that were given, in running order, then those who were asked and had none. */
function toOpinions(decided: Decided | undefined, entries: readonly TraceEntry[]): ExplainedOpinion[] {
  const asked = entries.filter(({ hook }) => hook === 'permission');
  const given = (decided?.opinions ?? []).map(({ plugin, tap, verdict, failed, reason, rule, source }): ExplainedOpinion => ({
    plugin, tap, verdict: failed ? 'failed' : verdict, reason, rule: rule ?? null,
    source: source ?? asked.find((entry) => entry.plugin === plugin && entry.tap === tap)?.source ?? null,
  }));
  const silent = asked.filter(({ plugin, tap }) => !given.some((opinion) => opinion.plugin === plugin && opinion.tap === tap));
  return [...given, ...silent.map(({ plugin, tap, outcome, source }): ExplainedOpinion => ({
    plugin, tap, verdict: 'none', reason: outcome === 'answered' ? 'its allow does not count: it may not allow calls' : null, rule: null, source: source ?? null,
  }))];
}
