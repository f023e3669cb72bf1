/** A piece of a text that may not be shown, from `start` up to `end`, and what it is. `isKnown` of a value that has a name. */
export interface Span { start: number; end: number; label: string; isKnown?: true }

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

/** Between the pieces of one secret there may be the ends of an encoding. */
const GAP = /^[\w+/=%-]{0,4}$/;

/** In order, without overlaps. Where two overlap, the one that is known names them, else the longer one. */
export function mergeSpans(spans: Span[], text: string): Span[] {
  if (spans.length < 2) return spans;
  spans.sort((a, b) => a.start - b.start || b.end - a.end);
  const merged: Span[] = [];
  let last: Span | undefined;
  let rank = 0;
  for (const span of spans) {
    const own = rankOf(span);
    if (last !== undefined && (span.start < last.end || (span.label === last.label && span.start - last.end <= 4 && GAP.test(text.slice(last.end, span.start))))) {
      if (own > rank) [last.label, rank] = [span.label, own];
      last.end = Math.max(last.end, span.end);
    } else {
      merged.push(last = { ...span });
      rank = own;
    }
  }
  return merged;
}

function rankOf({ start, end, isKnown }: Span): number {
  return end - start + (isKnown ? Number.MAX_SAFE_INTEGER / 2 : 0);
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
