import type { EventType } from '@pith/kernel';

export type Check = (value: unknown) => boolean;
type Fields = Readonly<Record<string, Check>>;

/** A date beyond this is none. */
const TIME_MAX = 8.64e15;

/**
 * Whether a line holds an event that can be worked with: whoever reads transcripts relies on what is looked at here. A type or a block
 * that a later version has added is not looked into.
 */
export function isEvent(value: Readonly<Record<string, unknown>>): boolean {
  return has(value, STAMP) && has(value, EVENTS.get(value['type'] as string) ?? {});
}

export const isTime: Check = (value) => typeof value === 'number' && Math.abs(value) <= TIME_MAX;

export const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
export const has = (value: unknown, fields: Fields): boolean => isRecord(value) && Object.entries(fields).every(([name, check]) => check(value[name]));
export const isText: Check = (value) => typeof value === 'string';
const isFlag: Check = (value) => value === true || value === false;
export const isCount: Check = (value) => typeof value === 'number' && value >= 0;
export const optional = (check: Check): Check => (value) => value === undefined || check(value);
const nullable = (check: Check): Check => (value) => value === null || check(value);
export const list = (check: Check): Check => (value) => Array.isArray(value) && value.every(check);
export const record = (fields: Fields): Check => (value) => has(value, fields);

const isSource: Check = (value) => has(value, { kind: (kind) => kind === 'url' || kind === 'base64' }) && has(value, (value as { kind: string }).kind === 'url' ? { url: isText } : { mediaType: isText, data: isText });
const isBlock: Check = (value) => has(value, { type: isText, label: optional(record({ owner: isText, name: isText })) }) && has(value, BLOCKS.get((value as { type: string }).type) ?? {});
const BLOCKS = new Map(Object.entries<Fields>({
  'text': { text: isText }, 'thinking': { text: isText }, 'redacted-thinking': { data: isText }, 'refusal': { text: isText },
  'tool-call': { id: isText, name: isText, complete: isFlag, raw: optional(isText) }, 'tool-result': { toolCallId: isText, content: list((part) => isBlock(part)) },
  'server-tool-call': { id: isText, name: isText }, 'server-tool-result': { toolUseId: isText },
  'image': { source: isSource }, 'document': { source: isSource, title: optional(isText) },
}));

const isMessage = record({ role: (role) => role === 'user' || role === 'assistant', content: list(isBlock) });
const isRange = record({ from: isCount, to: isCount });
const isUsage = record({ input: isCount, output: isCount, cacheRead: optional(isCount), cacheWrite: optional(isCount) });
const isError = record({ message: isText });
const isCost = nullable((value) => typeof value === 'number');

const STAMP: Fields = { type: isText, seq: isCount, atMs: isTime, sessionId: isText, turnId: isText, runId: isText, parentRunId: optional(isText), ancestorRunIds: optional(list(isText)) };
const EVENTS = new Map(Object.entries<Fields>({
  'session-start': { cwd: isText, provider: nullable(isText), model: nullable(isText) },
  'input-accepted': { origin: isText, text: isText, message: (value) => isMessage(value) && (value as { role: string }).role === 'user', goesOn: optional((value) => value === true) },
  'history-changed': { plugin: isText, reason: isText, messages: list((value) => isRange(value) || isMessage(value)), before: isCount, after: isCount },
  'compaction': { stage: isText, tokensBefore: isCount, tokensAfter: isCount, dropped: list(isText) },
  'model-changed': { plugin: isText, provider: isText, model: isText },
  'mode-changed': { from: isText, mode: isText },
  'model-end': { purpose: isText, attemptId: isText, provider: isText, model: isText, reply: record({ id: nullable(isText), blocks: list(isBlock) }), usage: nullable(isUsage), costMicroUsd: isCost, error: optional(isError) },
  'tool-start': { callId: isText, tool: isText, effect: isText, targets: list(record({ family: isText, path: optional(isText), url: optional(isText), command: optional(isText) })) },
  'tool-end': { callId: isText, tool: isText, index: optional(isCount), status: isText, content: list(isBlock), changes: list(record({ path: isText, kind: isText })), durationMs: isCount, error: optional(isError) },
  'run-start': { name: isText, task: isText, callId: optional(isText) },
  'run-end': { name: isText, status: isText },
  'turn-end': { status: isText, reason: nullable(isText), steps: isCount, usage: isUsage, costMicroUsd: isCost, durationMs: isCount },
} satisfies Partial<Record<EventType, Fields>>));
