import { enclose, type Message, type SystemSection } from '@pith/kernel';

/** What a section has said in the requests of a session, by who it is from, its name, and which of that name it is. */
export type SectionStates = Map<string, { text: string; changes: number }>;

/** A section that says that it is stable, and has said something else this often, is not believed any more. */
const CHANGES_MAX = 2;

export interface Sorted {
  stable: readonly SystemSection[];
  volatile: readonly SystemSection[];
  /** Those that are not believed from this request on. */
  unmasked: readonly SystemSection[];
}

/** The system prompt without what changes. `states` is brought up to date. */
export function sortSections(system: readonly SystemSection[], states: SectionStates): Sorted {
  const counts = new Map<string, number>();
  const unmasked: SystemSection[] = [];
  const stable = system.filter((section) => {
    if (section.stability === 'volatile') return false;
    const name = `${section.owner} ${section.id}`;
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    const { changes, isNew } = noteText(states, `${name} ${count}`, section.text);
    if (changes === CHANGES_MAX && isNew) unmasked.push(section);
    return changes < CHANGES_MAX;
  });
  if (stable.length === system.length) return { stable: system, volatile: [], unmasked };
  const kept = new Set(stable);
  return { stable, volatile: system.filter((section) => !kept.has(section)), unmasked };
}

function noteText(states: SectionStates, name: string, text: string): { changes: number; isNew: boolean } {
  const known = states.get(name);
  if (known === undefined) {
    states.set(name, { text, changes: 0 });
    return { changes: 0, isNew: true };
  }
  const isNew = known.text !== text;
  if (isNew) {
    known.text = text;
    known.changes++;
  }
  return { changes: known.changes, isNew };
}

/** Volatile text as the last thing that is said, behind everything that is kept in the vendor's cache. */
export function toTail(sections: readonly SystemSection[]): Message | undefined {
  const text = sections.map((section) => section.text).filter((each) => each.trim() !== '').join('\n\n');
  if (text === '') return undefined;
  const label = { owner: 'context', name: 'tail' };
  return { role: 'user', content: [{ type: 'text', text: enclose(text, 'context', { note: 'added by pith, not typed by the user' }), label }] };
}
