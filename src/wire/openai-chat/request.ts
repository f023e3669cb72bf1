import type { Message, ModelRequest, SystemSection, ToolSpec } from '@pith/kernel';
import { type BodyWriter, cacheText, createBodyWriter, inOne, listField } from '../body.ts';
import { toConversation } from '../conversation.ts';
import { toEffort } from '../effort.ts';
import type { Json } from '../json.ts';
import { isStrictSchema } from '../strict-schema.ts';
import { toChatMessages } from './message.ts';

export interface ChatWriterOptions {
  /** Whose marks count as one's own. Default `openai-chat`. */
  vendor?: string;
  /** The limit where a request names none. Default: the server's. */
  maxOutputTokens?: number | undefined;
  /** OpenAI's newer models refuse `max_tokens`; other servers may know nothing else. Default `max_completion_tokens`. */
  limitField?: 'max_completion_tokens' | 'max_tokens';
  /** OpenRouter takes `reasoning`, everybody else `reasoning_effort`. Default `effort`. */
  reasoning?: 'effort' | 'openrouter';
}

/** `POST /chat/completions`. Cache markers are dropped: these servers cache by themselves. */
export function createChatWriter({ vendor = 'openai-chat', maxOutputTokens, limitField = 'max_completion_tokens', reasoning = 'effort' }: ChatWriterOptions = {}): BodyWriter {
  const toTools = (tools: readonly ToolSpec[]) => (tools.length === 0 ? undefined : tools.map(toTool));
  const toolsText = cacheText(toTools);
  const toItems = (owner: Message | readonly SystemSection[]): Json[] => (isSections(owner) ? toSystem(owner) : toChatMessages(owner, vendor));
  const itemsText = cacheText(toItems);

  return createBodyWriter((request) => ({
    head: {
      model: request.model,
      stream: true,
      stream_options: { include_usage: true },
      ...limitOf(request, limitField, maxOutputTokens),
      ...(reasoning === 'openrouter' ? toRouterReasoning(request) : toReasoningEffort(request)),
      ...toSampling(request),
      ...toToolChoice(request),
      ...toResponseFormat(request),
    },
    fields: [
      { key: 'tools', value: () => toTools(request.tools), texts: () => inOne(toolsText(request.tools)) },
      listField('messages', [request.system, ...toConversation(request.messages)], toItems, itemsText),
    ],
  }));
}

function isSections(owner: Message | readonly SystemSection[]): owner is readonly SystemSection[] {
  return Array.isArray(owner);
}

/** One message, since some servers' templates take only one. */
function toSystem(sections: readonly SystemSection[]): Json[] {
  const text = sections.map(({ text }) => text).filter((text) => text !== '').join('\n\n');
  return text === '' ? [] : [{ role: 'system', content: text }];
}

function toTool({ name, description, inputSchema }: ToolSpec): Json {
  return { type: 'function', function: { name, description, parameters: inputSchema } };
}

function limitOf({ options }: ModelRequest, field: string, otherwise: number | undefined): Json {
  const limit = options.maxOutputTokens ?? otherwise;
  return limit === undefined ? {} : { [field]: limit };
}

function toReasoningEffort({ options }: ModelRequest): Json {
  const effort = toEffort(options);
  return effort === undefined ? {} : { reasoning_effort: effort };
}

function toRouterReasoning({ options: { effort, thinkingTokens } }: ModelRequest): Json {
  if (effort !== undefined) return { reasoning: { effort } };
  if (thinkingTokens === undefined) return {};
  return { reasoning: thinkingTokens === 0 ? { enabled: false } : { max_tokens: thinkingTokens } };
}

function toSampling({ options: { temperature, stopSequences } }: ModelRequest): Json {
  return {
    ...(temperature === undefined ? {} : { temperature }),
    ...(stopSequences === undefined || stopSequences.length === 0 ? {} : { stop: stopSequences }),
  };
}

function toToolChoice({ tools, options: { toolChoice } }: ModelRequest): Json {
  if (toolChoice === undefined || tools.length === 0) return {};
  return { tool_choice: typeof toolChoice === 'object' ? { type: 'function', function: { name: toolChoice.name } } : toolChoice };
}

function toResponseFormat({ options: { schema } }: ModelRequest): Json {
  if (schema === undefined) return {};
  return { response_format: { type: 'json_schema', json_schema: { name: 'answer', schema, strict: isStrictSchema(schema) } } };
}
