import type { Block, Label } from '@pith/kernel';
import { cutText, fairLimit } from './cut-text.ts';
import { type Measure, textLength, toCount, trace } from './history.ts';
import { INPUTS_LEFT_OUT, type Survivors, type Words } from './survivors.ts';

/** How many tokens of the room each of them may have. */
export interface Shares { words: number; pins: number; media: number }
export const shares = (room: number): Shares => ({ words: room * 0.45, pins: room * 0.25, media: room * 0.05 });

const PIN_MAX_TOKENS = 5000;
const PINS_MAX_TOKENS = 25_000;
const LEAST_CHARACTERS = 400;

const SUMMARY = 'To make room, what was said and done up to here was replaced by this summary. The inputs of the user above are their own words.';
const GAP = '[To make room, the steps up to here were left out. Look at the files and run the checks again before you rely on what they were.';
const TODOS = 'The list of steps (tool todo) as it stands:';

export interface Head { content: readonly Block[]; dropped: readonly string[] }

/** The one message that stands for those that went: task, pins, further inputs, pictures, open steps, and what is said of the rest. */
export function toHead(survivors: Survivors, { room, measure, end }: { room: number; measure: Measure; end: readonly Block[] }): Head {
  const dropped: string[] = [];
  const share = shares(room);
  const [task, ...words] = fitWords(survivors, { tokens: share.words, measure, dropped });
  const pins = fitPins(survivors.pins, { tokens: Math.min(PINS_MAX_TOKENS, share.pins), measure, dropped });
  const media = fitMedia(survivors.media, { tokens: share.media, measure, dropped });
  const todos: Block[] = survivors.todos === undefined ? [] : [{ type: 'text', text: `${TODOS}\n${survivors.todos}`, label: trace('todos') }];
  return { content: [...(task === undefined ? [] : [task]), ...pins, ...words, ...media, ...todos, ...end], dropped };
}

export const toSummary = (text: string): Block => ({ type: 'text', text: `${SUMMARY}\n\n${text}`, label: trace('summary') });

/** Says that steps are gone, and what they have changed. */
export function toGap(changed: readonly string[]): Block {
  const files = changed.length === 0 ? '' : ` They changed these files:\n${changed.map((file) => `- ${file}`).join('\n')}\n`;
  return { type: 'text', text: `${GAP}${files}]`, label: trace('gap') };
}

interface Fit { tokens: number; measure: Measure; dropped: string[] }

/** The longest are cut first, 80 % head and 20 % tail; where that is not enough the oldest go, but for the task and the newest. */
function fitWords({ words, lacksWords }: Survivors, { tokens, measure, dropped }: Fit): Block[] {
  const budget = toCharacters(words, tokens, measure);
  const kept = keepNewest(words, budget);
  const isShort = kept.length === words.length;
  if (!isShort) dropped.push(toCount(words.length - kept.length, 'older input'));
  const limit = fairLimit(kept.map(({ text }) => text.length), budget, LEAST_CHARACTERS);
  const cut = kept.map((block): Block => cutBlock(block, { limit, label: block.label ?? trace('words'), what: 'this input', dropped }));
  return isShort && !lacksWords || cut.length === 0 ? cut : [cut[0]!, { type: 'text', text: INPUTS_LEFT_OUT, label: trace('words') }, ...cut.slice(1)];
}

/** The task, and as many of the newest as there is room for when all of them are cut. */
function keepNewest(words: readonly Words[], characters: number): readonly Words[] {
  const least = ({ text }: Words): number => Math.min(text.length, LEAST_CHARACTERS);
  let from = words.length;
  let left = characters - (words[0] === undefined ? 0 : least(words[0]));
  while (from > 1 && (from === words.length || left >= least(words[from - 1]!))) left -= least(words[--from]!);
  return from <= 1 ? words : [words[0]!, ...words.slice(from)];
}

function fitPins(pins: readonly Block[], { tokens, measure, dropped }: Fit): Block[] {
  const texts = pins.filter((block): block is Words => block.type === 'text');
  const budget = toCharacters(texts, tokens, measure);
  const limit = Math.min(fairLimit(texts.map(({ text }) => text.length), budget, LEAST_CHARACTERS), toCharacters(texts, PIN_MAX_TOKENS, measure));
  return pins.map((block) => (block.type === 'text' ? cutBlock(block, { limit, label: block.label!, what: block.label!.name, dropped }) : block));
}

/** The newest that there is room for, and the very last one anyway. */
function fitMedia(media: readonly Block[], { tokens, measure, dropped }: Fit): Block[] {
  let left = tokens;
  const kept: Block[] = [];
  for (const block of media.toReversed()) {
    left -= measure({ role: 'user', content: [block] });
    if (left < 0 && kept.length > 0) break;
    kept.unshift(block);
  }
  if (kept.length < media.length) dropped.push(toCount(media.length - kept.length, 'older attachment'));
  return kept;
}

function cutBlock(block: Words, { limit, label, what, dropped }: { limit: number; label: Label; what: string; dropped: string[] }): Block {
  const text = cutText(block.text, limit, (left) => {
    dropped.push(`${toCount(left, 'character')} of ${what}`);
    return `[… the middle of ${what} was left out to make room …]`;
  });
  return text === block.text ? block : { type: 'text', text, label };
}

/** How many characters of these texts have so many tokens. */
function toCharacters(texts: readonly Words[], tokens: number, measure: Measure): number {
  const characters = textLength(texts);
  return characters === 0 ? 0 : Math.floor(tokens * characters / Math.max(1, measure({ role: 'user', content: texts })));
}
