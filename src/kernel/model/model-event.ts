import type { Block, ModelEvent, RateLimits, Usage } from '../message.ts';

/** Whether a value can pass as a model event. Types that are not known pass: they are skipped, never fatal. */
export function isModelEvent(value: unknown): value is ModelEvent {
  const event = value as Partial<Record<string, unknown>> | null;
  if (typeof event !== 'object' || event === null || (event['usage'] !== undefined && !isUsage(event['usage']))) return false;
  if (event['limits'] !== undefined && !isLimits(event['limits'])) return false;
  switch (event['type']) {
    case 'text-delta': case 'thinking-delta': return typeof event['text'] === 'string';
    case 'tool-input-delta': return typeof event['id'] === 'string' && typeof event['name'] === 'string' && typeof event['json'] === 'string';
    case 'block': return isBlock(event['block']);
    case 'end': return isReply(event['reply']);
    default: return typeof event['type'] === 'string';
  }
}

export function isLimits(value: unknown): value is RateLimits {
  const limits = value as Partial<RateLimits> | null;
  const isRecord = (each: unknown): boolean => typeof each === 'object' && each !== null;
  return isRecord(limits) && isRecord(limits!.windows) && isRecord(limits!.headers);
}

function isReply(value: unknown): boolean {
  const reply = value as { blocks?: unknown; usage?: unknown } | null | undefined;
  return typeof reply === 'object' && reply !== null && Array.isArray(reply.blocks) && reply.blocks.every(isBlock) && (reply.usage === null || isUsage(reply.usage));
}

function isBlock(value: unknown): value is Block {
  const block = value as Partial<Record<string, unknown>> | null;
  if (typeof block !== 'object' || block === null) return false;
  if (block['type'] === 'tool-call') return typeof block['id'] === 'string' && typeof block['name'] === 'string' && typeof block['complete'] === 'boolean';
  return block['type'] === 'text' ? typeof block['text'] === 'string' : typeof block['type'] === 'string';
}

function isUsage(value: unknown): value is Usage {
  const usage = value as Partial<Usage> | null;
  return typeof usage === 'object' && usage !== null && isCount(usage.input) && isCount(usage.output) && isCount(usage.cacheRead ?? 0) && isCount(usage.cacheWrite ?? 0);
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value < Infinity;
}
