import type { Message, ModelRequest, SystemSection, ToolSpec } from '@pith/kernel';
import { type BodyWriter, cacheText, createBodyWriter, inOne, listField } from '../body.ts';
import { toConversation } from '../conversation.ts';
import { toEffort } from '../effort.ts';
import type { Json } from '../json.ts';
import { isStrictSchema } from '../strict-schema.ts';
import { toItems } from './item.ts';

export interface ResponsesWriterOptions {
  /** Whose marks count as one's own. Default `openai-responses`. */
  vendor?: string;
  /** The limit where a request names none. Default: the server's. */
  maxOutputTokens?: number | undefined;
}

/**
 * `POST /responses`, without anything being kept by the vendor: the whole conversation goes up each time, and reasoning
 * comes back sealed. The API has no stop sequences; they are left out. Cache markers are dropped: it caches by itself.
 */
export function createResponsesWriter({ vendor = 'openai-responses', maxOutputTokens }: ResponsesWriterOptions = {}): BodyWriter {
  const toTools = (tools: readonly ToolSpec[]) => (tools.length === 0 ? undefined : tools.map(toTool));
  const toolsText = cacheText(toTools);
  const instructionsText = cacheText(toInstructions);
  const make = (message: Message): Json[] => toItems(message, vendor);
  const itemsText = cacheText(make);

  return createBodyWriter((request) => {
    const limit = request.options.maxOutputTokens ?? maxOutputTokens;
    return {
      head: {
        model: request.model,
        stream: true,
        store: false,
        ...(limit === undefined ? {} : { max_output_tokens: limit }),
        ...toReasoning(request),
        ...(request.options.temperature === undefined ? {} : { temperature: request.options.temperature }),
        ...toToolChoice(request),
        ...toTextFormat(request),
      },
      fields: [
        { key: 'tools', value: () => toTools(request.tools), texts: () => inOne(toolsText(request.tools)) },
        { key: 'instructions', value: () => toInstructions(request.system), texts: () => inOne(instructionsText(request.system)) },
        listField('input', toConversation(request.messages), make, itemsText),
      ],
    };
  });
}

/** Models that reason, by name: only of these may sealed reasoning be asked for. */
function reasons(model: string): boolean {
  return /(?:^|\/)(?:o\d|gpt-(?:[5-9]|\d\d)|codex)/.test(model) && !model.includes('chat-latest');
}

function toReasoning({ model, options }: ModelRequest): Json {
  const effort = toEffort(options);
  const shown = (options.thinkingTokens ?? 0) > 0;
  return {
    ...(effort === undefined ? {} : { reasoning: { effort, ...(shown ? { summary: 'auto' } : {}) } }),
    ...(reasons(model) ? { include: ['reasoning.encrypted_content'] } : {}),
  };
}

function toTool({ name, description, inputSchema }: ToolSpec): Json {
  return { type: 'function', name, description, parameters: inputSchema, strict: false };
}

function toInstructions(sections: readonly SystemSection[]): string | undefined {
  const text = sections.map(({ text }) => text).filter((text) => text !== '').join('\n\n');
  return text === '' ? undefined : text;
}

function toToolChoice({ tools, options: { toolChoice } }: ModelRequest): Json {
  if (toolChoice === undefined || tools.length === 0) return {};
  return { tool_choice: typeof toolChoice === 'object' ? { type: 'function', name: toolChoice.name } : toolChoice };
}

function toTextFormat({ options: { schema } }: ModelRequest): Json {
  if (schema === undefined) return {};
  return { text: { format: { type: 'json_schema', name: 'answer', schema, strict: isStrictSchema(schema) } } };
}
