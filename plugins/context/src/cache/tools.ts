import type { ToolSpec } from '@pith/kernel';

/**
 * The tools in the order of the request before: their order means nothing to the model, and everything to the cache, which
 * they stand at the front of. New ones come last.
 */
export function keepOrder(tools: readonly ToolSpec[], before: readonly ToolSpec[] | undefined): readonly ToolSpec[] {
  if (before === undefined || tools === before || isInOrder(tools, before)) return tools;
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  if (byName.size < tools.length) return tools; // Two of one name: somebody else will say so.
  const known = before.flatMap(({ name }) => byName.get(name) ?? []);
  const kept = new Set(known);
  const ordered = [...known, ...tools.filter((tool) => !kept.has(tool))];
  // The same list, so that what was made of it serves again.
  return ordered.length === before.length && ordered.every((tool, index) => tool === before[index]) ? before : ordered;
}

/** Whether those that were there before stand first, as they stood. */
function isInOrder(tools: readonly ToolSpec[], before: readonly ToolSpec[]): boolean {
  const names = new Set(tools.map(({ name }) => name));
  return before.filter(({ name }) => names.has(name)).every(({ name }, index) => tools[index]!.name === name);
}
