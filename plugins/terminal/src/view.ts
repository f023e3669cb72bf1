import type { Block, Effect, FileChange, ImageBlock, Mode, Question, RoomMade, ToolContent, TurnEvent, TurnStatus } from '@pith/kernel';

export { createView, type Opening } from './view/create-view.ts';
export { toItems } from './view/past-items.ts';
export { takeEvent } from './view/take-event.ts';

/**
 * What there is to show of a conversation: made from events alone, the same for every front end, and never changed once it is given
 * out. Texts are as they came; whoever draws makes them safe.
 */
export interface View {
  /** What is finished, oldest first. It only grows: an item that is there stays as it is. */
  items: readonly Item[];
  /** What was said before the first item, of a session that is gone on with: `items` begins with the end of it. */
  earlier: { messages: number; exchanges: number } | undefined;
  /** What the model is saying; its text only grows for as long as the id is the same. */
  open: OpenText | undefined;
  /** Calls of the turn itself that have not ended, in their order. */
  calls: readonly CallView[];
  /** Sub-turns of the turn at work, in the order in which they began; those that ended stay until the turn does. */
  agents: readonly AgentView[];
  todo: readonly TodoItem[];
  /** What was typed while a turn was at work, and goes out when it ends. */
  queue: readonly QueuedInput[];
  question: PendingQuestion | undefined;
  status: StatusView;
  /** Of the next item, or of what is open. */
  nextId: number;
  /** Parts of the reply that comes in which were shown as they came. */
  streamed: number;
  /** Room that was made and is not told yet: more stages of the same may follow. */
  room: RoomMade | undefined;
  /** What became of the history and is not told yet: a command that answers says it better. */
  changed: HistoryChanged | undefined;
}

export type Item = { id: number; atMs: number } & (
  /** What a person typed; `attachments` by their names. */
  | { kind: 'input'; text: string; attachments: readonly string[] }
  /** What went along with it. */
  | { kind: 'image'; image: ImageBlock & Pick<Block, 'label'> }
  /** What the model said: Markdown. */
  | { kind: 'text'; text: string }
  | { kind: 'thinking'; text: string; durationMs: number | null }
  /** The model would not answer. */
  | { kind: 'refusal'; text: string }
  | { kind: 'call'; call: CallView }
  | { kind: 'agent'; agent: AgentView }
  /** What a command answered, and no model: text with its own line ends. */
  | { kind: 'answer'; text: string }
  | { kind: 'notice'; level: 'info' | 'warning' | 'error'; text: string; hint?: string; code?: string }
  /** A turn is over; what is to be said of it, where it did not simply end well, is a notice above. */
  | { kind: 'end'; status: TurnStatus; durationMs: number; costMicroUsd: number | null }
);

export type HistoryChanged = Extract<TurnEvent, { type: 'history-changed' }>;

export interface OpenText { id: number; kind: 'text' | 'thinking'; text: string; sinceMs: number }

/** `writing`: the model writes its input. `waiting`: it was called and has not begun, because it is asked about or another goes first. */
export type CallState = 'writing' | 'waiting' | 'running' | 'done' | 'error' | 'refused' | 'interrupted';

export interface CallView {
  callId: string;
  tool: string;
  /** What it is about, in short: a path below the folder, a command, an address. May be empty. */
  target: string;
  effect: Effect | undefined;
  input: unknown;
  state: CallState;
  startedMs: number;
  /** Once it has ended. */
  durationMs: number | null;
  /** The last line that it said of itself. */
  progress: string | undefined;
  /** Once it has ended: what came of it, in a few words. May be empty. */
  result: string;
  content: readonly ToolContent[];
  changes: readonly FileChange[];
  /** What it changed in files, as a unified diff. */
  diff: string | undefined;
}

/** A sub-turn. Together they are a tree by `parentRunId`; that of the topmost is the run of the turn. */
export interface AgentView {
  runId: string;
  parentRunId: string;
  /** The call that started it. */
  callId: string | undefined;
  name: string;
  task: string;
  state: 'running' | TurnStatus;
  /** Why, where it did not simply end well. */
  reason: string | null;
  startedMs: number;
  durationMs: number | null;
  /** Its own calls, oldest first; the first ones of very many are gone, and counted. */
  calls: readonly CallView[];
  callsGone: number;
  /** Of its model calls so far, cache included. */
  tokens: number;
  costMicroUsd: number | null;
  /** The last it said. */
  text: string;
}

export interface TodoItem { text: string; state: 'open' | 'active' | 'done' }

export interface QueuedInput { id: number; text: string; attachments: readonly string[] }

export interface PendingQuestion { id: number; question: Question }

/** What the model or the person is waited for. */
export type Phase = 'idle' | 'starting' | 'waiting' | 'thinking' | 'answering' | 'writing' | 'running' | 'asking' | 'retrying' | 'stopping';

export interface StatusView {
  provider: string;
  model: string;
  cwd: string;
  mode: Mode;
  /** The git branch, or the beginning of a commit; nothing where there is none, or it is not known yet. */
  branch: string | undefined;
  /** Of the last request, cache included; nothing before the first. */
  contextTokens: number | undefined;
  /** What the model can take; nothing where nobody knows. */
  windowTokens: number | undefined;
  /** Of this sitting; `null` is unknown, never free. */
  costMicroUsd: number | null;
  /** Share of the last request that came from the vendor's cache, 0 to 1. */
  cacheShare: number | undefined;
  phase: Phase;
  /** When the turn at work began. */
  sinceMs: number | undefined;
  /** When a retry is due. */
  retryAtMs: number | undefined;
}
