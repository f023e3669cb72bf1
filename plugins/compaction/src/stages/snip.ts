import { type Block, escapeControl, type Message, type ToolCallBlock, type ToolContent, type ToolResultBlock } from '@pith/kernel';
import { nameCall, wayBack } from '../call-words.ts';
import { callsOf, isMedia, isPinned, isResult, isTrace, isWords, newestTodo, OWNER, textLength, toCount, trace } from '../history.ts';
import { type Ask, type Outcome, rewrite } from './rewrite.ts';

/** Old results, and what plugins have put beside inputs, become a line that says what it was and how it comes back. */
export function snipResults(ask: Ask): Outcome {
  let todo: Block | undefined;
  let media: readonly Block[] | undefined;
  return rewrite(ask, (message, index) => {
    const calls = callsOf(ask.messages, index);
    const dropped: string[] = [];
    const content = message.content.map((block) => {
      const call = calls.get(block);
      // The list of steps as it was written last stays.
      if (call?.name === 'todo' && block === (todo ??= newestTodo(ask.messages))) return block;
      if (isMedia(block) && (media ??= newestMedia(ask.messages)).includes(block)) return block;
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
  const line = leftOut(`The result of ${what}`, goes, wayBack(call));
  if (line === undefined) return undefined;
  return { block: withLine(block, goes, line), what };
}

/** A result in which one line stands for some of its parts. */
export function withLine({ toolCallId, isError, label, content }: ToolResultBlock & Pick<Block, 'label'>, goes: readonly ToolContent[], line: string): Block {
  const first = content.indexOf(goes[0]!);
  const kept = content.flatMap((part, index): ToolContent[] => (index === first ? [{ type: 'text', text: line, label: trace('line') }] : goes.includes(part) ? [] : [part]));
  return { type: 'tool-result', toolCallId, content: kept, ...(isError === undefined ? {} : { isError }), ...(label === undefined ? {} : { label }) };
}

/** Date, branch and the like are told again by whoever told them. */
const ATTACHMENT_MIN_CHARACTERS = 600;

/** What plugins have put beside an input, as a file that was mentioned; and pictures. */
function snipAttachment(block: Block): Less | undefined {
  const { label } = block;
  const isLong = block.type === 'text' && label !== undefined && label.owner !== OWNER && block.text.length >= ATTACHMENT_MIN_CHARACTERS;
  if (isPinned(block) || !(isMedia(block) || isLong) || isWords(block)) return undefined;
  const what = label === undefined ? `A ${block.type}` : escapeControl(label.name);
  const back = what.startsWith('@') ? 'read it again' : what.startsWith('!') ? 'run it again if that changes nothing' : 'ask for it';
  const line = leftOut(what, [block], back);
  return line === undefined ? undefined : { block: { type: 'text', text: line, label: trace('line') }, what };
}

/** Nothing where the line would be no shorter than what it stands for. */
function leftOut(what: string, goes: readonly (ToolContent | Block)[], back: string): string | undefined {
  const characters = textLength(goes);
  const kinds = [...new Set(goes.map(({ type }) => type).filter((type) => type !== 'text'))];
  const size = [...(characters > 0 ? [toCount(characters, 'character')] : []), ...kinds].join(' and ');
  const line = `[${what} was left out to make room (${size}); if it is needed, ${back}]`;
  return kinds.length === 0 && line.length >= characters ? undefined : line;
}

const MEDIA_KEPT = 3;

/** The pictures and documents that the user gave last. */
function newestMedia(messages: readonly Message[]): readonly Block[] {
  return messages.flatMap(({ role, content }) => (role === 'user' ? content.filter(isMedia) : [])).slice(-MEDIA_KEPT);
}
