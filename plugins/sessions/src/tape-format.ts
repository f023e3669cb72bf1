import { type EventStamp, fingerprint, type ModelEvent, type Outside, type Reply, type ToolContent, type TurnEvent } from '@pith/kernel';

/** Version of the tape. One of another version is not played. */
export const TAPE_VERSION = 1;

/** Stands where the event beside it says the same. */
const SAME = '=';

/** The same for what a person might change in a transcript: a change of it is seen when it is played. */
type Same = `=${string}`;
const toSame = (value: unknown): Same => `=${fingerprint(JSON.stringify(value))}`;
const CHANGED = 'The transcript does not hold this as it was recorded.';

type Delta = Extract<TurnEvent, { type: 'text-delta' | 'thinking-delta' | 'tool-input-delta' }>;
type Stamp = Omit<EventStamp, 'seq' | 'atMs'>;
type ModelRecord = Extract<Outside, { kind: 'model' }>;

/** One delta, short: its kind and what it says, then how many milliseconds and events after the one before, where that is not 0 and 1. */
type ShortDelta = [0 | 1, string, number?, number?] | [2, string, string, string, number?, number?];

/** The deltas of one run, one after the other. */
interface ShortDeltas { stamp: Stamp; seq: number; atMs: number; list: ShortDelta[] }

/** An event of a stream; a number stands for so many of the deltas that were shown, an array for one that was not. */
type ShortModelEvent = number | ShortDelta | ModelEvent | { block: number } | (Omit<Extract<ModelEvent, { type: 'end' }>, 'reply'> & { reply: Same });

/** The first line of each sitting, and every other line. */
export type TapeLine =
  | { tape: number; id: string; /** `atMs` of the sitting’s `session-start`. */ startedMs: number }
  | { event: TurnEvent }
  | { deltas: ShortDeltas }
  | { model: Omit<ModelRecord, 'events'> & { events: ShortModelEvent[]; deltas?: ShortDeltas; attemptId?: string } }
  | { outside: Outside; seq?: number }
  /** The tape has reached its limit here. */
  | { full: true };

export function isDelta(event: TurnEvent): event is Delta {
  return event.type === 'text-delta' || event.type === 'thinking-delta' || event.type === 'tool-input-delta';
}

export function shortenDeltas(deltas: readonly Delta[]): ShortDeltas {
  const { seq, atMs } = deltas[0]!;
  let [lastSeq, lastMs] = [seq - 1, atMs];
  const list = deltas.map((delta): ShortDelta => {
    const [after, events] = [delta.atMs - lastMs, delta.seq - lastSeq];
    [lastSeq, lastMs] = [delta.seq, delta.atMs];
    const rest = events !== 1 ? [after, events] : after !== 0 ? [after] : [];
    return [...shortDelta(delta), ...rest] as ShortDelta;
  });
  return { stamp: stampOf(deltas[0]!), seq, atMs, list };
}

export function readDeltas({ stamp, seq, atMs, list }: ShortDeltas): Delta[] {
  let [lastSeq, lastMs] = [seq - 1, atMs];
  return list.map((short) => {
    const [after = 0, events = 1] = short.slice(short[0] === 2 ? 4 : 2) as number[];
    lastSeq += events;
    lastMs += after;
    const body = short[0] === 2 ? { type: 'tool-input-delta', callId: short[1], tool: short[2], json: short[3] } : { type: short[0] === 0 ? 'text-delta' : 'thinking-delta', text: short[1] };
    return { ...body, seq: lastSeq, atMs: lastMs, ...stamp } as Delta;
  });
}

/** A stream beside the `model-end` that came of it, and the deltas that were shown of it: what they say is not said again. */
export function shortenModel(record: ModelRecord, { end, shown }: { end?: Extract<TurnEvent, { type: 'model-end' }> | undefined; shown?: readonly Delta[] | undefined }): TapeLine {
  const { events, ...rest } = record;
  const isShown = shown !== undefined && shown.length > 0 && wasShown(events, shown);
  const short: ShortModelEvent[] = [];
  for (const event of events) {
    const last = short.at(-1);
    if (isModelDelta(event) && event.usage === undefined && isShown) {
      if (typeof last === 'number') short[short.length - 1] = last + 1;
      else short.push(1);
    } else if (event.type === 'block' && event.usage === undefined && end !== undefined && end.reply.blocks[event.index] === event.block) short.push({ block: event.index });
    else if (event.type === 'end' && end !== undefined && end.reply === event.reply) short.push({ ...event, reply: toSame(event.reply) });
    else short.push(event);
  }
  return { model: { ...rest, events: short, ...(isShown ? { deltas: shortenDeltas(shown) } : {}), ...(end === undefined ? {} : { attemptId: end.attemptId }) } };
}

/** @param end finds the `model-end` of an attempt */
export function readModel({ events, deltas, attemptId, ...rest }: Extract<TapeLine, { model: unknown }>['model'], end: (attemptId: string) => Extract<TurnEvent, { type: 'model-end' }> | undefined): { record: Outside; shown: Delta[] } {
  const shown = deltas === undefined ? [] : readDeltas(deltas);
  const reply = attemptId === undefined ? undefined : end(attemptId)?.reply;
  let next = 0;
  // A delta names the block it is of; in a reply as the kernel shows it that is the block that ends next.
  const indexes = blockIndexes(events);
  const full = events.flatMap((event, at): ModelEvent[] => {
    if (typeof event === 'number') return shown.slice(next, next += event).map((delta) => toModelDelta(delta, indexes[at] ?? 0));
    if ('block' in event && !('type' in event)) return reply === undefined ? [] : [{ type: 'block', index: event.block, block: reply.blocks[event.block]! }];
    if ('reply' in event && typeof event.reply === 'string') return reply === undefined ? [] : [{ ...event, reply: event.reply === toSame(reply) ? reply : toChanged(reply) } as ModelEvent];
    return [event as ModelEvent];
  });
  return { record: { ...rest, events: full } as Outside, shown };
}

/** What a tool gave, beside the `tool-end` that mostly says the same. */
export function shortenOutside(item: Outside, event: TurnEvent): TapeLine {
  if (item.kind !== 'tool' || event.type !== 'tool-end' || !('value' in item.outcome)) return { outside: item };
  const { content, details } = item.outcome.value;
  const value = {
    ...item.outcome.value,
    ...(content === event.content ? { content: toSame(content) } : {}),
    ...(details !== undefined && JSON.stringify(details) === JSON.stringify(event.details) ? { details: SAME } : {}),
  };
  return { outside: { ...item, outcome: { value } } as unknown as Outside, seq: event.seq };
}

/** @param find finds an event by its number */
export function readOutside({ outside, seq }: Extract<TapeLine, { outside: unknown }>, find: (seq: number) => TurnEvent | undefined): Outside {
  const event = seq === undefined ? undefined : find(seq);
  if (outside.kind !== 'tool' || event?.type !== 'tool-end' || !('value' in outside.outcome)) return outside;
  const value = { ...outside.outcome.value } as { content: unknown; details?: unknown };
  if (typeof value.content === 'string') value.content = value.content === toSame(event.content) ? event.content : [{ type: 'text', text: CHANGED } satisfies ToolContent];
  if (value.details === SAME) value.details = event.details;
  return { ...outside, outcome: { value } } as unknown as Outside;
}

function toChanged(reply: Reply): Reply {
  return { ...reply, status: 'error', error: { type: 'changed', message: CHANGED } };
}

function isModelDelta(event: ModelEvent): event is Extract<ModelEvent, { type: 'text-delta' | 'thinking-delta' | 'tool-input-delta' }> {
  return event.type === 'text-delta' || event.type === 'thinking-delta' || event.type === 'tool-input-delta';
}

/** Whether exactly these deltas of the stream were shown, and each is of the block that ends after it. */
function wasShown(events: readonly ModelEvent[], shown: readonly Delta[]): boolean {
  let next = 0;
  let open: number | undefined;
  for (const event of events) {
    if (event.type === 'block') open = undefined;
    if (!isModelDelta(event)) continue;
    const delta = shown[next++];
    if (delta === undefined || delta.type !== event.type || event.usage !== undefined || (open !== undefined && open !== event.index)) return false;
    open = event.index;
    if (event.type === 'tool-input-delta' ? delta.type !== 'tool-input-delta' || delta.json !== event.json || delta.callId !== event.id || delta.tool !== event.name : delta.type === 'tool-input-delta' || delta.text !== event.text) return false;
  }
  return next === shown.length && isRecoverable(events);
}

/** Whether the block of every delta can be told from what comes after it. */
function isRecoverable(events: readonly ModelEvent[]): boolean {
  const marks = events.map((event): ShortModelEvent => (isModelDelta(event) ? 1 : event));
  const indexes = blockIndexes(marks);
  return events.every((event, at) => !isModelDelta(event) || event.index === (indexes[at] ?? 0));
}

/** For each place the index of the block that ends next. */
function blockIndexes(events: readonly ShortModelEvent[]): (number | undefined)[] {
  const indexes: (number | undefined)[] = [];
  let next: number | undefined;
  for (let at = events.length - 1; at >= 0; at--) {
    const event = events[at]!;
    if (typeof event === 'object' && 'block' in event) next = 'type' in event ? event.index : event.block;
    indexes[at] = next;
  }
  return indexes;
}

function toModelDelta(delta: Delta, index: number): ModelEvent {
  return delta.type === 'tool-input-delta' ? { type: delta.type, index, id: delta.callId, name: delta.tool, json: delta.json } : { type: delta.type, index, text: delta.text };
}

function shortDelta(delta: Delta): ShortDelta {
  if (delta.type === 'tool-input-delta') return [2, delta.callId, delta.tool, delta.json];
  return [delta.type === 'text-delta' ? 0 : 1, delta.text];
}

function stampOf({ sessionId, turnId, runId, parentRunId, ancestorRunIds }: TurnEvent): Stamp {
  return { sessionId, turnId, runId, ...(parentRunId === undefined ? {} : { parentRunId }), ...(ancestorRunIds === undefined ? {} : { ancestorRunIds }) };
}
