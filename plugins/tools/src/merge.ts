import { indentOf, reindenter } from './indentation.ts';
import { diffLines } from './line-diff.ts';
import type { Level } from './match.ts';
import { splitLines, type TextLines } from './text-lines.ts';

/**
 * What takes the place of a region that matched `old` only nearly. Lines that the edit leaves alone stay as they are in the
 * file, byte for byte; of a changed line stays what did not change, and what comes new follows the file's line ends and
 * indentation.
 * @param lineEnd what ends a line that is new, where the region itself has no line ends
 */
export function mergeRegion({ old, replacement, region, level, lineEnd }: { old: string; replacement: string; region: TextLines; level: Level; lineEnd: string }): string {
  const before = splitLines(old).lines;
  const after = splitLines(replacement).lines;
  const end = mostCommon(region.ends) ?? lineEnd;
  const adapt = lineAdapter(level, before, after, region.lines);
  const lines: string[] = [];
  const ends: string[] = [];
  const keep = (from: number, to: number): void => {
    for (let index = from; index < to; index++) {
      lines.push(region.lines[index]!);
      ends.push(region.ends[index] ?? end);
    }
  };
  let at = 0;
  for (const { aStart, aEnd, bStart, bEnd } of diffLines(before, after)) {
    keep(at, aStart);
    for (let index = bStart; index < bEnd; index++) {
      const pair = aStart + index - bStart;
      lines.push(adapt(index, pair < aEnd ? pair : undefined));
      ends.push((pair < aEnd ? region.ends[pair] : undefined) ?? end);
    }
    at = aEnd;
  }
  keep(at, before.length);
  return lines.map((line, index) => line + (index < lines.length - 1 ? ends[index]! : '')).join('');
}

/** Writes line `index` of the new text as the file would have it; `pair` is the line of `old` in whose place it comes. */
function lineAdapter(level: Level, before: readonly string[], after: readonly string[], region: readonly string[]): (index: number, pair: number | undefined) => string {
  const reindent = level === 'indentation' ? reindenter(before, region, after) : undefined;
  return (index, pair) => {
    const parts = toParts(after[index]!, level);
    const indent = reindent === undefined || parts.body === '' ? parts.indent : reindent(after[index]!, index);
    if (pair === undefined) return indent + parts.body + parts.trail;
    const was = toParts(before[pair]!, level);
    const stands = toParts(region[pair]!, level);
    return indent + mergeBody(was.body, parts.body, stands.body) + (parts.trail === was.trail ? stands.trail : parts.trail);
  };
}

interface Parts { indent: string; body: string; trail: string }

/** A line in the part that is compared character by character, and what a level forgives around it. */
function toParts(line: string, level: Level): Parts {
  const rest = level === 'trailing-space' || level === 'indentation' ? line.trimEnd() : line;
  const indent = level === 'indentation' ? indentOf(rest) : '';
  return { indent, body: rest.slice(indent.length), trail: line.slice(rest.length) };
}

/** `was` and `stands` differ in look-alikes only, so they are of one length; what `now` shares with `was` at its ends stays as it stands. */
function mergeBody(was: string, now: string, stands: string): string {
  let head = 0;
  while (head < was.length && head < now.length && was[head] === now[head]) head++;
  let tail = 0;
  while (tail < was.length - head && tail < now.length - head && was[was.length - 1 - tail] === now[now.length - 1 - tail]) tail++;
  return stands.slice(0, head) + now.slice(head, now.length - tail) + stands.slice(stands.length - tail);
}

function mostCommon(ends: readonly string[]): string | undefined {
  if (ends.length === 0) return undefined;
  return ends.filter((end) => end === '\r\n').length * 2 > ends.length ? '\r\n' : '\n';
}
