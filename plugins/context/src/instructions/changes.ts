import type { Facet } from '../surroundings/blocks.ts';
import type { Instruction, Instructions } from './instruction.ts';
import { labelOf, toTagged } from './sections.ts';

const CHANGED = 'These instructions have changed; they say now:';
const NEW = 'These instructions are new:';

/**
 * What a model is told of files that are not what it knows: the prompt stays as it is, and what is new stands at its end. What it knows is what
 * the prompt says, and after that what the history holds: in a session that goes on elsewhere that may be older than the prompt, and a turn that
 * was taken back has taken with it what it told.
 * @param told texts by label
 */
export function tellChanges({ prompt, told, now }: { prompt: Instructions; told: ReadonlyMap<string, string>; now: Instructions }): Facet[] {
  const inPrompt = prompt.files.map((file) => [labelOf(file), toTagged(file)] as const);
  const known = new Map([...inPrompt, ...told]);
  const isGone = (label: string): boolean => known.get(label) === toGone(label);
  const changed = now.files.filter((file) => known.get(labelOf(file))?.endsWith(toTagged(file)) !== true);
  const names = new Set(now.files.map(labelOf));
  // What a folder below says was told with a result, and is not read at the input.
  const read = new Set([...inPrompt.map(([label]) => label), ...[...told].flatMap(([label, text]) => (text.startsWith(CHANGED) || text.startsWith(NEW) ? [label] : []))]);
  const gone = [...read].filter((label) => !names.has(label) && !isGone(label));
  return [
    ...changed.map((file) => toFacet(labelOf(file), `${known.has(labelOf(file)) && !isGone(labelOf(file)) ? CHANGED : NEW}\n${toTagged(file)}`)),
    ...gone.map((label) => toFacet(label, toGone(label))),
  ];
}

function toGone(label: string): string {
  return `The instructions of ${nameOf(label)} are gone; what they said holds no more.`;
}

function nameOf(label: string): Instruction['name'] {
  return label.slice(labelOf({ name: '' }).length);
}

function toFacet(name: string, text: string): Facet {
  return { name, text, pinned: true };
}
