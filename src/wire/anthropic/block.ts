import type { Block, DocumentBlock, ImageBlock, Message, ToolResultBlock } from '@pith/kernel';
import { toCallId } from '../call-id.ts';
import { given, isRecord, type Json } from '../json.ts';
import { isTextType, toDocumentText } from '../media.ts';
import { toCallInput } from '../tool-input.ts';
import { isForeign, rawFor } from '../vendor-block.ts';

export const VENDOR = 'anthropic';
const CALL_ID = { allowed: /^[a-zA-Z0-9_-]+$/, maxLength: 256 };
const MARKER: Json = { type: 'ephemeral' };

/** A block as it goes up, and the cache breakpoint it asks for, kept apart since not all of them may be sent. */
export interface WireBlock { block: Json; marker: Json | undefined; markable: boolean }

/**
 * The blocks of a message for the Messages API.
 *
 * Left out: thinking without this vendor's signature, other vendors' sealed blocks and server tools, blank text, and
 * images and documents in assistant messages. Turned to text: refusals, and documents of a type that the API cannot read.
 * A breakpoint on a block that cannot bear one moves to the nearest block before it in the message.
 */
export function toWireBlocks(message: Message): WireBlock[] {
  const made: WireBlock[] = [];
  for (const block of message.content) {
    const wire = toWireBlock(block, message.role);
    if (wire !== undefined) made.push(split(wire));
    if (!block.cache) continue;
    const bearer = made.findLast(({ markable }) => markable);
    if (bearer !== undefined) bearer.marker ??= MARKER;
  }
  return made;
}

function split(wire: Json): WireBlock {
  const { cache_control: marker, ...block } = wire;
  return { block, marker: isRecord(marker) ? marker : undefined, markable: block['type'] !== 'thinking' && block['type'] !== 'redacted_thinking' };
}

function toWireBlock(block: Block, role: Message['role']): Json | undefined {
  const raw = rawFor(block, VENDOR);
  if (isRecord(raw)) return raw;
  const foreign = isForeign(block, VENDOR);
  const fromModel = role === 'assistant';
  switch (block.type) {
    case 'text': return toText(block.text, fromModel && !foreign ? block.citations : undefined);
    case 'refusal': return toText(block.text);
    case 'thinking': return foreign || !fromModel || block.signature === undefined ? undefined : { type: 'thinking', thinking: block.text, signature: block.signature };
    case 'redacted-thinking': return foreign || !fromModel ? undefined : { type: 'redacted_thinking', data: block.data };
    case 'tool-call': return { type: 'tool_use', id: toCallId(block.id, CALL_ID), name: block.name, input: toCallInput(block) };
    case 'tool-result': return toToolResult(block);
    case 'server-tool-call': return foreign ? undefined : { type: 'server_tool_use', id: block.id, name: block.name, input: block.input };
    case 'server-tool-result': return foreign || !isRecord(block.raw) ? undefined : block.raw;
    case 'image': return fromModel ? undefined : toImage(block);
    case 'document': return fromModel ? undefined : toDocument(block);
    case 'unknown': return undefined;
    default: return undefined;
  }
}

/** The API refuses text that is empty or only blank. */
function toText(text: string, citations: readonly unknown[] = []): Json | undefined {
  if (text.trim() === '') return undefined;
  return { type: 'text', text, ...(citations.length > 0 ? { citations } : {}) };
}

function toToolResult({ toolCallId, content, isError }: ToolResultBlock): Json {
  const blocks = content.map((block) => toWireBlock(block, 'user')).filter((block) => block !== undefined);
  // The API refuses an error that says nothing.
  const said = blocks.length === 0 && isError ? [{ type: 'text', text: 'The call failed without saying why.' }] : blocks;
  return { type: 'tool_result', tool_use_id: toCallId(toolCallId, CALL_ID), ...(said.length > 0 ? { content: said } : {}), ...(isError ? { is_error: true } : {}) };
}

function toImage({ source }: ImageBlock): Json {
  if (source.kind === 'url') return { type: 'image', source: { type: 'url', url: source.url } };
  return { type: 'image', source: { type: 'base64', media_type: source.mediaType, data: source.data } };
}

function toDocument(document: DocumentBlock): Json {
  const { source, title } = document;
  const named = given('title', title);
  if (source.kind === 'url') return { type: 'document', source: { type: 'url', url: source.url }, ...named };
  const { mediaType, data } = source;
  if (mediaType === 'application/pdf') return { type: 'document', source: { type: 'base64', media_type: mediaType, data }, ...named };
  if (!isTextType(mediaType)) return { type: 'text', text: toDocumentText(document) };
  return { type: 'document', source: { type: 'text', media_type: 'text/plain', data: Buffer.from(data, 'base64').toString('utf8') }, ...named };
}
