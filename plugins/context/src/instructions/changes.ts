import type { Facet } from '../surroundings/blocks.ts';
import type { Instruction, Instructions } from './instruction.ts';
import { labelOf, toTagged } from './sections.ts';

const CHANGED = 'These instructions have changed; they say now:';

/** What a model is told of files that are not what they were: the prompt stays as it is, and what is new stands at its end. */
export function compareInstructions(before: Instructions, now: Instructions): Facet[] {
  const [old, current] = [byPath(before.files), byPath(now.files)];
  const changed = [...current.values()].filter(({ path, text }) => old.get(path)?.text !== text);
  const gone = [...old.values()].filter(({ path }) => !current.has(path));
  return [
    ...changed.map((file) => toFacet(file, `${old.has(file.path) ? CHANGED : 'These instructions are new:'}\n${toTagged(file)}`)),
    ...gone.map((file) => toFacet(file, `The instructions of ${file.name} are gone; what they said holds no more.`)),
  ];
}

/** A resumed session was told of changes that are older than what its prompt says now. @param told texts by label */
export function contradictTold(told: ReadonlyMap<string, string>, now: Instructions): Facet[] {
  const others = now.files.filter((file) => told.get(labelOf(file))?.endsWith(toTagged(file)) === false);
  return others.map((file) => toFacet(file, `${CHANGED}\n${toTagged(file)}`));
}

function toFacet(file: Instruction, text: string): Facet {
  return { name: labelOf(file), text, pinned: true };
}

function byPath(files: readonly Instruction[]): Map<string, Instruction> {
  return new Map(files.map((file) => [file.path, file]));
}
