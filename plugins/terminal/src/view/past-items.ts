import type { Block, Message, ToolContent, ToolResultBlock } from '@pith/kernel';
import type { CallView, Item } from '../view.ts';
import { textOf, toTarget } from './call-view.ts';
import type { NewItem } from './change.ts';

/**
 * What was said, as items. Of calls the history tells less than events did: no times, no changes. Texts are those of the messages, so
 * nothing is held twice.
 */
export function toItems(messages: readonly Message[], { cwd, atMs }: { cwd: string; atMs: number }): Item[] {
  const results = new Map<string, ToolResultBlock>();
  for (const { content } of messages) for (const block of content) if (block.type === 'tool-result') results.set(block.toolCallId, block);
  const made = messages.flatMap(({ role, content }) => (role === 'user' ? toInput(content) : content.flatMap((block) => toReplyItem(block, results, cwd))));
  return made.map((item, id) => ({ ...item, id, atMs }) as Item);
}

function toInput(content: readonly Block[]): NewItem[] {
  const text = content.flatMap((block) => (block.type === 'text' && block.label === undefined ? [block.text] : [])).join('\n\n');
  const attachments = content.flatMap((block) => toAttachment(block));
  return text === '' && attachments.length === 0 ? [] : [{ kind: 'input', text, attachments }];
}

/** Who labels what a person has attached, or mentioned. Text of other owners is there for the model alone, as the date is. */
const ATTACHERS: readonly string[] = ['terminal', 'input', 'pith'];

/** How a block is called that a person has attached. */
export function toAttachment(block: Block): string[] {
  switch (block.type) {
    case 'text': return block.label === undefined || !ATTACHERS.includes(block.label.owner) ? [] : [block.label.name];
    case 'image': return [block.label?.name ?? 'image'];
    case 'document': return [block.label?.name ?? block.title ?? 'document'];
    default: return [];
  }
}

/** Of what was attached, that which has no line of its own: an image has, once it is accepted. */
export function toOther(block: Block): string[] {
  return block.type === 'image' ? [] : toAttachment(block);
}

function toReplyItem(block: Block, results: ReadonlyMap<string, ToolResultBlock>, cwd: string): NewItem[] {
  switch (block.type) {
    case 'text': return block.text.trim() === '' ? [] : [{ kind: 'text', text: block.text }];
    case 'thinking': return block.text.trim() === '' ? [] : [{ kind: 'thinking', text: block.text, durationMs: null }];
    case 'refusal': return [{ kind: 'refusal', text: block.text }];
    case 'tool-call': return [{ kind: 'call', call: toPastCall(block, results.get(block.id), cwd) }];
    default: return [];
  }
}

function toPastCall({ id, name, input }: Extract<Block, { type: 'tool-call' }>, result: ToolResultBlock | undefined, cwd: string): CallView {
  const content: readonly ToolContent[] = result?.content ?? [];
  const lines = textOf(content).split('\n').filter((line) => line.trim() !== '');
  return {
    callId: id, tool: name, target: toTarget([], input, cwd), effect: undefined, input, state: result?.isError === true ? 'error' : 'done', startedMs: 0, durationMs: null, progress: undefined,
    result: lines.length > 1 ? `${lines.length} lines` : lines[0]?.slice(0, 400) ?? '', content, changes: [], diff: undefined,
  };
}
