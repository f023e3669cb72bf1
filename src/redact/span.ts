/** A piece of a text that may not be shown, from `start` up to `end`, and what it is. */
export interface Span { start: number; end: number; label: string }

/** Stands in the place of a secret: it names the kind, never the value. */
export function toMask(label: string): string {
  return `[secret:${label.replace(/[^\w .:@/-]+/g, '_').slice(0, LABEL_MAX)}]`;
}

const LABEL_MAX = 60;
const MASK = /\[secret:[^[\]\n"\\]{1,60}\]/;

/** The first mask that stands in a text. */
export function findMask(text: string): string | undefined {
  return text.includes('[secret:') ? MASK.exec(text)?.[0] : undefined;
}

/** Pieces of one secret with no more than this between them are shown as one: the ends of an encoding, a line end. */
const GAP = /^(?:[^\n]{0,4}|(?:\s|\\[nrt]){1,8})$/;

/** In order, without overlaps. Where two overlap, the longer one names them. */
export function mergeSpans(spans: Span[], text: string): Span[] {
  if (spans.length < 2) return spans;
  spans.sort((a, b) => a.start - b.start || b.end - a.end);
  const merged: Span[] = [];
  let last: Span | undefined;
  let named = 0;
  for (const { start, end, label } of spans) {
    if (last !== undefined && (start < last.end || (label === last.label && start - last.end <= 8 && GAP.test(text.slice(last.end, start))))) {
      if (end - start > named) [last.label, named] = [label, end - start];
      last.end = Math.max(last.end, end);
    } else {
      merged.push(last = { start, end, label });
      named = end - start;
    }
  }
  return merged;
}

export function replaceSpans(text: string, spans: readonly Span[]): string {
  let replaced = '';
  let from = 0;
  for (const { start, end, label } of spans) {
    replaced += text.slice(from, start) + toMask(label);
    from = end;
  }
  return replaced + text.slice(from);
}
