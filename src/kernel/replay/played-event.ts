import type { Stamp } from '../output/delivery.ts';
import type { EventBody, TurnEvent } from '../event.ts';

/** Measured times are no part of what happened: a replay takes them from the recording, as it does `seq` and `atMs`. */
const MEASURED = ['durationMs', 'firstEventMs'] as const;
const STAMP = new Set<string>(['seq', 'atMs', 'sessionId', 'turnId', 'runId', 'parentRunId', 'ancestorRunIds', ...MEASURED]);

/** An event with the place and the times of another one; fields in the order in which they are always written. */
export function toPlayed(body: EventBody, stamp: Stamp, recorded: Partial<TurnEvent>): TurnEvent {
  const event: Record<string, unknown> = { ...body };
  for (const key of MEASURED) if (key in event && key in recorded) event[key] = recorded[key as keyof TurnEvent];
  return { ...event, seq: recorded.seq, atMs: recorded.atMs, ...stamp } as TurnEvent;
}

/** Who says it, and about what: events of one place come one after the other. */
export function placeOf(event: EventBody, { runId }: Stamp): string {
  const { callId, attemptId, plugin } = event as { callId?: string; attemptId?: string; plugin?: string };
  return `${runId} ${event.type} ${callId ?? attemptId ?? plugin ?? ''}`;
}

/** What an event says, without its place and its times. */
export function saidBy(event: object): string {
  return JSON.stringify(Object.fromEntries(Object.entries(event).filter(([key]) => !STAMP.has(key))));
}

/** The first field that differs, as `reply.blocks.0.text`; nothing where only the order of fields does. */
export function findPath(a: unknown, b: unknown, path = ''): string | undefined {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b) ? undefined : path;
  const [some, others] = [a as Record<string, unknown>, b as Record<string, unknown>];
  for (const key of new Set([...Object.keys(some), ...Object.keys(others)])) {
    const found = findPath(some[key], others[key], path === '' ? key : `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
