import { escapeControl } from '@pith/kernel';
import type { Skill } from './skill.ts';

/** Of one description, as other agents show it. */
const MAX_SHOWN = 1536;
/** Shorter says nothing. */
const MIN_SHOWN = 40;
const CHARACTERS_A_TOKEN = 4;

const HEAD = 'Skills: instructions for certain kinds of task, kept in files. Where the task at hand fits one, load it with the tool skill before you begin, and follow it. They allow nothing that would not be allowed anyway.';

export interface SkillList {
  text: string;
  /** Descriptions that were cut to make room. */
  cut: number;
  /** Names that did not fit. */
  left: number;
}

/** What the model is told of the skills there are. Names stay when descriptions have to be cut. */
export function toSkillList(skills: readonly Pick<Skill, 'name' | 'description'>[], budgetTokens: number): SkillList {
  const budget = budgetTokens * CHARACTERS_A_TOKEN - HEAD.length;
  const entries = skills.map(({ name, description }) => ({ name, description: escapeControl(description) }));
  const length = fittingLength(entries, budget);
  if (length !== undefined) {
    const cut = entries.filter(({ description }) => description.length > length).length;
    const note = cut > 0 && length < MAX_SHOWN ? `\n[${cut} of these descriptions are cut; the skill says the rest.]` : '';
    return { text: [HEAD, ...entries.map((entry) => toEntry(entry, length))].join('\n') + note, cut, left: 0 };
  }
  const names = fittingNames(entries.map(({ name }) => name), budget);
  const left = entries.length - names.length;
  return { text: `${HEAD}\n[There are too many for their descriptions${left > 0 ? `, and ${left} more than fit here; the tool skill knows them all` : ''}.]\n${names.join(', ')}`, cut: names.length, left };
}

export function toEntry({ name, description }: Pick<Skill, 'name' | 'description'>, limit = MAX_SHOWN): string {
  return `- ${name}: ${description.length > limit ? `${description.slice(0, limit - 1)}…` : description}`;
}

/** The longest that descriptions may be so that all fit; nothing where they would say too little. */
function fittingLength(entries: readonly Pick<Skill, 'name' | 'description'>[], budget: number): number | undefined {
  const sizeAt = (limit: number): number => entries.reduce((sum, { name, description }) => sum + name.length + 5 + Math.min(description.length, limit), 0);
  if (sizeAt(MAX_SHOWN) <= budget) return MAX_SHOWN;
  let [low, high] = [MIN_SHOWN, MAX_SHOWN];
  if (sizeAt(low) > budget) return undefined;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (sizeAt(middle) <= budget) low = middle;
    else high = middle;
  }
  return low;
}

function fittingNames(names: readonly string[], budget: number): string[] {
  let size = 0;
  return names.filter((name) => (size += name.length + 2) <= budget);
}
