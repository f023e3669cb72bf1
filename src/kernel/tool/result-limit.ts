import type { ToolContent } from '../message.ts';

/** Text over the limit loses its middle, and texts after it for which there is no room; images and documents are kept. */
export function limitContent(content: readonly ToolContent[], limit: number): readonly ToolContent[] {
  const total = content.reduce((sum, block) => sum + (block.type === 'text' ? block.text.length : 0), 0);
  if (total <= limit) return content;
  let room = limit;
  let lost = 0;
  const kept: ToolContent[] = [];
  for (const block of content) {
    if (block.type !== 'text') kept.push(block);
    else if (room <= 0) lost++;
    else {
      kept.push({ ...block, text: cutMiddle(block.text, room) });
      room -= block.text.length;
    }
  }
  return lost === 0 ? kept : [...kept, { type: 'text', text: `… ${lost} further text${lost === 1 ? '' : 's'} left out …` }];
}

/** Keeps head and tail of a text and says what is missing. */
export function cutMiddle(text: string, limit: number): string {
  if (text.length <= limit) return text;
  let head = Math.ceil(limit * 0.6);
  let tail = text.length - (limit - head);
  // A character of two units is never cut in two.
  if (isLowSurrogate(text, head)) head--;
  if (isLowSurrogate(text, tail)) tail++;
  return `${text.slice(0, head)}\n… ${tail - head} of ${text.length} characters left out …\n${text.slice(tail)}`;
}

function isLowSurrogate(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  return unit >= 0xdc00 && unit <= 0xdfff;
}
