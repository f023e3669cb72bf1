import type { TurnEvent, Usage } from '@pith/kernel';

type Ready = Extract<TurnEvent, { type: 'context-ready' }>;
type Ended = Extract<TurnEvent, { type: 'model-end' }>;

/** A request that was made, with what was known before and what the provider said after. */
export interface MadeRequest {
  /** Counts from 1 in the session. */
  number: number;
  step: number;
  atMs: number;
  provider: string;
  model: string;
  /** The first since the session was begun or taken up again: what was sent before that is not compared with. */
  isFirst: boolean;
  /** Of a sub-turn, not of the session's own conversation. */
  isSubTurn: boolean;
  usage: Usage | null;
  costMicroUsd: number | null;
  /** As it was estimated, before the reply; absent in transcripts of before that was kept. */
  ready?: Ready;
}

/** Room that was made, or another change of what was said. */
export interface MadeRoom { atMs: number; plugin: string | null; what: string; tokensBefore: number | null; tokensAfter: number | null; dropped: readonly string[] }

export interface SessionRecord { requests: readonly MadeRequest[]; room: readonly MadeRoom[] }

/** What a session's events say of its requests. One pass, whatever its length. */
export async function readRecord(events: AsyncIterable<TurnEvent> | Iterable<TurnEvent>): Promise<SessionRecord> {
  const requests: MadeRequest[] = [];
  const room: MadeRoom[] = [];
  const ready = new Map<string, Ready>();
  let isFirst = true;
  for await (const event of events) {
    switch (event.type) {
      case 'session-start': isFirst = true; break;
      case 'context-ready': ready.set(event.runId, event); break;
      case 'model-end':
        if (event.purpose !== 'turn') break;
        requests.push(toRequest(event, ready.get(event.runId), { number: requests.length + 1, isFirst }));
        if (event.parentRunId === undefined) isFirst = false;
        break;
      case 'compaction': room.push({ atMs: event.atMs, plugin: event.plugin ?? null, what: event.stage, tokensBefore: event.tokensBefore, tokensAfter: event.tokensAfter, dropped: event.dropped }); break;
      case 'history-changed': room.push({ atMs: event.atMs, plugin: event.plugin, what: event.reason, tokensBefore: null, tokensAfter: null, dropped: [event.before === event.after ? `${event.after} messages, rewritten in part` : `${event.before} messages became ${event.after}`] }); break;
      default: break;
    }
  }
  return { requests, room };
}

function toRequest({ step, atMs, provider, model, usage, costMicroUsd, parentRunId, error }: Ended, ready: Ready | undefined, at: Pick<MadeRequest, 'number' | 'isFirst'>): MadeRequest {
  return {
    ...at, step, atMs, provider, model, isSubTurn: parentRunId !== undefined, usage: error === undefined ? usage : null, costMicroUsd,
    ...(ready === undefined || ready.step !== step ? {} : { ready }),
  };
}

/** All that went in, cached or not. */
export function inputOf({ input, cacheRead = 0, cacheWrite = 0 }: Usage): number {
  return input + cacheRead + cacheWrite;
}

/** What was estimated of a request, calibrated as it was. */
export function estimateOf({ tokens: { system, tools, messages } }: Ready): number {
  return system + tools + messages;
}
