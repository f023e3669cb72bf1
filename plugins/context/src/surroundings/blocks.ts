import type { Block, Message } from '@pith/kernel';

/** A part of what surrounds the work: told once, and again when it says something else. */
export interface Facet { name: string; text: string; pinned?: true }

/** The last text of each name that a history holds, of those that this plugin has put there. */
export function lastTold(messages: readonly Message[]): ReadonlyMap<string, string> {
  const told = new Map<string, string>();
  for (const { content } of messages) {
    for (const block of content) if (block.type === 'text' && block.label?.owner === 'context') told.set(block.label.name, block.text);
  }
  return told;
}

/** What a model has not been told yet. */
export function newBlocks(facets: readonly Facet[], told: ReadonlyMap<string, string>): Block[] {
  return facets.filter(({ name, text }) => told.get(name) !== text).map(({ name, text, pinned }) => ({ type: 'text', text, label: { owner: 'context', name, ...(pinned === undefined ? {} : { pinned }) } }));
}
