import type { Block, Message, ToolCallBlock, ToolContent, ToolResultBlock } from '@pith/kernel';
import { toCallId } from '../call-id.ts';
import { isRecord, type Json } from '../json.ts';
import { toDataUrl, toDocumentText, toImageUrl } from '../media.ts';
import { toCallInput } from '../tool-input.ts';
import { rawFor } from '../vendor-block.ts';
import { toJson } from '../well-formed.ts';

const CALL_ID = { allowed: /^[^\s]+$/, maxLength: 40 };

/**
 * A message as Chat Completions takes it: one assistant message, or the tools' messages and then what the user said.
 *
 * Left out: thinking of other vendors, sealed thinking, server tools, unknown blocks, images of an assistant. Turned to
 * text: documents that are text or that the API cannot read. Pictures and files that a tool gave follow its messages as
 * the user's, because a tool's message holds text only; whether a result was an error is left to its words.
 */
export function toChatMessages(message: Message, vendor: string): Json[] {
  return message.role === 'assistant' ? toAssistant(message.content, vendor) : toToolsAndUser(message.content, vendor);
}

function toAssistant(content: readonly Block[], vendor: string): Json[] {
  const texts: string[] = [];
  const refusals: string[] = [];
  const calls: Json[] = [];
  let reasoning: Json = {};
  for (const block of content) {
    if (block.type === 'text') texts.push(block.text);
    else if (block.type === 'refusal') refusals.push(block.text);
    else if (block.type === 'tool-call') calls.push(toCall(block, vendor));
    else if (block.type === 'thinking') reasoning = { ...reasoning, ...toReasoning(block, vendor) };
  }
  if (texts.length + refusals.length + calls.length === 0) return [];
  return [{
    role: 'assistant',
    content: texts.length === 0 ? null : texts.join('\n\n'),
    ...(refusals.length > 0 ? { refusal: refusals.join('\n\n') } : {}),
    ...reasoning,
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  }];
}

function toCall(block: ToolCallBlock & Block, vendor: string): Json {
  // A vendor that wrote numbers we cannot hold gets its own words back.
  const raw = rawFor(block, vendor);
  return {
    id: toCallId(block.id, CALL_ID), type: 'function',
    function: { name: block.name, arguments: typeof raw === 'string' ? raw : toJson(toCallInput(block)) },
  };
}

/** The mark of such a block names the field its text came in, or holds the vendor's own details. */
function toReasoning(block: { text: string } & Block, vendor: string): Json {
  const raw = rawFor(block, vendor);
  if (typeof raw === 'string') return { [raw]: block.text };
  return isRecord(raw) ? raw : {};
}

function toToolsAndUser(content: readonly Block[], vendor: string): Json[] {
  const messages: Json[] = [];
  const parts: Json[] = [];
  for (const block of content) {
    const raw = rawFor(block, vendor);
    if (isRecord(raw)) {
      parts.push(raw);
    } else if (block.type === 'tool-result') {
      const { text, rest } = splitResult(block);
      messages.push({ role: 'tool', tool_call_id: toCallId(block.toolCallId, CALL_ID), content: text });
      if (rest.length > 0) parts.push({ type: 'text', text: `From the result of call ${block.toolCallId}:` }, ...rest);
    } else if (block.type === 'text' || block.type === 'image' || block.type === 'document') {
      parts.push(toPart(block));
    }
  }
  if (parts.length > 0) messages.push({ role: 'user', content: joinTexts(parts) });
  return messages;
}

/** Not every server takes a list where only text is said. */
function joinTexts(parts: readonly Json[]): string | readonly Json[] {
  return parts.every(({ type }) => type === 'text') ? parts.map(({ text }) => text as string).join('\n\n') : parts;
}

function splitResult({ content }: ToolResultBlock): { text: string; rest: Json[] } {
  const parts = content.map(toPart);
  return {
    text: parts.filter(({ type }) => type === 'text').map(({ text }) => text as string).join('\n\n'),
    rest: parts.filter(({ type }) => type !== 'text'),
  };
}

function toPart(block: ToolContent): Json {
  switch (block.type) {
    case 'text': return { type: 'text', text: block.text };
    case 'image': return { type: 'image_url', image_url: { url: toImageUrl(block) } };
    default: {
      const { source, title } = block;
      if (source.kind === 'url' || source.mediaType !== 'application/pdf') return { type: 'text', text: toDocumentText(block) };
      return { type: 'file', file: { filename: title ?? 'document.pdf', file_data: toDataUrl(source.mediaType, source.data) } };
    }
  }
}
