import type { Block, Message, ModelOptions, ModelRequest } from '@pith/kernel';
import { asList, asRecord, type BodyWriter, type Json, type ReadRequest } from '@pith/wire';
import { createAnthropicWriter, readAnthropicRequest, thinksByBudget, versionFor } from '@pith/wire/anthropic';
import { createChatWriter, readChatRequest } from '@pith/wire/openai-chat';
import { createResponsesWriter, readResponsesRequest } from '@pith/wire/openai-responses';
import { carry } from './carry.ts';
import { checkAnthropic, checkChat, checkDocuments, checkResponses } from './check-messages.ts';
import { refuse } from './refused.ts';
import { unsealMessages } from './sealed.ts';

/** The three addresses that can stand for each other. */
export type Wire = 'messages' | 'chat' | 'responses';

export interface Translated { body: Json; headers: Readonly<Record<string, string>>; model: string; isStream: boolean }

const OWNER = 'client';

/**
 * A client's request in the words of another wire. Everything that it says is said there, or it is refused by name; left out are only
 * thoughts that another vendor has sealed, marks of the cache, and citations of texts.
 * @throws Untranslatable
 */
export function translateRequest(body: Json, { from, to, model }: { from: Wire; to: Wire; model: string }): Translated {
  const read = readFrom(body, from);
  const request = toModelRequest({ ...read, model, messages: unsealMessages(read.messages) }, { from, to, body });
  checkDocuments(request.messages, to);
  const made = writerOf(to).toBody(request);
  return { body: read.stream ? made : inOnePiece(made), headers: headersFor(request, to), model, isStream: read.stream };
}

function readFrom(body: Json, from: Wire): ReadRequest {
  switch (from) {
    case 'messages': checkAnthropic(body); return readAnthropicRequest(body, OWNER);
    case 'chat': checkChat(body); return readChatRequest(body, { owner: OWNER });
    case 'responses': checkResponses(body); return readResponsesRequest(body, { owner: OWNER });
  }
}

function writerOf(to: Wire): BodyWriter {
  switch (to) {
    case 'messages': return createAnthropicWriter();
    case 'chat': return createChatWriter();
    case 'responses': return createResponsesWriter();
  }
}

function toModelRequest(read: ReadRequest, { from, to, body }: { from: Wire; to: Wire; body: Json }): ModelRequest {
  const { body: rest = {}, ...options } = read.options;
  const { tools: _, ...others } = rest; // All of them are functions, and read.
  const carried = carry(from === 'messages' ? { ...others, ...(body['thinking'] === undefined ? {} : { thinking: body['thinking'] }) } : { ...others, ...(body['response_format'] === undefined || options.schema !== undefined ? {} : { response_format: body['response_format'] }) }, from);
  const { tool_choice: __, ...own } = carried;
  const more: Json = { ...own, ...strictTools(read, { from, to, body }), ...singleCall({ from, body, toolChoice: options.toolChoice }) };
  return {
    provider: to, model: read.model, system: read.system, tools: read.tools, purpose: 'turn', reason: 'step',
    messages: to === 'messages' ? read.messages : read.messages.map(withFailures),
    options: { ...optionsFor(options, { to, model: read.model }), ...(Object.keys(more).length === 0 ? {} : { body: more }) },
  };
}

function optionsFor(options: Omit<ModelOptions, 'body'>, { to, model }: { to: Wire; model: string }): ModelOptions {
  const { effort, temperature, stopSequences = [], thinkingTokens, ...same } = options;
  if (to === 'messages' && temperature !== undefined && temperature > 1) refuse('temperature', `is ${temperature}; a model of the other family takes at most 1`);
  if (to === 'responses' && stopSequences.length > 0) refuse('stop_sequences', 'cannot be said to a model that is asked by the Responses API');
  if (to === 'chat' && stopSequences.length > 4) refuse('stop_sequences', `has ${stopSequences.length} texts; a model of the other family takes at most 4`);
  return {
    ...same, ...(temperature === undefined ? {} : { temperature }), ...(stopSequences.length === 0 ? {} : { stopSequences }),
    ...(to === 'messages' ? thinkingOf(effort, model) : effortOf(effort, thinkingTokens, model)),
  };
}

const EFFORT_TOKENS: Readonly<Record<string, number>> = { none: 0, minimal: 1024, low: 4096, medium: 12_288, high: 24_576, xhigh: 32_768 };
const EFFORTS: Readonly<Record<string, string>> = { minimal: 'low', low: 'low', medium: 'medium', high: 'high', xhigh: 'max' };

/** OpenAI's word for how hard to think, as a Claude model takes it: tokens before 4.6, a word since then. */
function thinkingOf(effort: string | undefined, model: string): ModelOptions {
  if (effort === undefined) return {};
  const tokens = Object.hasOwn(EFFORT_TOKENS, effort) ? EFFORT_TOKENS[effort]! : refuse('reasoning_effort', `is ${JSON.stringify(effort.slice(0, 40))}, which the other family does not have`);
  if (tokens === 0 || thinksByBudget(model)) return { thinkingTokens: tokens };
  return { effort: EFFORTS[effort]!, thinkingTokens: tokens };
}

/** And back. Not to think is said only to models that know the word. */
function effortOf(effort: string | undefined, thinkingTokens: number | undefined, model: string): ModelOptions {
  if (effort !== undefined) return { effort: effort === 'max' ? 'xhigh' : effort };
  if (thinkingTokens === undefined || (thinkingTokens === 0 && !/^gpt-5\.[1-9]/.test(model))) return {};
  return { thinkingTokens };
}

/** Whether arguments must fit the schema exactly has a word in both. */
function strictTools({ tools }: ReadRequest, { from, to, body }: { from: Wire; to: Wire; body: Json }): Json {
  const strict = asList(body['tools']).map((tool) => (from === 'chat' ? asRecord(asRecord(tool)['function']) : asRecord(tool))['strict'] === true);
  if (!strict.includes(true)) return {};
  const own = asList(writerOf(to).toBody({ provider: to, model: '', system: [], messages: [], tools, purpose: 'turn', reason: 'step', options: {} })['tools']).map(asRecord);
  return {
    tools: own.map((tool, index) => {
      if (strict[index] !== true) return tool;
      return to === 'chat' ? { ...tool, function: { ...asRecord(tool['function']), strict: true } } : { ...tool, strict: true };
    }),
  };
}

/** One call at a time is part of the choice for Claude. */
function singleCall({ from, body, toolChoice }: { from: Wire; body: Json; toolChoice: ModelOptions['toolChoice'] }): Json {
  if (from === 'messages' || body['parallel_tool_calls'] !== false || asList(body['tools']).length === 0 || toolChoice === 'none') return {};
  return { tool_choice: { ...(toolChoice === undefined ? { type: 'auto' } : {}), disable_parallel_tool_use: true } };
}

/** Whether a call failed is left to words there, so words say it. */
function withFailures(message: Message): Message {
  return { ...message, content: message.content.map((block): Block => (block.type === 'tool-result' && block.isError === true ? { ...block, content: [{ type: 'text', text: 'The call failed:' }, ...block.content] } : block)) };
}

function inOnePiece(body: Json): Json {
  return { ...Object.fromEntries(Object.entries(body).filter(([name]) => name !== 'stream_options')), stream: false };
}

function headersFor(request: ModelRequest, to: Wire): Record<string, string> {
  const json = { 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'user-agent': 'pith' };
  if (to !== 'messages') return json;
  return { ...json, 'anthropic-version': versionFor(request) ?? '2023-06-01' };
}
