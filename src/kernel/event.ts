import type { ErrorReport } from './errors.ts';
import type { Block, Message, RateLimits, Reply, ToolContent, Usage } from './message.ts';

/** Version of the event union. Fields may be added within a version; a change of meaning makes the next one. */
export const EVENT_VERSION = 1;

export type Origin = 'person' | 'parent' | 'agent' | 'trigger';
export type Mode = 'default' | 'acceptEdits' | 'plan' | 'dontAsk' | 'bypassPermissions';
export const MODES: readonly Mode[] = ['default', 'acceptEdits', 'plan', 'dontAsk', 'bypassPermissions'];
export type Effect = 'read' | 'write' | 'exec' | 'network' | 'agent';
export type Verdict = 'deny' | 'ask' | 'allow';

/** What a call will touch. Rules, checkpoints and locks look at this and at nothing else. */
export interface Target {
  /** The rule family: `Read`, `Edit`, `Bash`, `WebFetch`, `Agent`, `mcp__server`. */
  family: string;
  path?: string;
  url?: string;
  command?: string;
  name?: string;
}

export interface FileChange { path: string; kind: 'create' | 'update' | 'delete' | 'move'; from?: string }

/** One plugin's answer to a permission question. `failed` is a tap that threw, hung or answered nonsense. */
export interface RecordedOpinion {
  plugin: string;
  tap: string;
  /** `none` is no opinion, with a reason. */
  verdict: Verdict | 'none';
  reason: string;
  rule?: string;
  /** File and line of the rule. */
  source?: string;
  failed?: true;
}

/** Why a call was refused: a policy said no, a guard could not say, a person said no, or nobody was there to ask. */
export type RefusalKind = 'denied' | 'failed' | 'declined' | 'nobody-to-ask';

export interface Refusal {
  callId: string;
  tool: string;
  kind: RefusalKind;
  by: string;
  reason: string;
  rule: string | null;
}

export type TurnStatus = 'done' | 'refused' | 'limit' | 'error' | 'interrupted';

export interface MessageRange { from: number; to: number }

/** Stamped on every event by the kernel. A sub-turn has its own `runId`; that of the turn itself is `turnId`. */
export interface EventStamp {
  /** Counts from 0 in a session, without holes. */
  seq: number;
  /** Milliseconds since 1970. */
  atMs: number;
  sessionId: string;
  turnId: string;
  runId: string;
  parentRunId?: string;
  ancestorRunIds?: readonly string[];
}

export type EventBody =
  | { type: 'session-start'; v: number; cwd: string; model: string; provider: string; mode: Mode; resumed: boolean; /** Messages it begins with. */ history: number; kernel: string }
  | { type: 'turn-start' }
  | {
      /** `goesOn`: no new turn; a tap let the one at hand go on with this where it would have ended. */
      type: 'input-accepted'; origin: Origin; text: string; message: Message; plugins: readonly string[]; goesOn?: true;
    }
  | {
      type: 'context-ready'; step: number; reason: 'step' | 'overflow';
      /** Estimates, calibrated by what the provider has counted of earlier requests: `rate` is what they were multiplied with. */
      tokens: { system: number; tools: number; messages: number };
      rate?: number;
      sections: readonly { id: string; owner: string; tokens: number; stability: 'stable' | 'volatile' }[];
      /** Messages left out of the request, by the tap that left them out. */
      dropped: readonly { plugin: string; messages: number }[];
      /** Hash over everything before the first byte that may change; `kept` false names who changed what was already sent, and what it was; `mended` who would have, had not a later tap put it right. */
      prefix: { hash: string; messages: number; kept: boolean; changedBy?: string; change?: string; mended?: { plugin: string; change: string } };
    }
  | {
      /** What was said is another from here on: room was made, or a part was taken back. */
      type: 'history-changed'; plugin: string; reason: string;
      /** The whole history, oldest first; a range is of the messages before, counted from 0, without `to`. */
      messages: readonly (Message | MessageRange)[];
      /** How many messages there were, and are. */
      before: number; after: number;
    }
  | { type: 'compaction'; stage: string; tokensBefore: number; tokensAfter: number; dropped: readonly string[]; plugin?: string }
  /** From the next turn on another model answers. */
  | { type: 'model-changed'; plugin: string; provider: string; model: string }
  /** From the next call on another permission mode holds, also in the turn at work. */
  | { type: 'mode-changed'; from: Mode; mode: Mode }
  | { type: 'model-start'; step: number; attemptId: string; provider: string; model: string; purpose: string }
  | { type: 'thinking-delta'; text: string }
  | { type: 'text-delta'; text: string }
  | { type: 'tool-input-delta'; callId: string; tool: string; json: string }
  | { type: 'tool-call'; callId: string; tool: string; input: unknown; complete: boolean; path: string }
  | { type: 'permission-asked'; callId: string; tool: string; question: Question }
  | {
      type: 'permission-decided'; callId: string; tool: string; verdict: 'allow' | 'deny'; by: string; reason: string;
      rule: string | null; source?: string; kind?: RefusalKind; opinions: readonly RecordedOpinion[]; answer?: Answer;
    }
  | { type: 'tool-start'; callId: string; tool: string; effect: Effect; owner: string; input: unknown; targets: readonly Target[] }
  | { type: 'tool-progress'; callId: string; tool: string; text?: string; details?: unknown }
  | {
      /** `index` is its place among the calls of a reply, whose ids need not differ; a call from elsewhere has none. */
      type: 'tool-end'; callId: string; index?: number; tool: string; status: 'done' | 'error' | 'refused' | 'interrupted';
      content: readonly ToolContent[]; changes: readonly FileChange[]; durationMs: number;
      error?: ErrorReport; answeredBy?: string; details?: unknown;
    }
  | {
      type: 'model-end'; step: number; attemptId: string; purpose: string; provider: string; model: string; reply: Reply; usage: Usage | null;
      /** `null` is unknown, never free. */
      costMicroUsd: number | null; account?: string; limits?: RateLimits; durationMs: number; firstEventMs: number | null; error?: ErrorReport;
    }
  | { type: 'retry'; attempt: number; waitMs: number; reason: string; plugin?: string }
  | { type: 'notice'; level: 'info' | 'warning' | 'error'; text: string; code?: string; plugin?: string }
  | { type: 'run-start'; name: string; callId?: string; task: string }
  | {
      type: 'run-end'; name: string; callId?: string; status: TurnStatus; reason: string | null; result: string | null; usage: Usage;
      costMicroUsd: number | null; steps: number; durationMs: number; error?: ErrorReport;
    }
  | { type: 'plugin-event'; plugin: string; name: string; data: unknown }
  | {
      type: 'turn-end'; status: TurnStatus; reason: string | null; exitCode: number; result: string | null; steps: number; usage: Usage;
      costMicroUsd: number | null; durationMs: number; refusals: readonly Refusal[]; error?: ErrorReport;
    }
  | { type: 'session-end'; turns: number };

/** The only thing that observers, transcripts, webhooks, REST streams and `--output stream-json` ever see. */
export type TurnEvent = EventStamp & EventBody;
export type EventType = TurnEvent['type'];

/** Durable observers are awaited at these, and never at deltas. */
export const DURABLE_EVENTS: ReadonlySet<EventType> = new Set<EventType>(['input-accepted', 'history-changed', 'model-end', 'tool-start', 'tool-end', 'turn-end']);

/** What plugins may emit through `turn.emit`. The kernel stamps the owner. */
export type PluginEvent =
  | { type: 'plugin-event'; name: string; data: unknown }
  | { type: 'notice'; level: 'info' | 'warning' | 'error'; text: string; code?: string }
  | { type: 'retry'; attempt: number; waitMs: number; reason: string }
  | { type: 'compaction'; stage: string; tokensBefore: number; tokensAfter: number; dropped: readonly string[] };

/** A question to a person about one call. */
export interface Question {
  kind: 'permission' | 'choice' | 'text';
  title: string;
  /** What will happen: the whole command, the path, the address. Never cut. */
  body: string;
  reasons: readonly string[];
  /** The rule that “for this session” would stand for; without one it stands for this very call. */
  rule?: string;
  /** What an answer “always” may write, narrowest first: rules that go together. Absent where none would let this call pass. */
  always?: readonly (readonly string[])[];
  /** What would change in files, as a unified diff, whole. For the person alone: no event carries it. */
  diff?: string;
  /** Of a `choice`, in order; the asker shows them beside the body. An answer may be none of them. */
  options?: readonly string[];
  /** Of a `choice`: no other answer means anything, so none is offered. */
  isClosed?: true;
  callId?: string;
}

export interface Answer {
  verdict: 'allow' | 'deny';
  scope?: 'once' | 'session' | 'always';
  /** With `always`: the ones that were chosen of those that the question offered. */
  rules?: readonly string[];
  /** For the model, where the answer is no; or the text or the choice itself. */
  text?: string;
  /** Set where there was nobody to ask; `text` says why. */
  nobody?: true;
}

/** Whoever can ask a person. Rejects, or answers deny, when the signal fires. */
export type Asker = (question: Question, signal: AbortSignal) => Promise<Answer>;

export type { Block };
