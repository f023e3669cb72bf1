import type { Block, Message, ModelOptions, Source, SystemSection, ToolContent, ToolSpec } from '@pith/kernel';
import { asCount, asList, asRecord, asText, given, isRecord, type Json, without } from '../json.ts';
import type { ReadRequest } from '../read-request.ts';
import { markOf } from '../vendor-block.ts';
import { VENDOR } from './block.ts';

const KNOWN = new Set(['model', 'max_tokens', 'messages', 'system', 'tools', 'stream', 'stop_sequences', 'tool_choice', 'output_config', 'thinking', 'temperature']);

/**
 * The body of a client's `POST /v1/messages` in our words. What we have no word for stays in `options.body`, and in the
 * `vendor` marks of blocks; so written again for the same vendor it says the same.
 */
export function readAnthropicRequest(body: Json, owner: string): ReadRequest {
  return {
    model: asText(body['model']) ?? '',
    system: readSystem(body['system'], owner),
    messages: asList(body['messages']).map(readMessage),
    tools: asList(body['tools']).filter(isPlainTool).map((tool) => readTool(asRecord(tool), owner)),
    options: readOptions(body),
    stream: body['stream'] === true,
  };
}

function readSystem(system: unknown, owner: string): SystemSection[] {
  const blocks = typeof system === 'string' ? [{ text: system }] : asList(system);
  return blocks.map((block, index) => ({
    id: `system-${index}`, owner, stability: 'stable', text: asText(asRecord(block)['text']) ?? '',
    ...(isRecord(asRecord(block)['cache_control']) ? { cache: true } : {}),
  }));
}

function readMessage(message: unknown): Message {
  const { role, content } = asRecord(message);
  const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : asList(content);
  return { role: role === 'assistant' ? 'assistant' : 'user', content: blocks.map((block) => readBlock(asRecord(block))) };
}

/** A block that says more than its type's own fields keeps the vendor's form beside ours. */
function readBlock(raw: Json): Block {
  const { cache_control: marker, ...plain } = raw;
  const cached = isRecord(marker) ? { cache: true } : {};
  const own = readPlain(plain);
  const more = (isRecord(marker) && Object.keys(marker).length > 1) || (own !== undefined && !sameKeys(plain, own.keys));
  if (own === undefined) return { type: 'unknown', rawType: asText(plain['type']) ?? 'unknown', raw, ...markOf(VENDOR), ...cached };
  return { ...own.block, ...cached, ...(more && own.block.vendor === undefined ? markOf(VENDOR, raw) : {}) };
}

function sameKeys(plain: Json, keys: readonly string[]): boolean {
  return Object.entries(plain).every(([key, value]) => key === 'type' || keys.includes(key) || value === null || value === undefined);
}

function readPlain(block: Json): { block: Block; keys: readonly string[] } | undefined {
  const text = (key: string): string => asText(block[key]) ?? '';
  switch (block['type']) {
    case 'text': return { block: { type: 'text', text: text('text'), ...(asList(block['citations']).length > 0 ? { citations: asList(block['citations']) } : {}) }, keys: ['text', 'citations'] };
    case 'thinking': return { block: { type: 'thinking', text: text('thinking'), ...given('signature', asText(block['signature'])) }, keys: ['thinking', 'signature'] };
    case 'redacted_thinking': return { block: { type: 'redacted-thinking', data: text('data') }, keys: ['data'] };
    case 'tool_use': return { block: { type: 'tool-call', id: text('id'), name: text('name'), input: block['input'] ?? {}, complete: true }, keys: ['id', 'name', 'input'] };
    case 'server_tool_use': return { block: { type: 'server-tool-call', id: text('id'), name: text('name'), input: block['input'] }, keys: ['id', 'name', 'input'] };
    case 'tool_result': return readToolResult(block);
    case 'image': case 'document': return readMedia(block);
    default: {
      const type = text('type');
      if (!type.endsWith('_tool_result')) return undefined;
      return { block: { type: 'server-tool-result', toolUseId: text('tool_use_id'), rawType: type, raw: block, ...markOf(VENDOR) }, keys: Object.keys(block) };
    }
  }
}

function readToolResult(block: Json): { block: Block; keys: readonly string[] } {
  const content = typeof block['content'] === 'string' ? [{ type: 'text', text: block['content'] }] : asList(block['content']);
  const read = content.map((each) => readBlock(asRecord(each)));
  const known = read.filter((each): each is ToolContent & Block => each.type === 'text' || each.type === 'image' || each.type === 'document');
  return {
    block: { type: 'tool-result', toolCallId: asText(block['tool_use_id']) ?? '', content: known, ...(block['is_error'] === true ? { isError: true } : {}) },
    keys: known.length === read.length ? ['tool_use_id', 'content', 'is_error'] : [],
  };
}

function readMedia(block: Json): { block: Block; keys: readonly string[] } | undefined {
  const source = readSource(asRecord(block['source']));
  if (source === undefined) return undefined;
  if (block['type'] === 'image') return { block: { type: 'image', source }, keys: ['source'] };
  return { block: { type: 'document', source, ...given('title', asText(block['title'])) }, keys: ['source', 'title'] };
}

function readSource({ type, url, media_type: mediaType, data }: Json): Source | undefined {
  if (type === 'url' && typeof url === 'string') return { kind: 'url', url };
  if (typeof mediaType !== 'string' || typeof data !== 'string') return undefined;
  if (type === 'base64') return { kind: 'base64', mediaType, data };
  return type === 'text' ? { kind: 'base64', mediaType, data: Buffer.from(data, 'utf8').toString('base64') } : undefined;
}

/** A tool that the client runs; the vendor's own tools have a type and no schema, and stay in the body. */
function isPlainTool(tool: unknown): boolean {
  return isRecord(asRecord(tool)['input_schema']);
}

function readTool(tool: Json, owner: string): ToolSpec {
  return { name: asText(tool['name']) ?? '', description: asText(tool['description']) ?? '', inputSchema: asRecord(tool['input_schema']), owner };
}

function readOptions(body: Json): ModelOptions {
  const output = asRecord(body['output_config']);
  const format = asRecord(output['format']);
  const thinking = asRecord(body['thinking']);
  const budget = thinking['type'] === 'disabled' || thinking['type'] === 'between_tools' ? 0 : asCount(thinking['budget_tokens']);
  const rest: Json = {
    ...without(body, KNOWN),
    ...(budget === undefined && isRecord(body['thinking']) ? { thinking } : {}),
    ...(Object.keys(without(output, new Set(['effort', 'format']))).length > 0 ? { output_config: without(output, new Set(['effort', 'format'])) } : {}),
    ...(Object.keys(asRecord(body['tool_choice'])).some((key) => key !== 'type' && key !== 'name') ? { tool_choice: body['tool_choice'] } : {}),
    // Tools of the vendor's own stand among the others in an order that matters to its cache.
    ...(asList(body['tools']).every(isPlainTool) ? {} : { tools: body['tools'] }),
  };
  return {
    ...given('maxOutputTokens', asCount(body['max_tokens'])),
    ...given('temperature', typeof body['temperature'] === 'number' ? body['temperature'] : undefined),
    ...given('effort', asText(output['effort'])),
    ...given('thinkingTokens', budget),
    ...given('stopSequences', Array.isArray(body['stop_sequences']) ? body['stop_sequences'].filter((each): each is string => typeof each === 'string') : undefined),
    ...given('toolChoice', readToolChoice(asRecord(body['tool_choice']))),
    ...given('schema', isRecord(format['schema']) ? format['schema'] : undefined),
    ...(Object.keys(rest).length > 0 ? { body: rest } : {}),
  };
}

function readToolChoice({ type, name }: Json): ModelOptions['toolChoice'] {
  if (type === 'tool' && typeof name === 'string') return { name };
  if (type === 'any') return 'required';
  return type === 'auto' || type === 'none' ? type : undefined;
}
