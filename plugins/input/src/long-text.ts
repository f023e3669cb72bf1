import type { Block, UserInput } from '@pith/kernel';

/** A person types less; what is longer was pasted, or piped in. */
export const LONG_CHARACTERS = 10_000;
/** So much of its beginning and of its end stays the person's own words: one of them says what is to be done. */
const HEAD_CHARACTERS = 2000;
const TAIL_CHARACTERS = 1000;

/**
 * The tap that parts a long text: its middle becomes a block with a label, which may go when room is made, while what the person said
 * about it stays. The model reads the same. Parted between lines only; a single long line stays whole.
 */
export function partLongText(input: UserInput): UserInput | undefined {
  const { text, typed = text, origin, handled, attachments = [] } = input;
  if (text.length <= LONG_CHARACTERS || handled !== undefined || (origin !== 'person' && origin !== 'parent')) return undefined;
  const from = text.lastIndexOf('\n', HEAD_CHARACTERS);
  const to = text.indexOf('\n', text.length - TAIL_CHARACTERS);
  if (from < 1) return undefined;
  const label = { owner: 'input', name: 'pasted text' };
  const rest: Block[] = to < 0 || to === text.length - 1
    ? [{ type: 'text', text: text.slice(from + 1), label }]
    : [{ type: 'text', text: text.slice(from + 1, to), label }, { type: 'text', text: text.slice(to + 1) }];
  return { ...input, text: text.slice(0, from), typed, attachments: [...rest, ...attachments] };
}
