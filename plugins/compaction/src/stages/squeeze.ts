import type { Block, ToolContent } from '@pith/kernel';
import { nameCall } from '../call-words.ts';
import { cutText, fairLimit, isTooLong } from '../cut-text.ts';
import { callsOf, isPinned, isResult, isWords, total, trace } from '../history.ts';
import type { Room } from './fold.ts';
import type { Outcome } from './rewrite.ts';

const LEAST_CHARACTERS = 500;

/** Cuts the longest texts of what is left, results and inputs alike, so that the request can be made at all. */
export function squeeze({ messages, tokens, goal, measure }: Room): Outcome {
  const user = messages.filter(({ role }) => role === 'user');
  const texts = user.flatMap(({ content }) => content.flatMap(longTexts));
  const characters = texts.reduce((sum, { length }) => sum + length, 0);
  const rate = characters / Math.max(1, total(user, measure));
  const limit = fairLimit(texts.map(({ length }) => length), characters - (tokens - goal) * rate, LEAST_CHARACTERS);
  const dropped: string[] = [];
  const made = messages.map((message, index) => {
    if (message.role === 'assistant' || !message.content.some((block) => longTexts(block).some((text) => isTooLong(text, limit)))) return message;
    const calls = callsOf(messages, index);
    const content = message.content.map((block) => lessen(block, limit, () => dropped.push(`the middle of ${isResult(block) ? nameCall(calls.get(block)) : 'an input'}`)));
    return { ...message, content };
  });
  const left = tokens - total(messages, measure) + total(made, measure);
  return left < tokens ? { messages: made, tokens: left, dropped } : { messages, tokens, dropped: [] };
}

function longTexts(block: Block): string[] {
  if (isWords(block)) return [block.text];
  return isResult(block) ? block.content.flatMap((part) => (part.type === 'text' && !isPinned(part) ? [part.text] : [])) : [];
}

function lessen(block: Block, limit: number, onCut: () => void): Block {
  const cut = (text: string): string => cutText(text, limit, (left) => {
    onCut();
    return `[… ${left} characters were left out here, since the request was too long …]`;
  });
  if (isWords(block)) return isTooLong(block.text, limit) ? { type: 'text', text: cut(block.text), label: block.label ?? trace('words') } : block;
  if (!isResult(block)) return block;
  const { toolCallId, isError, label } = block;
  const content = block.content.map((part): ToolContent => (part.type === 'text' && !isPinned(part) && isTooLong(part.text, limit) ? { type: 'text', text: cut(part.text), label: trace('cut') } : part));
  return { type: 'tool-result', toolCallId, content, ...(isError === undefined ? {} : { isError }), ...(label === undefined ? {} : { label }) };
}
