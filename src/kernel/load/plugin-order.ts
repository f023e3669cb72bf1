import { nearest, PithError } from '../errors.ts';
import type { PluginDefinition } from '../plugin.ts';

type Placed = Pick<PluginDefinition, 'name' | 'after' | 'before' | 'requires'>;

/**
 * Sorts by `after`, `before` and `requires`, ties by name, so that the order of installation never matters.
 * A plugin that names somebody unknown, lacks what it requires, or stands in a cycle is refused with its error.
 * @param known names of the catalogue, which may be mentioned though nobody here has them
 * @param failed names of plugins that were offered and have failed already
 */
export function orderPlugins<P extends Placed>(plugins: readonly P[], { known = [], failed = [] }: { known?: Iterable<string>; failed?: Iterable<string> } = {}): { ordered: P[]; refused: Map<string, PithError> } {
  const refused = new Map<string, PithError>();
  let present = new Map(plugins.map((plugin) => [plugin.name, plugin]));
  const offered = new Set([...present.keys(), ...failed]);
  const names = new Set([...offered, ...known]);
  for (const { name, after = [], before = [] } of plugins) {
    const unknown = [...after, ...before].find((other) => !names.has(other));
    if (unknown !== undefined) refused.set(name, unknownName(name, unknown, names));
  }
  for (;;) {
    present = new Map([...present].filter(([name]) => !refused.has(name)));
    const { ordered, cycle } = sort(present);
    const missing = [...present.values()].flatMap(({ name, requires = [] }) => {
      const other = requires.find((required) => !present.has(required));
      return other === undefined ? [] : [[name, missingName(name, other, offered.has(other))] as const];
    });
    for (const [name, error] of missing) refused.set(name, error);
    for (const name of cycle) refused.set(name, new PithError(`Plugin ${name} stands in a cycle of after and before: ${cycle.join(', ')}`, { code: 'PLUGIN_CYCLE', plugin: name, hint: 'Take one of them out, or mend its after and before.' }));
    if (missing.length + cycle.length === 0) return { ordered, refused };
  }
}

function unknownName(name: string, other: string, names: Iterable<string>): PithError {
  const near = nearest(other, names);
  return new PithError(`Plugin ${name} asks to stand before or after ${JSON.stringify(other)}, which is known nowhere`, {
    code: 'PLUGIN_ORDER_UNKNOWN', plugin: name, hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'pith doctor lists the plugins that are there.',
  });
}

export function missingName(name: string, other: string, isOffered: boolean): PithError {
  return new PithError(`Plugin ${name} requires plugin ${other}, which ${isOffered ? 'did not load' : 'is not there'}`, {
    code: 'PLUGIN_REQUIRED_MISSING', plugin: name, hint: isOffered ? `Mend ${other} first: pith doctor says what is wrong.` : `Install it: @pith/plugin-${other}`,
  });
}

function sort<P extends Placed>(present: ReadonlyMap<string, P>): { ordered: P[]; cycle: string[] } {
  const waitsFor = new Map([...present.keys()].map((name) => [name, new Set<string>()]));
  for (const { name, after = [], before = [], requires = [] } of present.values()) {
    for (const other of [...after, ...requires]) if (present.has(other)) waitsFor.get(name)!.add(other);
    for (const other of before) waitsFor.get(other)?.add(name);
  }
  const ordered: P[] = [];
  for (;;) {
    const next = [...waitsFor].filter(([, others]) => others.size === 0).map(([name]) => name).sort()[0];
    if (next === undefined) break;
    ordered.push(present.get(next)!);
    waitsFor.delete(next);
    for (const others of waitsFor.values()) others.delete(next);
  }
  return { ordered, cycle: firstCycle(waitsFor) };
}

/** One cycle, by name: what only waits for a cycle is not to blame, and loads without it. */
function firstCycle(waitsFor: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const reaches = (from: string, to: string, seen = new Set<string>()): boolean => [...waitsFor.get(from) ?? []].some((next) => {
    if (next === to) return true;
    if (seen.has(next)) return false;
    seen.add(next);
    return reaches(next, to, seen);
  });
  const names = [...waitsFor.keys()].sort();
  const first = names.find((name) => reaches(name, name));
  return first === undefined ? [] : names.filter((name) => name === first || (reaches(first, name) && reaches(name, first)));
}
