/**
 * A glob without its `{a,b}` and `{1..3}`: every one that they stand for.
 * @returns nothing where there are more than `limit`
 */
export function expandBraces(glob: string, limit: number): readonly string[] | undefined {
  const group = findGroup(glob);
  if (group === undefined) return [glob];
  const { start, end, parts } = group;
  const tails = expandBraces(glob.slice(end), limit);
  if (tails === undefined || parts.length > limit) return undefined;
  const heads: string[] = [];
  for (const part of parts) {
    const inner = expandBraces(part, limit);
    if (inner === undefined) return undefined;
    heads.push(...inner);
    if (heads.length * tails.length > limit) return undefined;
  }
  return heads.flatMap((head) => tails.map((tail) => glob.slice(0, start) + head + tail));
}

interface Group { start: number; end: number; parts: readonly string[] }

/** The first and outermost `{…}` that holds a comma or a range; others mean themselves. */
function findGroup(glob: string): Group | undefined {
  const open: { at: number; commas: number[] }[] = [];
  let found: Group | undefined;
  for (let at = 0; at < glob.length; at++) {
    const character = glob[at];
    if (character === '\\') at++;
    else if (character === '{') open.push({ at, commas: [] });
    else if (character === ',') open.at(-1)?.commas.push(at);
    else if (character === '}' && open.length > 0) {
      const { at: start, commas } = open.pop()!;
      const parts = commas.length > 0 ? splitAt(glob, [start, ...commas, at]) : toRange(glob.slice(start + 1, at));
      if (parts !== undefined && (found === undefined || start < found.start)) found = { start, end: at + 1, parts };
      if (found !== undefined && open.length === 0) return found;
    }
  }
  return found;
}

function splitAt(glob: string, places: readonly number[]): string[] {
  return places.slice(1).map((place, index) => glob.slice(places[index]! + 1, place));
}

/** A range is counted, not written out, where it is too long for any limit. */
function toRange(text: string): string[] | undefined {
  const [, from, to] = /^(-?\d+)\.\.(-?\d+)(?:\.\.-?\d+)?$/.exec(text) ?? [];
  if (from === undefined || to === undefined) return undefined;
  const low = Math.min(Number(from), Number(to));
  const count = Math.min(Math.abs(Number(from) - Number(to)) + 1, 10_000);
  return Array.from({ length: count }, (_, index) => String(low + index));
}
