import type { Block, Label, Message, ToolCallBlock, ToolContent } from '@pith/kernel';
import { callsOf, isMedia, isPinned, isResult, isTrace, isWords } from './history.ts';

/** What outlives the messages that it stood in. */
export interface Survivors {
  /** Of the user; the first one is the task. */
  words: readonly Words[];
  pins: readonly Block[];
  /** Pictures and documents that the user gave. */
  media: readonly Block[];
  /** The list of steps, as it was written last. */
  todos: string | undefined;
  /** What an earlier pass has summed up. */
  summary: string | undefined;
  /** Files that were changed by what was left out. */
  changed: readonly string[];
  /** An earlier pass left out steps without a summary. */
  hasGap: boolean;
  /** An earlier pass left out inputs. */
  lacksWords: boolean;
}

export type Words = Block & { type: 'text' };

export const INPUTS_LEFT_OUT = '[Further inputs of the user stood here; they were left out to make room.]';
const CHANGED_MAX = 50;

/** Looks through messages that are about to go. */
export function gather(messages: readonly Message[]): Survivors {
  const words: Words[] = [];
  const pins: Pin[] = [];
  const media: Block[] = [];
  const changed = new Set<string>();
  let [todos, summary]: (string | undefined)[] = [];
  let [hasGap, lacksWords] = [false, false];
  for (const [index, message] of messages.entries()) {
    if (message.role === 'assistant') continue;
    const calls = callsOf(messages, index);
    for (const block of message.content) {
      if (isPinned(block)) pins.push({ block, index });
      else if (isResult(block)) {
        pins.push(...block.content.filter(isPinned).map((part) => ({ block: part, index })));
        const call = calls.get(block);
        if (call === undefined || block.isError === true) continue;
        if (call.name === 'todo') todos = openSteps(textOf(block.content));
        for (const file of changedBy(call)) changed.add(file);
      } else if (isTrace(block, 'summary')) summary = behind(textOf([block]), '\n\n');
      else if (isTrace(block, 'todos')) todos = behind(textOf([block]), '\n');
      else if (isTrace(block, 'gap')) {
        hasGap = true;
        for (const line of textOf([block]).split('\n')) if (line.startsWith('- ')) changed.add(line.slice(2));
      } else if (isWords(block)) {
        if (block.text === INPUTS_LEFT_OUT) lacksWords = true;
        else words.push(block);
      } else if (block.label === undefined || isMedia(block)) media.push(block);
    }
  }
  return { words, pins: newestOf(pins), media, todos, summary, changed: [...changed].slice(-CHANGED_MAX), hasGap, lacksWords };
}

/** A pin, and the message that it stands in. */
interface Pin { block: Block; index: number }

/** What is pinned under one name is what was pinned last: instructions that have changed, another day. */
function newestOf(pins: readonly Pin[]): readonly Block[] {
  const newest = new Map(pins.map(({ block, index }) => [pinName(block), index]));
  const known = new Set<string>();
  const isCopy = (block: Block): boolean => known.size === known.add(JSON.stringify(block)).size;
  return pins.filter(({ block, index }) => newest.get(pinName(block)) === index).map(({ block }) => block).filter((block) => !isCopy(block));
}

/** Under which it counts. */
export function pinName({ label }: { label?: Label }): string {
  return JSON.stringify([label?.owner, label?.name]);
}

/** Nothing where all is done. */
function openSteps(text: string): string | undefined {
  return /^\[[ >]\]/m.test(text) ? text.trim() : undefined;
}

/** What follows the words that this plugin has put in front, whatever they were when it did. */
function behind(text: string, mark: string): string {
  return text.slice(text.indexOf(mark) + mark.length);
}

function textOf(parts: readonly (Block | ToolContent)[]): string {
  return parts.map((part) => (part.type === 'text' ? part.text : '')).join('\n');
}

function changedBy({ name, input }: ToolCallBlock): string[] {
  const { path, patch } = (input ?? {}) as { path?: unknown; patch?: unknown };
  const files = name === 'apply-patch' && typeof patch === 'string' ? [...patch.matchAll(/^\*\*\* (?:Add|Delete|Update) File: (.+)$/gm)].map((match) => match[1]!.trim())
    : (name === 'write' || name === 'edit') && typeof path === 'string' ? [path] : [];
  return files.filter((file) => !/[\n\r]/.test(file));
}
