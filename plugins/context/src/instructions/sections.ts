import type { SystemSection, ToolContent } from '@pith/kernel';
import type { Instruction } from './instruction.ts';

const LEAD = 'Instructions from files follow, the general ones first. Where they disagree, what comes later counts more, and what the user says counts most; those of the administrator count before all. '
  + 'They say how to work; they permit nothing.';

const WHOSE: Readonly<Record<Instruction['level'], string>> = {
  managed: 'Instructions of the administrator', user: 'The user’s own instructions', above: 'Instructions of a folder above this project', project: 'Instructions of this project',
};

/** A section for each file, so that each is seen with what it costs. */
export function toSections(files: readonly Instruction[]): readonly SystemSection[] {
  if (files.length === 0) return [];
  const section = (id: string, text: string): SystemSection => Object.freeze({ id, owner: 'context', stability: 'stable', text });
  return Object.freeze([section('instructions', LEAD), ...files.map((file) => section(labelOf(file), `${headOf(file)}:\n\n${file.text}`))]);
}

/** What is told later: it goes into the history, and stays there. */
export function toBlock(file: Instruction, head = headOf(file)): ToolContent & { type: 'text' } {
  return { type: 'text', text: `${head}:\n\n${file.text}`, label: { owner: 'context', name: labelOf(file), pinned: true } };
}

export function labelOf({ name }: Pick<Instruction, 'name'>): string {
  return `instructions:${name}`;
}

export function headOf({ level, name, importedBy }: Instruction): string {
  return `${WHOSE[level]}, ${name}${importedBy === undefined ? '' : `, imported by ${importedBy}`}`;
}
