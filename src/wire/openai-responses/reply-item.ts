import type { Block } from '@pith/kernel';
import { asList, asRecord, asText, type Json, without } from '../json.ts';
import { toToolCall } from '../tool-input.ts';
import { markOf } from '../vendor-block.ts';

/** What a part of an item becomes. `item` is one that is kept as it is. */
export type PartKind = 'text' | 'refusal' | 'thinking' | 'input' | 'item';

/** Of these the vendor gives only the call and waits for a result; we never offer them. */
const CLIENT_CALLS = new Set(['custom_tool_call', 'computer_call', 'local_shell_call', 'shell_call', 'apply_patch_call', 'tool_search_call']);
const CALL_RESULTS = new Set(['id', 'type', 'status', 'results', 'output', 'outputs', 'result']);
const KNOWN_CALL = new Set(['id', 'type', 'status', 'call_id', 'name', 'arguments']);

/** The parts of a whole item, by the keys that their deltas go by. */
export function partsOf(item: Json): readonly [key: string, kind: PartKind][] {
  switch (item['type']) {
    case 'message': return asList(item['content']).map((part, index) => [`text-${index}`, asRecord(part)['type'] === 'refusal' ? 'refusal' : 'text']);
    case 'reasoning': return [['thinking', 'thinking']];
    case 'function_call': return [['input', 'input']];
    default: return [['item', 'item']];
  }
}

/** The block of one part of a whole item. */
export function toBlock(item: Json, key: string, vendor: string): Block {
  switch (item['type']) {
    case 'message': return toSaid(asRecord(asList(item['content'])[Number(key.slice('text-'.length))]), item['phase'], vendor);
    case 'reasoning': return toThinking(item, vendor);
    case 'function_call': return toCall(item, vendor);
    default: return toOther(item, vendor);
  }
}

/** What had arrived of a part whose item never ended. */
export function toUnfinishedBlock(start: Json, kind: PartKind, text: string): Block {
  switch (kind) {
    case 'text': return { type: 'text', text };
    case 'refusal': return { type: 'refusal', text };
    case 'thinking': return { type: 'thinking', text };
    case 'input': return toToolCall({ id: asText(start['call_id']) ?? '', name: asText(start['name']) ?? '', json: text, finished: false });
    // Without a vendor's mark it never goes back: half an item would be refused.
    default: return { type: 'unknown', rawType: asText(start['type']) ?? 'unknown', raw: start };
  }
}

/** `phase` says what the text is for, and the vendor wants it back. */
function toSaid(part: Json, phase: unknown, vendor: string): Block {
  const mark = phase === undefined || phase === null ? undefined : { phase };
  if (part['type'] === 'refusal') return { type: 'refusal', text: asText(part['refusal']) ?? '', ...(mark === undefined ? {} : markOf(vendor, mark)) };
  if (part['type'] !== 'output_text') return { type: 'unknown', rawType: asText(part['type']) ?? 'unknown', raw: part };
  const citations = asList(part['annotations']);
  return {
    type: 'text', text: asText(part['text']) ?? '', ...(citations.length > 0 ? { citations } : {}),
    ...(mark === undefined && citations.length === 0 ? {} : markOf(vendor, mark ?? null)),
  };
}

function toThinking(item: Json, vendor: string): Block {
  const texts = (list: unknown): string => asList(list).map((each) => asText(asRecord(each)['text']) ?? '').join('\n\n');
  const sealed = asText(item['encrypted_content']);
  return { type: 'thinking', text: texts(item['summary']) || texts(item['content']), ...(sealed === undefined ? {} : { signature: sealed }), ...markOf(vendor, item) };
}

function toCall(item: Json, vendor: string): Block {
  const call = toToolCall({
    id: asText(item['call_id']) ?? asText(item['id']) ?? '', name: asText(item['name']) ?? '', json: asText(item['arguments']) ?? '',
    finished: item['status'] !== 'incomplete',
  });
  const says = Object.values(without(item, KNOWN_CALL)).some((value) => value !== null && value !== undefined);
  // Numbers that we cannot hold go back in the vendor's own words.
  return call.complete && (says || /\d{16}/.test(asText(item['arguments']) ?? '')) ? { ...call, ...markOf(vendor, item) } : call;
}

function toOther(item: Json, vendor: string): Block {
  const type = asText(item['type']) ?? 'unknown';
  if (!type.endsWith('_call') || CLIENT_CALLS.has(type)) return { type: 'unknown', rawType: type, raw: item, ...markOf(vendor) };
  return { type: 'server-tool-call', id: asText(item['id']) ?? '', name: type.slice(0, -'_call'.length), input: item['action'] ?? without(item, CALL_RESULTS), ...markOf(vendor, item) };
}
