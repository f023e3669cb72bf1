const HEAD_SHARE = 0.8;

/** A text that is longer by less stays whole: what stands in the place of the middle has its length, too, and what was cut is not cut again. */
const SLACK = 250;

/** Head and tail of a text that is longer than `limit` characters, with `note` where the middle was; never half of a character. */
export function cutText(text: string, limit: number, note: (left: number) => string): string {
  if (!isTooLong(text, limit)) return text;
  let head = Math.floor(limit * HEAD_SHARE);
  let tail = text.length - (limit - head);
  if (isLowSurrogate(text, head)) head--;
  if (isLowSurrogate(text, tail)) tail++;
  return `${text.slice(0, head)}\n${note(tail - head)}\n${text.slice(tail)}`;
}

export const isTooLong = (text: string, limit: number): boolean => text.length > limit + SLACK;

function isLowSurrogate(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** The greatest size to which all can be cut so that they come to `budget` together; `least` where there is none. */
export function fairLimit(sizes: readonly number[], budget: number, least = 0): number {
  const sorted = sizes.toSorted((a, b) => a - b);
  let left = budget;
  for (const [index, size] of sorted.entries()) {
    const share = left / (sorted.length - index);
    if (size > share) return Math.max(least, Math.floor(share));
    left -= size;
  }
  return Math.max(least, sorted.at(-1) ?? 0);
}
