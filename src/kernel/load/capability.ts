import { PithError } from '../errors.ts';
import type { Tap } from '../frame.ts';
import type { PluginDefinition, PluginSource } from '../plugin.ts';

/**
 * What a plugin brings, as `tool:bash`. The same words are the capabilities that its manifest declares; besides them
 * `hook:permission` for each hook it taps, `tool-source:mcp`, `command-source:mcp`, `uses:vault` for a service of others, `permission:allow`.
 * `net:HOST`, `exec:PROGRAM` and `secret:VARIABLE` are shown to people, and not enforced: a plugin runs in process.
 */
export function contributed({ tools = [], providers = [], slashCommands = [], agents = [], routes = [], services = {} }: PluginDefinition): string[] {
  const named = (kind: string, items: readonly { name: string }[]): string[] => items.map(({ name }) => `${kind}:${name}`);
  return [
    ...named('tool', tools), ...named('provider', providers), ...named('command', slashCommands), ...named('agent', agents),
    ...routes.map(({ method, path }) => `route:${method} ${path}`), ...Object.keys(services).map((name) => `service:${name}`),
  ];
}

/** The first thing that the manifest would have to declare and does not. A definition without a manifest speaks for itself. */
export function undeclared({ name, capabilities }: PluginSource, definition: PluginDefinition, taps: readonly Tap[] = []): PithError | undefined {
  if (capabilities === undefined) return undefined;
  const needed = [...contributed(definition), ...(definition.toolSources ?? []).map((source) => `tool-source:${source.name}`), ...(definition.commandSources ?? []).map((source) => `command-source:${source.name}`), ...taps.map(({ hook }) => `hook:${hook}`)];
  const missing = [...new Set(needed)].filter((capability) => !capabilities.includes(capability));
  return missing.length === 0 ? undefined : capabilityMissing(name, missing);
}

/** @throws PithError CAPABILITY_MISSING where the manifest does not declare the use of a service */
export function checkUse({ name, capabilities }: PluginSource, service: string): void {
  if (capabilities === undefined || capabilities.includes(`uses:${service}`) || capabilities.includes(`service:${service}`)) return;
  throw capabilityMissing(name, [`uses:${service}`]);
}

function capabilityMissing(plugin: string, missing: readonly string[]): PithError {
  return new PithError(`The manifest of plugin ${plugin} does not declare ${missing.join(', ')}`, {
    code: 'CAPABILITY_MISSING', plugin, hint: `Its author adds ${missing.length === 1 ? 'it' : 'them'} to pith.capabilities in the package.json of ${plugin}.`,
  });
}
