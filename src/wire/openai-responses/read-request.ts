import type { Block, Message, ModelOptions, SystemSection, ToolContent, ToolSpec } from '@pith/kernel';
import { asCount, asList, asRecord, asText, given, isRecord, type Json, without } from '../json.ts';
import { toSource } from '../media.ts';
import type { ReadRequest } from '../read-request.ts';
import { readToolChoice } from '../tool-choice.ts';
import { markOf } from '../vendor-block.ts';
import { partsOf, toBlock } from './reply-item.ts';

const KNOWN = new Set(['model', 'input', 'instructions', 'tools', 'stream', 'tool_choice', 'text', 'reasoning', 'temperature', 'max_output_tokens', 'store', 'include']);

/** The body of a client's `POST /responses` in our words. What we have no word for stays in `options.body`. */
export function readResponsesRequest(body: Json, { owner, vendor = 'openai-responses' }: { owner: string; vendor?: string }): ReadRequest {
  const input = typeof body['input'] === 'string' ? [{ role: 'user', content: body['input'] }] : asList(body['input']).map(asRecord);
  return {
    model: asText(body['model']) ?? '',
    system: readSystem(body['instructions'], input, owner),
    messages: readMessages(input.filter((item) => !isSystem(item)), vendor),
    tools: asList(body['tools']).filter(isFunction).map((tool) => readTool(asRecord(tool), owner)),
    options: readOptions(body),
    stream: body['stream'] === true,
  };
}

const isSystem = ({ role }: Json): boolean => role === 'system' || role === 'developer';
const isFunction = (tool: unknown): boolean => asRecord(tool)['type'] === 'function';

function readSystem(instructions: unknown, input: readonly Json[], owner: string): SystemSection[] {
  const texts = [asText(instructions), ...input.filter(isSystem).map(({ content }) => toPlainText(content))].filter((text) => text !== undefined && text !== '') as string[];
  return texts.map((text, index) => ({ id: `system-${index}`, owner, stability: 'stable', text }));
}

function toPlainText(content: unknown): string {
  return typeof content === 'string' ? content : asList(content).map((part) => asText(asRecord(part)['text']) ?? '').join('\n\n');
}

/** Items of one side that follow each other are one message. */
function readMessages(items: readonly Json[], vendor: string): Message[] {
  const read: { role: Message['role']; content: Block[] }[] = [];
  for (const item of items) {
    const fromUser = item['role'] === 'user' || item['type'] === 'function_call_output';
    const role = fromUser ? 'user' : 'assistant';
    const blocks = fromUser ? readUser(item, vendor) : readAssistant(item, vendor);
    const last = read.at(-1);
    if (last?.role === role) last.content.push(...blocks);
    else read.push({ role, content: blocks });
  }
  return read;
}

function readUser(item: Json, vendor: string): Block[] {
  if (item['type'] === 'function_call_output') {
    const content = readParts(item['output'], vendor).filter((block): block is ToolContent & Block => block.type === 'text' || block.type === 'image' || block.type === 'document');
    return [{ type: 'tool-result', toolCallId: asText(item['call_id']) ?? '', content }];
  }
  return readParts(item['content'], vendor);
}

function readAssistant(item: Json, vendor: string): Block[] {
  const content = typeof item['content'] === 'string' ? [{ type: 'output_text', text: item['content'] }] : item['content'];
  const whole = item['role'] === 'assistant' ? { ...item, type: 'message', content } : item;
  return partsOf(whole).map(([key]) => toBlock(whole, key, vendor));
}

function readParts(content: unknown, vendor: string): Block[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  return asList(content).map((part) => readPart(asRecord(part), vendor));
}

function readPart(raw: Json, vendor: string): Block {
  const text = (key: string): string | undefined => asText(raw[key]);
  const title = given('title', text('filename'));
  if (raw['type'] === 'input_text') return { type: 'text', text: text('text') ?? '' };
  if (raw['type'] === 'input_image' && text('image_url') !== undefined) return { type: 'image', source: toSource(text('image_url')!) };
  const file = text('file_data') ?? text('file_url');
  if (raw['type'] === 'input_file' && file !== undefined) return { type: 'document', source: toSource(file), ...title };
  return { type: 'unknown', rawType: text('type') ?? 'unknown', raw, ...markOf(vendor) };
}

function readTool({ name, description, parameters }: Json, owner: string): ToolSpec {
  return { name: asText(name) ?? '', description: asText(description) ?? '', inputSchema: isRecord(parameters) ? parameters : { type: 'object' }, owner };
}

function readOptions(body: Json): ModelOptions {
  const { format } = asRecord(body['text']);
  const { schema } = asRecord(format);
  const reasoning = asRecord(body['reasoning']);
  const rest: Json = {
    ...without(body, KNOWN),
    ...(Object.keys(without(reasoning, new Set(['effort']))).length > 0 ? { reasoning: without(reasoning, new Set(['effort'])) } : {}),
    ...(body['store'] === undefined || body['store'] === false ? {} : { store: body['store'] }),
    ...(isRecord(body['text']) && !isRecord(schema) ? { text: body['text'] } : {}),
    ...(Array.isArray(body['include']) ? { include: body['include'] } : {}),
    ...(asList(body['tools']).every(isFunction) ? {} : { tools: body['tools'] }),
  };
  return {
    ...given('maxOutputTokens', asCount(body['max_output_tokens'])),
    ...given('temperature', typeof body['temperature'] === 'number' ? body['temperature'] : undefined),
    ...given('effort', asText(reasoning['effort'])),
    ...given('toolChoice', readToolChoice(body['tool_choice'])),
    ...given('schema', isRecord(schema) ? schema : undefined),
    ...(Object.keys(rest).length > 0 ? { body: rest } : {}),
  };
}
