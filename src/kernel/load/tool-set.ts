import { nearest, PithError, toMessage } from '../errors.ts';
import { deepFreeze } from '../base/freeze.ts';
import type { Owners } from './load.ts';
import type { ToolSpec } from '../message.ts';
import { checkTools } from './plugin-check.ts';
import type { ContributionContext, PluginDefinition, ToolBody, ToolDeclaration, ToolSource } from '../plugin.ts';
import type { SourceTool } from '../replay/tape.ts';
import { within } from '../base/within.ts';

/** A tool as the kernel keeps it. */
export interface RegisteredTool {
  declaration: ToolDeclaration;
  owner: string;
  body: ToolBody | undefined;
  /** Set for a tool that appeared at run time. */
  source?: ToolSource;
}

export interface OwnedSource { source: ToolSource; owner: string }

/** The tools of a turn. It does not change: a list that does makes another set, for the next turn. */
export class ToolSet {
  readonly tools: ReadonlyMap<string, RegisteredTool>;
  /** What the model is told of them, by name. */
  readonly specs: readonly ToolSpec[];

  /** @param before whose specs are kept where they say the same, so that the prompt cache holds */
  constructor(tools: ReadonlyMap<string, RegisteredTool>, before?: ToolSet) {
    this.tools = tools;
    const specs = [...tools.values()].map(({ declaration, owner }) => toSpec(declaration, owner)).sort((a, b) => (a.name < b.name ? -1 : 1));
    this.specs = before !== undefined && JSON.stringify(before.specs) === JSON.stringify(specs) ? before.specs : deepFreeze(specs);
  }

  /** Those that appeared at run time, as a replay needs them. */
  listed(): SourceTool[] {
    return [...this.tools.values()].filter(({ source }) => source !== undefined).map(({ declaration: { name, description, effect, inputSchema, resultLimit }, owner }) => ({ name, description, effect, inputSchema, owner, ...(resultLimit === undefined ? {} : { resultLimit }) }));
  }

  /** This set with the tools that sources had listed once; nobody runs them any more. */
  withListed(listed: readonly SourceTool[]): ToolSet {
    const execute = (): never => { throw new PithError('A tool of a source cannot run in a replay', { code: 'REPLAY_MISSING' }); };
    const tools = listed.map(({ owner, ...head }): [string, RegisteredTool] => [head.name, { declaration: { ...head, execute }, owner, body: undefined }]);
    return new ToolSet(new Map([...this.tools, ...tools]));
  }

  /** @throws PithError TOOL_UNKNOWN with the nearest names */
  find(name: string, allowed: ReadonlySet<string> | undefined): RegisteredTool {
    const tool = this.tools.get(name);
    if (tool !== undefined && (allowed?.has(name) ?? true)) return tool;
    const names = [...this.tools.keys()].filter((other) => allowed?.has(other) ?? true);
    const near = nearest(name, names);
    throw new PithError(`There is no tool ${JSON.stringify(name)}`, {
      code: 'TOOL_UNKNOWN', hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `Tools are: ${names.join(', ') || 'none; install the plugin tools'}`,
    });
  }
}

function toSpec({ name, description, inputSchema }: ToolDeclaration, owner: string): ToolSpec {
  return { name, description, inputSchema, owner };
}

/** The tools that plugins declare, each from the plugin that owns its name. */
export function declaredTools(definitions: readonly PluginDefinition[], owners: Owners): ToolSet {
  const tools = definitions.flatMap(({ name: owner, tools: declared = [] }) => declared
    .filter(({ name }) => owners.get(`tool:${name}`) === owner)
    .map((declaration): [string, RegisteredTool] => [declaration.name, { declaration, owner, body: undefined }]));
  return new ToolSet(new Map(tools));
}

/** What the model is told otherwise than before, as `+added -removed ~changed`; empty where it is told the same. */
export function diffTools(before: ToolSet, after: ToolSet): string {
  if (before.specs === after.specs) return '';
  const [old, now] = [before, after].map(({ specs }) => new Map(specs.map((spec) => [spec.name, JSON.stringify(spec)]))) as [Map<string, string>, Map<string, string>];
  const added = [...now.keys()].filter((name) => !old.has(name)).map((name) => `+${name}`);
  const removed = [...old.keys()].filter((name) => !now.has(name)).map((name) => `-${name}`);
  const changed = [...now].filter(([name, spec]) => old.has(name) && old.get(name) !== spec).map(([name]) => `~${name}`);
  return [...added, ...removed, ...changed].join(' ');
}

/** A source that could not list its tools. */
export interface FailedSource { owner: string; text: string }

/**
 * Asks the sources for their tools. A source that fails or hangs keeps those it had.
 * @param current is asked for after the sources have answered, since other sessions refresh, too
 */
export async function refreshTools(sources: readonly OwnedSource[], current: () => ToolSet, { signal, limitMs, contextOf }: { signal: AbortSignal; limitMs: number; contextOf: (owner: string) => ContributionContext }): Promise<{ next: ToolSet; failed: FailedSource[] }> {
  const failed: FailedSource[] = [];
  const lists = await Promise.all(sources.map(async ({ source, owner }) => {
    try {
      const late = (): Error => new Error(`it did not answer within ${limitMs} ms`);
      const declarations = await within((async () => source.list(signal, contextOf(owner)))(), { signal, limitMs, late });
      checkTools(declarations);
      return { source, owner, declarations };
    } catch (error) {
      signal.throwIfAborted();
      failed.push({ owner, text: toMessage(error) });
      return undefined;
    }
  }));
  const before = current();
  const tools = new Map(before.tools);
  for (const list of lists) if (list !== undefined) takeList(tools, list, failed);
  return { next: new ToolSet(tools, before), failed };
}

function takeList(tools: Map<string, RegisteredTool>, { source, owner, declarations }: OwnedSource & { declarations: readonly ToolDeclaration[] }, failed: FailedSource[]): void {
  const names = new Set(declarations.map(({ name }) => name));
  for (const [name, tool] of tools) {
    if (tool.source === source && !names.has(name)) tools.delete(name);
  }
  for (const declaration of declarations) {
    const { name } = declaration;
    const known = tools.get(name);
    if (known?.declaration === declaration) continue;
    if (known !== undefined && known.source !== source) {
      failed.push({ owner, text: `tool ${name} is already there, from ${known.owner}` });
      continue;
    }
    tools.set(name, { declaration, owner, body: undefined, source });
  }
}
