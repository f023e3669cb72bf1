import type { Block, Message, ModelOptions, SystemSection, ToolSpec } from '@pith/kernel';
import { asCount, asList, asRecord, asText, given, isRecord, type Json, without } from '../json.ts';
import { toSource } from '../media.ts';
import type { ReadRequest } from '../read-request.ts';
import { readToolChoice } from '../tool-choice.ts';
import { toToolCall } from '../tool-input.ts';
import { markOf } from '../vendor-block.ts';

const KNOWN = new Set(['model', 'messages', 'tools', 'stream', 'stream_options', 'stop', 'tool_choice', 'response_format', 'reasoning_effort', 'temperature', 'max_tokens', 'max_completion_tokens']);
const REASONING_FIELDS = ['reasoning_content', 'reasoning', 'reasoning_text'];

/** The body of a client's `POST /chat/completions` in our words. What we have no word for stays in `options.body`. */
export function readChatRequest(body: Json, { owner, vendor = 'openai-chat' }: { owner: string; vendor?: string }): ReadRequest {
  const messages = asList(body['messages']).map(asRecord);
  return {
    model: asText(body['model']) ?? '',
    system: readSystem(messages, owner),
    messages: readMessages(messages, vendor),
    tools: asList(body['tools']).filter(isFunction).map((tool) => readTool(asRecord(asRecord(tool)['function']), owner)),
    options: readOptions(body),
    stream: body['stream'] === true,
  };
}

const isSystem = ({ role }: Json): boolean => role === 'system' || role === 'developer';
const isFunction = (tool: unknown): boolean => asRecord(tool)['type'] === 'function';

function readSystem(messages: readonly Json[], owner: string): SystemSection[] {
  return messages.filter(isSystem).map(({ content }, index) => ({ id: `system-${index}`, owner, stability: 'stable', text: toPlainText(content) }));
}

function toPlainText(content: unknown): string {
  if (typeof content === 'string') return content;
  return asList(content).map((part) => asText(asRecord(part)['text']) ?? '').join('\n\n');
}

/** A tool's messages and what the user says after them are one turn. */
function readMessages(messages: readonly Json[], vendor: string): Message[] {
  const read: { role: Message['role']; content: Block[]; fromTools: boolean }[] = [];
  for (const message of messages) {
    if (isSystem(message)) continue;
    const fromTools = message['role'] === 'tool';
    const last = read.at(-1);
    if (message['role'] === 'assistant') read.push({ role: 'assistant', content: readAssistant(message, vendor), fromTools: false });
    else if (fromTools && last?.fromTools) last.content.push(readToolResult(message));
    else if (fromTools) read.push({ role: 'user', content: [readToolResult(message)], fromTools });
    else if (last?.fromTools) { last.content.push(...readParts(message['content'], vendor)); last.fromTools = false; }
    else read.push({ role: 'user', content: readParts(message['content'], vendor), fromTools });
  }
  return read.map(({ role, content }) => ({ role, content }));
}

function readAssistant(message: Json, vendor: string): Block[] {
  const content: Block[] = [];
  const field = REASONING_FIELDS.find((name) => typeof message[name] === 'string' && message[name] !== '');
  const details = asList(message['reasoning_details']);
  if (field !== undefined || details.length > 0) {
    content.push({ type: 'thinking', text: field === undefined ? '' : message[field] as string, ...markOf(vendor, details.length > 0 ? { reasoning_details: details } : field) });
  }
  const refused = asList(message['content']).map((part) => asText(asRecord(part)['refusal'])).find((text) => text !== undefined);
  const text = toPlainText(message['content']);
  const refusal = asText(message['refusal']) ?? refused;
  if (text !== '') content.push({ type: 'text', text });
  if (refusal !== undefined) content.push({ type: 'refusal', text: refusal });
  for (const call of asList(message['tool_calls']).map(asRecord)) {
    const { name, arguments: json } = asRecord(call['function']);
    content.push(toToolCall({ id: asText(call['id']) ?? '', name: asText(name) ?? '', json: asText(json) ?? '', finished: true }));
  }
  return content;
}

function readToolResult(message: Json): Block {
  const text = toPlainText(message['content']);
  return { type: 'tool-result', toolCallId: asText(message['tool_call_id']) ?? '', content: text === '' ? [] : [{ type: 'text', text }] };
}

function readParts(content: unknown, vendor: string): Block[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return asList(content).map((part) => readPart(asRecord(part), vendor));
}

/** A part that says more than we have words for keeps the vendor's form. */
function readPart(raw: Json, vendor: string): Block {
  const { type, text, image_url: image, file } = raw;
  if (type === 'text' && typeof text === 'string') return { type: 'text', text };
  const url = asText(asRecord(image)['url']);
  if (type === 'image_url' && url !== undefined) return { type: 'image', source: toSource(url), ...(Object.keys(asRecord(image)).length > 1 ? markOf(vendor, raw) : {}) };
  const { file_data: data, filename } = asRecord(file);
  if (type === 'file' && typeof data === 'string') return { type: 'document', source: toSource(data), ...given('title', asText(filename)) };
  return { type: 'unknown', rawType: asText(type) ?? 'unknown', raw, ...markOf(vendor) };
}

function readTool({ name, description, parameters }: Json, owner: string): ToolSpec {
  return { name: asText(name) ?? '', description: asText(description) ?? '', inputSchema: isRecord(parameters) ? parameters : { type: 'object' }, owner };
}

function readOptions(body: Json): ModelOptions {
  const { schema } = asRecord(asRecord(body['response_format'])['json_schema']);
  const stop = typeof body['stop'] === 'string' ? [body['stop']] : asList(body['stop']).filter((each): each is string => typeof each === 'string');
  const rest: Json = {
    ...without(body, KNOWN),
    ...(isRecord(body['response_format']) && !isRecord(schema) ? { response_format: body['response_format'] } : {}),
    ...(asList(body['tools']).every(isFunction) ? {} : { tools: body['tools'] }),
  };
  return {
    ...given('maxOutputTokens', asCount(body['max_completion_tokens']) ?? asCount(body['max_tokens'])),
    ...given('temperature', typeof body['temperature'] === 'number' ? body['temperature'] : undefined),
    ...given('effort', asText(body['reasoning_effort'])),
    ...(stop.length > 0 ? { stopSequences: stop } : {}),
    ...given('toolChoice', readToolChoice(body['tool_choice'])),
    ...given('schema', isRecord(schema) ? schema : undefined),
    ...(Object.keys(rest).length > 0 ? { body: rest } : {}),
  };
}
