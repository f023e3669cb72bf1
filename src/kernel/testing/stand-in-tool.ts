import { resolve } from 'node:path';
import { PithError } from '../errors.ts';
import type { Effect, Target } from '../event.ts';
import type { ToolBody, ToolDeclaration } from '../plugin.ts';
import type { ExampleCall } from '../tap-example.ts';
import { textResult } from '../tool/tool-result.ts';

/**
 * A tool that can be called and does nothing. Its input check and what it says it touches are those of `known`, where the
 * example states nothing else.
 * @param reached called in the place of the tool; gives the text of its result
 */
export function standInTool(call: ExampleCall, known: ToolDeclaration | undefined, reached: () => string): ToolDeclaration {
  const { name } = call;
  const effect = effectOf(call, known) ?? 'read';
  return {
    name, effect, description: known?.description ?? '', inputSchema: known?.inputSchema ?? {},
    load: async (): Promise<ToolBody> => {
      const body = known === undefined ? undefined : 'load' in known ? await known.load() : known;
      return {
        ...(body?.input === undefined ? {} : { input: body.input }),
        ...(call.effect !== undefined || body?.effectOf === undefined ? {} : { effectOf: (given) => body.effectOf!(given) }),
        targets: (input, at) => call.targets ?? (body === undefined ? guessTargets(input, effect, at.cwd) : body.targets?.(input, at) ?? []),
        execute: async () => textResult(reached()),
      };
    },
  };
}

/**
 * Where the effect is what is judged, it is not guessed.
 * @throws PithError PLUGIN_INVALID
 */
export function needEffect(call: ExampleCall, known: ToolDeclaration | undefined): void {
  if (effectOf(call, known) !== undefined) return;
  throw new PithError(`There is no tool ${call.name} here, so its call states an effect`, { code: 'PLUGIN_INVALID', hint: 'effect: read, write, exec, network or agent' });
}

function effectOf({ effect, input }: ExampleCall, known: ToolDeclaration | undefined): Effect | undefined {
  const { command, url } = toStrings(input);
  return effect ?? known?.effect ?? (command !== undefined ? 'exec' : url !== undefined ? 'network' : undefined);
}

/** What a call of a tool that nobody knows will touch, as far as its input says. */
function guessTargets(input: unknown, effect: Effect, cwd: string): Target[] {
  const { command, url, path } = toStrings(input);
  return [
    ...(command === undefined ? [] : [{ family: 'Bash', command }]),
    ...(url === undefined ? [] : [{ family: 'WebFetch', url }]),
    ...(path === undefined ? [] : [{ family: effect === 'read' ? 'Read' : 'Edit', path: resolve(cwd, path) }]),
  ];
}

function toStrings(input: unknown): { command?: string; url?: string; path?: string } {
  if (typeof input !== 'object' || input === null) return {};
  return Object.fromEntries(['command', 'url', 'path'].map((key) => [key, (input as Record<string, unknown>)[key]]).filter(([, value]) => typeof value === 'string'));
}
