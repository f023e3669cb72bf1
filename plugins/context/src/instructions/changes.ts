import type { Facet } from '../surroundings/blocks.ts';
import type { Instruction, Instructions } from './instruction.ts';
import { headOf, labelOf } from './sections.ts';

/** What a model is told of files that are not what they were: the prompt stays as it is, and what is new stands at its end. */
export function compareInstructions(before: Instructions, now: Instructions): Facet[] {
  const [old, current] = [byPath(before.files), byPath(now.files)];
  const changed = [...current.values()].filter(({ path, text }) => old.get(path)?.text !== text);
  const gone = [...old.values()].filter(({ path }) => !current.has(path));
  return [
    ...changed.map((file) => toFacet(file, `${headOf(file)}, ${old.has(file.path) ? 'have changed. They say now' : 'are new. They say'}:\n\n${file.text}`)),
    ...gone.map((file) => toFacet(file, `${headOf(file)}, are gone: what they said holds no more.`)),
  ];
}

/** A resumed session was told of changes that are older than what its prompt says now. @param told texts by label */
export function contradictTold(told: ReadonlyMap<string, string>, now: Instructions): Facet[] {
  const others = now.files.filter((file) => told.get(labelOf(file))?.endsWith(file.text) === false);
  return others.map((file) => toFacet(file, `${headOf(file)}, have changed. They say now:\n\n${file.text}`));
}

function toFacet(file: Instruction, text: string): Facet {
  return { name: labelOf(file), text, pinned: true };
}

function byPath(files: readonly Instruction[]): Map<string, Instruction> {
  return new Map(files.map((file) => [file.path, file]));
}
