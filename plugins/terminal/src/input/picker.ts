import { findAction } from '../keys.ts';
import type { Choice, ChoiceCommand } from './choices.ts';
import { Best, scoreMatch } from './completion/fuzzy.ts';
import type { Press } from './presses.ts';

/** A list to choose from, and what it is filtered by. */
export interface Picker {
  command: ChoiceCommand;
  query: string;
  /** Nothing while it is being read. */
  all: readonly Choice[] | undefined;
  /** Those that hold what was typed, best first. */
  items: readonly Choice[];
  index: number;
}

export function openPicker(command: ChoiceCommand): Picker {
  return { command, query: '', all: undefined, items: [], index: 0 };
}

export function fillPicker(picker: Picker, all: readonly Choice[]): Picker {
  return filter({ ...picker, all });
}

/** What a key makes of it: the list as it is then, or what was taken of it; `closed` where it was neither. */
export function pressPicker(picker: Picker, press: Press): { picker: Picker } | { taken: Choice } | 'closed' {
  if (!('key' in press)) return { picker: filter({ ...picker, query: picker.query + ('text' in press ? press.text : press.pasted).replaceAll(/\s+/g, ' ') }) };
  const { items, index, query } = picker;
  const move = (by: number): { picker: Picker } => ({ picker: { ...picker, index: items.length === 0 ? 0 : (index + by + items.length) % items.length } });
  switch (findAction('picker', press.key)) {
    case 'pick': return items[index] === undefined ? { picker } : { taken: items[index] };
    case 'pick-previous': return move(-1);
    case 'pick-next': return move(1);
    case 'pick-shorten': return { picker: filter({ ...picker, query: Array.from(query).slice(0, -1).join('') }) };
    case 'pick-close': return 'closed';
    default: return { picker };
  }
}

function filter(picker: Picker): Picker {
  const { all = [], query } = picker;
  const best = new Best<Choice>(all.length);
  for (const choice of all) {
    const score = scoreMatch(query.trim().toLowerCase(), choice.shown);
    if (score !== undefined) best.add(choice, score);
  }
  return { ...picker, items: best.items, index: 0 };
}
