import { enclose } from '../base/text.ts';
import type { ToolResult } from '../hooks.ts';
import { type Block, type Label, type ToolContent, toText } from '../message.ts';

export function textResult(text: string): ToolResult {
  return { content: [{ type: 'text', text }] };
}

export function errorResult(text: string): ToolResult {
  return { content: [{ type: 'text', text }], isError: true };
}

/** Whether a value can pass as the result of a tool: what comes of it goes to the model, the history and the events. */
export function isToolResult(value: unknown): value is ToolResult {
  if (!isRecord(value) || !Array.isArray(value['content']) || !value['content'].every(isContent)) return false;
  const { changes, isError } = value;
  return (isError === undefined || typeof isError === 'boolean')
    && (changes === undefined || (Array.isArray(changes) && changes.every((change) => isRecord(change) && typeof change['path'] === 'string' && typeof change['kind'] === 'string')));
}

function isContent(block: unknown): boolean {
  if (!isRecord(block)) return false;
  if (block['type'] === 'text') return typeof block['text'] === 'string';
  return (block['type'] === 'image' || block['type'] === 'document') && isRecord(block['source']);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** What a tool has read, as blocks behind an input: pictures and documents as they are, and then its text between tags. */
export function encloseResult(content: readonly ToolContent[], { tag, attributes, label }: { tag: string; attributes: Readonly<Record<string, string>>; label: Label }): Block[] {
  const media = content.filter((block): block is Exclude<ToolContent, { type: 'text' }> => block.type !== 'text');
  return [...media.map((block) => ({ ...block, label })), { type: 'text', text: enclose(toText(content), tag, attributes), label }];
}
