import type { Block, Message, ToolContent, ToolResultBlock } from '@pith/kernel';
import { toCallId } from '../call-id.ts';
import { asList, asText, isRecord, type Json } from '../json.ts';
import { toDataUrl, toDocumentText, toImageUrl } from '../media.ts';
import { toCallInput } from '../tool-input.ts';
import { rawFor } from '../vendor-block.ts';
import { toJson } from '../well-formed.ts';

const CALL_ID = { allowed: /^[^\s]+$/, maxLength: 64 };

/**
 * A message as items of the Responses API: results of calls, messages, calls, reasoning, each an item of its own.
 *
 * Left out: thinking and server tools of other vendors, reasoning that the API would have had to keep for us, unknown
 * blocks, images of an assistant. Turned to text: documents that the API cannot read. Whether a result was an error is
 * left to its words.
 */
export function toItems(message: Message, vendor: string): Json[] {
  const items: Json[] = [];
  for (const block of message.content) {
    const raw = rawFor(block, vendor);
    if (isRecord(raw) && message.role === 'user') addPart(items, 'user', raw, {});
    else if (isRecord(raw) && typeof raw['type'] === 'string' && isSendable(raw)) items.push(raw);
    else if (block.type === 'tool-result') items.push(toOutput(block));
    else if (block.type === 'tool-call') items.push({ type: 'function_call', call_id: toCallId(block.id, CALL_ID), name: block.name, arguments: toJson(toCallInput(block)) });
    else addPart(items, message.role, message.role === 'user' ? toUserPart(block) : toAssistantPart(block, vendor), isRecord(raw) ? raw : {});
  }
  return items;
}

/** The vendor keeps nothing for us, so reasoning is only of use where it is whole: sealed, or in the open. */
function isSendable(raw: Json): boolean {
  if (raw['type'] !== 'reasoning') return true;
  return asText(raw['encrypted_content']) !== undefined || asList(raw['content']).length > 0;
}

/** Parts that follow each other, and bear the same marks of the vendor (`phase`), are one message. */
function addPart(items: Json[], role: Message['role'], part: Json | undefined, marks: Json): void {
  if (part === undefined) return;
  const last = items.at(-1);
  const { phase } = marks;
  if (last?.['type'] === 'message' && last['phase'] === phase) (last['content'] as Json[]).push(part);
  else items.push({ type: 'message', role, content: [part], ...(phase === undefined ? {} : { phase }) });
}

function toUserPart(block: Block): Json | undefined {
  return block.type === 'text' || block.type === 'image' || block.type === 'document' ? toInput(block) : undefined;
}

function toAssistantPart(block: Block, vendor: string): Json | undefined {
  if (block.type === 'text') return { type: 'output_text', text: block.text, annotations: block.vendor?.provider === vendor ? block.citations ?? [] : [] };
  return block.type === 'refusal' ? { type: 'refusal', refusal: block.text } : undefined;
}

function toInput(block: ToolContent): Json {
  switch (block.type) {
    case 'text': return { type: 'input_text', text: block.text };
    case 'image': return { type: 'input_image', image_url: toImageUrl(block), detail: 'auto' };
    default: {
      const { source, title } = block;
      if (source.kind === 'url') return { type: 'input_file', file_url: source.url };
      if (source.mediaType !== 'application/pdf') return { type: 'input_text', text: toDocumentText(block) };
      return { type: 'input_file', filename: title ?? 'document.pdf', file_data: toDataUrl(source.mediaType, source.data) };
    }
  }
}

function toOutput({ toolCallId, content }: ToolResultBlock): Json {
  const parts = content.map(toInput);
  const isText = parts.every(({ type }) => type === 'input_text');
  return { type: 'function_call_output', call_id: toCallId(toolCallId, CALL_ID), output: isText ? parts.map(({ text }) => text as string).join('\n\n') : parts };
}
