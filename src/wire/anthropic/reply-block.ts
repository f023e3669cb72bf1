import type { Block } from '@pith/kernel';
import { asRecord, asText, type Json, without } from '../json.ts';
import { toToolCall } from '../tool-input.ts';
import { markOf } from '../vendor-block.ts';
import { VENDOR } from './block.ts';

/** A block that is still growing: what its start said, and the pieces of what it holds. `place` is its number in our events. */
export interface OpenBlock { place: number; start: Json; parts: string[]; json: string[]; signature: string; citations: unknown[]; stopped: boolean }

/** An unknown delta on an unknown block: texts grow, lists grow, anything else is set. */
export function accumulate(start: Json, delta: Json): Json {
  const grown: Json = { ...start };
  for (const [key, value] of Object.entries(without(delta, new Set(['type'])))) {
    const own = grown[key];
    if (typeof own === 'string' && typeof value === 'string') grown[key] = own + value;
    else if (Array.isArray(own) && Array.isArray(value)) grown[key] = [...(own as unknown[]), ...(value as unknown[])];
    else grown[key] = value;
  }
  return grown;
}

const KNOWN: ReadonlyMap<unknown, ReadonlySet<string>> = new Map([
  ['text', new Set(['type', 'text', 'citations'])],
  ['thinking', new Set(['type', 'thinking', 'signature'])],
  ['redacted_thinking', new Set(['type', 'data'])],
  ['tool_use', new Set(['type', 'id', 'name', 'input', 'caller'])],
  ['server_tool_use', new Set(['type', 'id', 'name', 'input', 'caller'])],
]);

/** What a known block holds is known: a delta that is not is skipped. */
export function isKnownBlock({ start }: OpenBlock): boolean {
  return KNOWN.has(start['type']);
}

/** `finished` where the vendor said that nothing more of the block comes. */
export function toBlock(open: OpenBlock, finished: boolean): Block {
  const { start, parts, json, signature, citations } = open;
  const type = asText(start['type']) ?? 'unknown';
  const text = parts.join('');
  switch (type) {
    case 'text': return { type: 'text', text, ...(citations.length > 0 ? { citations } : {}), ...extras(open, { text, ...(citations.length > 0 ? { citations } : {}) }) };
    case 'thinking': return { type: 'thinking', text, ...(signature === '' ? {} : { signature }), ...extras(open, { thinking: text, signature }) };
    case 'redacted_thinking': return { type: 'redacted-thinking', data: asText(start['data']) ?? '', ...extras(open, {}) };
    case 'refusal': return { type: 'refusal', text };
    case 'tool_use': {
      // Some servers give the whole input at once, in the start.
      const whole = json.length === 0 && Object.keys(asRecord(start['input'])).length > 0;
      const call = toToolCall({ id: asText(start['id']) ?? '', name: asText(start['name']) ?? '', json: whole ? JSON.stringify(start['input']) : json.join(''), finished });
      return call.complete ? { ...call, ...extras(open, { input: call.input }) } : call;
    }
    case 'server_tool_use': case 'mcp_tool_use': {
      const raw = finished ? toRaw(open) : undefined;
      if (raw === undefined) return toUnfinished(open, type);
      return { type: 'server-tool-call', id: asText(start['id']) ?? '', name: asText(start['name']) ?? '', input: raw['input'], ...(type === 'mcp_tool_use' ? markOf(VENDOR, raw) : extras(open, { input: raw['input'] })) };
    }
    default: {
      const raw = finished ? toRaw(open) : undefined;
      if (raw === undefined) return toUnfinished(open, type);
      if (!type.endsWith('_tool_result')) return { type: 'unknown', rawType: type, raw, ...markOf(VENDOR) };
      return { type: 'server-tool-result', toolUseId: asText(start['tool_use_id']) ?? '', rawType: type, raw, ...markOf(VENDOR) };
    }
  }
}

/** Without a vendor's mark it never goes back: half a block would be refused. */
function toUnfinished({ start, json, parts }: OpenBlock, rawType: string): Block {
  return { type: 'unknown', rawType, raw: { ...start, partial: [...parts, ...json].join('') } };
}

/** The vendor's own block, where it said more than ours can hold; a direct call is what a call is anyway. */
function extras({ start }: OpenBlock, final: Json): ReturnType<typeof markOf> | Record<string, never> {
  const more = without(start, KNOWN.get(start['type']) ?? new Set());
  const caller = asRecord(start['caller'])['type'];
  const says = Object.values(more).some((value) => value !== null && value !== undefined) || (caller !== undefined && caller !== 'direct');
  return says ? markOf(VENDOR, { ...start, ...final }) : {};
}

/** A block of a kind that is kept as it is, with what its deltas brought; nothing where its input is not whole. */
function toRaw({ start, parts, json, signature, citations }: OpenBlock): Json | undefined {
  const raw: Json = { ...start };
  if (parts.length > 0) raw[typeof start['thinking'] === 'string' ? 'thinking' : 'text'] = parts.join('');
  if (signature !== '') raw['signature'] = signature;
  if (citations.length > 0) raw['citations'] = citations;
  if (json.length === 0) return raw;
  try {
    return { ...raw, input: JSON.parse(json.join('')) as unknown };
  } catch {
    return undefined;
  }
}
