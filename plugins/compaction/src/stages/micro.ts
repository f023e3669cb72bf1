import type { Block, Message, ToolCallBlock, ToolResultBlock } from '@pith/kernel';
import { nameCall, repeatKey, supersedes } from '../call-words.ts';
import { callsOf, isPinned, isResult, isTrace, textLength } from '../history.ts';
import { type Ask, type Outcome, rewrite } from './rewrite.ts';
import { withLine } from './snip.ts';

/** Of one file, so many windows are compared with each other. */
const MAX_ALIKE = 16;

interface Answered { call: ToolCallBlock; isError: boolean; index: number }

/** Of a file that was read again, and a command that was run again, only the newest result counts. Nothing is lost, so it goes through to the end. */
export function dropRepeats(ask: Ask): Outcome {
  const overtaken = findOvertaken(ask.messages);
  if (overtaken.size === 0) return { messages: ask.messages, tokens: ask.tokens, dropped: [] };
  return rewrite({ ...ask, goal: 0 }, (message) => {
    const dropped: string[] = [];
    const content = message.content.map((block): Block => {
      const call = overtaken.get(block);
      if (call === undefined || !isResult(block)) return block;
      const goes = block.content.filter((part) => !isPinned(part));
      const line = `[left out: ${nameCall(call)} came again later, with what holds since]`;
      if (goes.every(({ type }) => type === 'text') && textLength(goes) <= line.length) return block;
      dropped.push(nameCall(call));
      return withLine(block, goes, line);
    });
    return dropped.length === 0 ? undefined : { content, dropped };
  });
}

/** Results that a newer one says all of, with their calls. */
function findOvertaken(messages: readonly Message[]): Map<Block, ToolCallBlock> {
  const newer = new Map<string, Answered[]>();
  const overtaken = new Map<Block, ToolCallBlock>();
  for (let index = messages.length - 1; index > 0; index--) {
    if (!messages[index]!.content.some((block) => isResult(block) && !isLine(block))) continue;
    for (const [block, call] of callsOf(messages, index)) {
      if (!isResult(block) || isLine(block)) continue;
      const key = repeatKey(call);
      if (key === undefined) continue;
      const known = newer.get(key) ?? [];
      // Calls side by side do not overtake each other.
      if (known.some((each) => each.index > index && supersedes(each, { call }))) overtaken.set(block, call);
      else newer.set(key, [...known.slice(-MAX_ALIKE), { call, isError: block.isError === true, index }]);
    }
  }
  return overtaken;
}

const isLine = ({ content }: ToolResultBlock): boolean => content.some((part) => isTrace(part, 'line'));
