import type { Block, Message } from '@pith/kernel';
import { asList, asRecord, asText, isRecord, type Json } from '@pith/wire';
import { checkKeys } from './carry.ts';
import { refuse } from './refused.ts';

const CACHE = 'cache_control';
/** What a block of the Messages API may say that others can say, too. Citations of a text are left behind with what they point at. */
const BLOCK_KEYS: Readonly<Record<string, readonly string[]>> = {
  text: ['type', 'text', CACHE, 'citations'],
  image: ['type', 'source', CACHE],
  document: ['type', 'source', 'title', CACHE],
  tool_use: ['type', 'id', 'name', 'input', CACHE],
  tool_result: ['type', 'tool_use_id', 'content', 'is_error', CACHE],
  // A thought is its vendor's own: nobody else is given it.
  thinking: ['type', 'thinking', 'signature', CACHE],
  redacted_thinking: ['type', 'data', CACHE],
};

/** What a client of the Messages API says that no model of OpenAI can be told. @throws Untranslatable */
export function checkAnthropic(body: Json): void {
  for (const [index, block] of asList(body['system']).entries()) checkKeys(block, BLOCK_KEYS['text']!, `system.${index}`);
  for (const [index, message] of asList(body['messages']).entries()) {
    checkKeys(message, ['role', 'content'], `messages.${index}`);
    checkBlocks(asRecord(message)['content'], `messages.${index}.content`);
  }
  if (asRecord(asList(body['messages']).at(-1))['role'] === 'assistant') refuse(`messages.${asList(body['messages']).length - 1}`, 'is the beginning of an answer, which a model of the other family does not continue');
  for (const [index, tool] of asList(body['tools']).entries()) {
    const { type } = asRecord(tool);
    if (type !== undefined && type !== null && type !== 'custom') refuse(`tools.${index}`, `is ${JSON.stringify(type)}, a tool that only the vendor of the Messages API runs`);
    checkKeys(tool, ['type', 'name', 'description', 'input_schema', 'strict', CACHE], `tools.${index}`);
  }
  checkKeys(body['output_config'], ['effort', 'format'], 'output_config');
}

function checkBlocks(content: unknown, place: string): void {
  for (const [index, each] of asList(content).entries()) {
    const block = asRecord(each);
    const type = asText(block['type']) ?? '';
    const keys = Object.hasOwn(BLOCK_KEYS, type) ? BLOCK_KEYS[type]! : refuse(`${place}.${index}`, `is of type ${JSON.stringify(type.slice(0, 60))}, which cannot be said to a model of the other family`);
    checkKeys(block, keys, `${place}.${index}`);
    if (type === 'tool_result') checkBlocks(block['content'], `${place}.${index}.content`);
    if ((type === 'image' || type === 'document') && !['base64', 'url', 'text'].includes(asText(asRecord(block['source'])['type']) ?? '')) refuse(`${place}.${index}.source`, 'is neither bytes, text nor an address');
  }
}

const PART_KEYS: Readonly<Record<string, readonly string[]>> = { text: ['type', 'text'], image_url: ['type', 'image_url'], file: ['type', 'file'], refusal: ['type', 'refusal'] };
const MESSAGE_KEYS: Readonly<Record<string, readonly string[]>> = {
  system: ['role', 'content'], developer: ['role', 'content'], user: ['role', 'content'], tool: ['role', 'content', 'tool_call_id', 'name'],
  assistant: ['role', 'content', 'refusal', 'tool_calls', 'reasoning_content', 'reasoning', 'reasoning_text', 'reasoning_details', 'annotations'],
};

/** The same of Chat Completions. @throws Untranslatable */
export function checkChat(body: Json): void {
  let hasBegun = false;
  for (const [index, each] of asList(body['messages']).entries()) {
    const message = asRecord(each);
    const role = asText(message['role']) ?? '';
    const place = `messages.${index}`;
    checkKeys(message, Object.hasOwn(MESSAGE_KEYS, role) ? MESSAGE_KEYS[role]! : refuse(`${place}.role`, `is ${JSON.stringify(role.slice(0, 40))}, which the other family does not have`), place);
    const isSystem = role === 'system' || role === 'developer';
    if (isSystem && hasBegun) refuse(place, 'is a system message after the conversation has begun; say it before');
    hasBegun ||= !isSystem;
    checkParts(message['content'], `${place}.content`);
    for (const [at, call] of asList(message['tool_calls']).entries()) checkCall(asRecord(call), `${place}.tool_calls.${at}`);
  }
  for (const [index, tool] of asList(body['tools']).entries()) {
    const { type, function: own } = asRecord(tool);
    if (type !== 'function') refuse(`tools.${index}`, `is of type ${JSON.stringify(type)}; only functions can be said to a model of the other family`);
    checkKeys(own, ['name', 'description', 'parameters', 'strict'], `tools.${index}.function`);
  }
  checkChoice(body['tool_choice']);
}

function checkParts(content: unknown, place: string): void {
  for (const [index, each] of asList(content).entries()) {
    const part = asRecord(each);
    const type = asText(part['type']) ?? '';
    checkKeys(part, Object.hasOwn(PART_KEYS, type) ? PART_KEYS[type]! : refuse(`${place}.${index}`, `is of type ${JSON.stringify(type.slice(0, 60))}, which cannot be said to a model of the other family`), `${place}.${index}`);
    if (asRecord(part['image_url'])['detail'] === 'low') refuse(`${place}.${index}.image_url.detail`, 'is low; a model of the other family looks at all of a picture');
    if (type === 'file' && typeof asRecord(part['file'])['file_data'] !== 'string') refuse(`${place}.${index}.file`, 'is not given with its bytes');
  }
}

function checkCall({ type, function: own }: Json, place: string): void {
  if (type !== 'function' && type !== undefined) refuse(`${place}.type`);
  const text = asText(asRecord(own)['arguments']) ?? '';
  if (text.trim() === '') return;
  try {
    if (isRecord(JSON.parse(text))) return;
  } catch {
    // Said below.
  }
  refuse(`${place}.function.arguments`, 'is no JSON object');
}

function checkChoice(choice: unknown): void {
  if (choice === undefined || choice === null || choice === 'auto' || choice === 'none' || choice === 'required') return;
  const { type } = asRecord(choice);
  if (type !== 'function') refuse('tool_choice', 'is neither auto, none, required nor one function');
}

const ITEM_TYPES = new Set(['message', 'function_call', 'function_call_output', 'reasoning']);

/** The same of Responses. @throws Untranslatable */
export function checkResponses(body: Json): void {
  let hasBegun = false;
  for (const [index, each] of asList(body['input']).entries()) {
    const item = asRecord(each);
    const place = `input.${index}`;
    const type = asText(item['type']) ?? 'message';
    if (!ITEM_TYPES.has(type)) refuse(place, `is of type ${JSON.stringify(type.slice(0, 60))}, which cannot be said to a model of the other family`);
    const isSystem = item['role'] === 'system' || item['role'] === 'developer';
    if (isSystem && hasBegun) refuse(place, 'is a system message after the conversation has begun; say it before');
    hasBegun ||= !isSystem;
    checkInputs(item['content'], `${place}.content`);
    checkInputs(item['output'], `${place}.output`);
    if (type === 'function_call') checkCall({ type: 'function', function: { arguments: item['arguments'] } }, place);
  }
  for (const [index, tool] of asList(body['tools']).entries()) {
    if (asRecord(tool)['type'] !== 'function') refuse(`tools.${index}`, `is of type ${JSON.stringify(asRecord(tool)['type'])}; only functions can be said to a model of the other family`);
    checkKeys(tool, ['type', 'name', 'description', 'parameters', 'strict'], `tools.${index}`);
  }
  checkChoice(body['tool_choice']);
}

const INPUT_TYPES = new Set(['input_text', 'output_text', 'input_image', 'input_file', 'refusal', 'summary_text', 'reasoning_text', 'text']);

function checkInputs(content: unknown, place: string): void {
  for (const [index, each] of asList(content).entries()) {
    const part = asRecord(each);
    const type = asText(part['type']) ?? '';
    if (!INPUT_TYPES.has(type)) refuse(`${place}.${index}`, `is of type ${JSON.stringify(type.slice(0, 60))}, which cannot be said to a model of the other family`);
    if (typeof part['file_id'] === 'string') refuse(`${place}.${index}.file_id`, 'names a file that only its vendor has');
    if (part['detail'] === 'low') refuse(`${place}.${index}.detail`, 'is low; a model of the other family looks at all of a picture');
  }
}

/** Of documents a vendor reads only some: what its writer would leave out is refused here. @throws Untranslatable */
export function checkDocuments(messages: readonly Message[], to: 'messages' | 'chat' | 'responses'): void {
  for (const [index, { content }] of messages.entries()) for (const block of content) checkDocument(block, to, `messages.${index}`);
}

function checkDocument(block: Block, to: 'messages' | 'chat' | 'responses', place: string): void {
  if (block.type === 'tool-result') for (const each of block.content) checkDocument(each, to, place);
  if (block.type !== 'document') return;
  const { source } = block;
  if (source.kind === 'url' && to === 'chat') refuse(place, 'names a document by its address, which Chat Completions cannot read; give its bytes');
  if (source.kind === 'base64' && source.mediaType !== 'application/pdf' && !/^text\/|^application\/(?:json|xml|yaml|x-yaml|toml|javascript)$|\+(?:json|xml)$/.test(source.mediaType)) refuse(place, `has a document of type ${source.mediaType}, which the other family cannot read`);
}
