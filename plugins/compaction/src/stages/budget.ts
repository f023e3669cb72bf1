import type { Block, ToolContent } from '@pith/kernel';
import { nameCall, wayBack } from '../call-words.ts';
import { cutText, isTooLong } from '../cut-text.ts';
import { callsOf, isPinned, isResult, isTrace, newestTodo, toCount, trace } from '../history.ts';
import { type Ask, type Outcome, rewrite } from './rewrite.ts';

/** Tool-result budget: older results that are very long keep head and tail. @param limit characters of a text */
export function cutResults(ask: Ask, limit: number): Outcome {
  let todo: Block | undefined;
  return rewrite(ask, (message, index) => {
    if (!message.content.some((block) => isResult(block) && block.content.some((part) => isLong(part, limit)))) return undefined;
    const calls = callsOf(ask.messages, index);
    const dropped: string[] = [];
    const content = message.content.map((block): Block => {
      if (!isResult(block) || !block.content.some((part) => isLong(part, limit))) return block;
      const call = calls.get(block);
      if (call?.name === 'todo' && block === (todo ??= newestTodo(ask.messages))) return block; // Its open steps would be cut out of it.
      const cut = block.content.map((part) => (isLong(part, limit) ? cutPart(part, limit, (left) => {
        dropped.push(`${toCount(left, 'character')} of ${nameCall(call)}`);
        return `[… ${toCount(left, 'character')} were left out here to make room; for them ${wayBack(call)} …]`;
      }) : part));
      return { type: 'tool-result', toolCallId: block.toolCallId, content: cut, ...(block.isError === undefined ? {} : { isError: block.isError }), ...(block.label === undefined ? {} : { label: block.label }) };
    });
    return dropped.length === 0 ? undefined : { content, dropped };
  });
}

type LongText = ToolContent & { type: 'text' };

/** What was cut once is near the limit, and is not cut again. */
function isLong(part: ToolContent, limit: number): part is LongText {
  return part.type === 'text' && isTooLong(part.text, limit) && !isPinned(part) && !isTrace(part, 'cut', 'line');
}

function cutPart(part: LongText, limit: number, note: (left: number) => string): ToolContent {
  return { type: 'text', text: cutText(part.text, limit, note), label: trace('cut') };
}
