import type { Block, Message, ToolCallBlock, ToolContent, ToolResultBlock } from '@pith/kernel';
import { nameCall, wayBack } from '../call-words.ts';
import { callsOf, isCall, isPinned, isResult, isTrace, OWNER, textLength, toCount, trace } from '../history.ts';
import { type Ask, type Outcome, rewrite } from './rewrite.ts';

/** Old results, and what plugins have put beside inputs, become a line that says what it was and how it comes back. */
export function snipResults(ask: Ask): Outcome {
  let todo: ToolCallBlock | undefined;
  return rewrite(ask, (message, index) => {
    const calls = callsOf(ask.messages, index);
    const dropped: string[] = [];
    const content = message.content.map((block) => {
      const call = calls.get(block);
      // The list of steps as it was written last stays.
      if (call?.name === 'todo' && call === (todo ??= newestTodo(ask.messages))) return block;
      const less = isResult(block) ? snipResult(block, call) : snipAttachment(block);
      if (less === undefined) return block;
      dropped.push(less.what);
      return less.block;
    });
    return dropped.length === 0 ? undefined : { content, dropped };
  });
}

interface Less { block: Block; what: string }

function snipResult(block: Block & ToolResultBlock, call: ToolCallBlock | undefined): Less | undefined {
  const goes = block.content.filter((part) => !isPinned(part) && !isTrace(part, 'line'));
  const what = nameCall(call);
  const line = leftOut(`result of ${what}`, goes, wayBack(call));
  if (line === undefined) return undefined;
  return { block: withLine(block, goes, line), what };
}

/** A result in which one line stands for some of its parts. */
export function withLine({ toolCallId, isError, label, content }: ToolResultBlock & Pick<Block, 'label'>, goes: readonly ToolContent[], line: string): Block {
  const first = content.indexOf(goes[0]!);
  const kept = content.flatMap((part, index): ToolContent[] => (index === first ? [{ type: 'text', text: line, label: trace('line') }] : goes.includes(part) ? [] : [part]));
  return { type: 'tool-result', toolCallId, content: kept, ...(isError === undefined ? {} : { isError }), ...(label === undefined ? {} : { label }) };
}

/** A file that was mentioned, a picture of the terminal …: labelled, so no words of a person, and not pinned. */
function snipAttachment(block: Block): Less | undefined {
  const { label } = block;
  if (label === undefined || label.owner === OWNER || isPinned(block) || (block.type !== 'text' && block.type !== 'image' && block.type !== 'document')) return undefined;
  const line = leftOut(label.name, [block], 'look at it again');
  return line === undefined ? undefined : { block: { type: 'text', text: line, label: trace('line') }, what: label.name };
}

/** Nothing where the line would be no shorter than what it stands for. */
function leftOut(what: string, goes: readonly (ToolContent | Block)[], back: string): string | undefined {
  const characters = textLength(goes);
  const kinds = [...new Set(goes.map(({ type }) => type).filter((type) => type !== 'text'))];
  const size = [...(characters > 0 ? [toCount(characters, 'character')] : []), ...kinds].join(' and ');
  const line = `[The ${what} was left out to make room (${size}); if it is needed, ${back}]`;
  return kinds.length === 0 && line.length >= characters ? undefined : line;
}

function newestTodo(messages: readonly Message[]): ToolCallBlock | undefined {
  for (let index = messages.length - 1; index >= 0; index--) {
    const call = messages[index]!.content.findLast((block) => isCall(block) && block.name === 'todo');
    if (call !== undefined && isCall(call)) return call;
  }
  return undefined;
}
