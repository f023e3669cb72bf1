/** White space at the start of a line. */
export function indentOf(line: string): string {
  return /^[^\S\n]*/.exec(line)![0];
}

/**
 * How indentation of the new text becomes the file's, learnt from lines that are the same but for it.
 * @param old lines as the model wrote them
 * @param region the same lines as they stand in the file
 * @param added lines whose indentation will be asked for; they tell how wide a step is
 * @returns nothing where one indentation of `old` stands for two in the file: then the structure is another one
 */
export function reindenter(old: readonly string[], region: readonly string[], added: readonly string[]): ((line: string, index: number) => string) | undefined {
  const pairs = old.flatMap((line, index): Pair[] => (line.trim() === '' ? [] : [{ index, from: indentOf(line), to: indentOf(region[index]!) }]));
  const first = pairs[0];
  const later = pairs.filter(({ index }) => index > 0);
  const known = new Map<string, string>();
  for (const { from, to } of later) {
    if ((known.get(from) ?? to) !== to) return undefined;
    known.set(from, to);
  }
  // Often only the first line lacks its indentation, because it was copied from its first letter on.
  const firstAlone = first?.index === 0 && first.from !== first.to && later.length > 0 && later.every(({ from, to }) => from === to);
  if (first !== undefined && !firstAlone) {
    if ((known.get(first.from) ?? first.to) !== first.to) return undefined;
    known.set(first.from, first.to);
  }
  const toUnit = unitOf(known, [...old, ...added], region);
  return (line, index) => {
    const indent = indentOf(line);
    if (firstAlone) return index === 0 && indent === first.from ? first.to : indent;
    return translate(indent, known, toUnit);
  };
}

interface Pair { index: number; from: string; to: string }

function translate(indent: string, known: ReadonlyMap<string, string>, toUnit: (step: string) => string): string {
  const same = known.get(indent);
  if (same !== undefined) return same;
  const outer = longest([...known.keys()].filter((from) => indent.startsWith(from)));
  if (outer !== undefined) return known.get(outer)! + toUnit(indent.slice(outer.length));
  const inner = longest([...known.keys()].filter((from) => from.startsWith(indent)), -1);
  if (inner === undefined) return indent;
  const to = known.get(inner)!;
  return to.slice(0, Math.max(0, to.length - toUnit(inner.slice(indent.length)).length));
}

function longest(texts: readonly string[], sign: 1 | -1 = 1): string | undefined {
  return texts.toSorted((a, b) => sign * (b.length - a.length))[0];
}

/** How a step deeper is written in the file: tabs for spaces, four spaces for two. */
function unitOf(known: ReadonlyMap<string, string>, old: readonly string[], region: readonly string[]): (step: string) => string {
  const steps = [...known].flatMap(([from, to]) => [...known]
    .filter(([deeper, deeperTo]) => deeper !== from && deeper.startsWith(from) && deeperTo !== to && deeperTo.startsWith(to))
    .map(([deeper, deeperTo]) => ({ from: deeper.slice(from.length), to: deeperTo.slice(to.length) })));
  for (const [from, to] of known) if (from !== '' && to !== '' && from[0] !== to[0]) steps.push({ from, to });
  const step = steps.toSorted((a, b) => a.from.length - b.from.length)[0] ?? guessStep(known, old, region);
  return (text) => {
    if (step === undefined || !isUniform(step.from) || !isUniform(step.to) || !isUniform(text) || text[0] !== step.from[0]) return text;
    const length = text.length * step.to.length / step.from.length;
    return Number.isInteger(length) ? step.to[0]!.repeat(length) : text;
  };
}

/** Where nothing was learnt but that the file uses the other kind: one tab stands for the step of the side with spaces. */
function guessStep(known: ReadonlyMap<string, string>, old: readonly string[], region: readonly string[]): { from: string; to: string } | undefined {
  const written = [...known.values()].join('')[0] ?? region.map(indentOf).join('')[0];
  const given = old.map(indentOf).join('')[0];
  if (written === undefined || given === undefined || written === given) return undefined;
  if (written === '\t') return { from: ' '.repeat(spaceStep(old)), to: '\t' };
  return { from: '\t', to: ' '.repeat(spaceStep(region)) };
}

/** The greatest width that all indentations of spaces are multiples of; 4 where there are none. */
function spaceStep(lines: readonly string[]): number {
  return lines.map((line) => /^ */.exec(line)![0].length).filter((width) => width > 0).reduce(divisor, 0) || 4;
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}

function isUniform(text: string): boolean {
  return text !== '' && /^(?: +|\t+)$/.test(text);
}
