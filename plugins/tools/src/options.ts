import { describe, type Schema } from '@pith/kernel';

export interface ToolsOptions {
  /** What `web-search` asks; without it there is no such tool. */
  webSearch?: SearchSource;
}

/** A program and its arguments; `{query}` in one of them stands for what is looked for. */
export interface SearchSource { kind: 'command'; argv: readonly string[] }

export const QUERY = '{query}';

interface Issue { message: string; path: (string | number)[] }

/** Written by hand, since a schema library costs more than all that is loaded of this plugin when pith starts. */
export const optionsSchema: Schema<ToolsOptions> = { '~standard': { version: 1, vendor: 'pith', validate: parseOptions } };

function parseOptions(value: unknown): { value: ToolsOptions; issues?: undefined } | { issues: Issue[] } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { issues: [{ message: `must be an object; found ${describe(value)}`, path: [] }] };
  const unknown = Object.keys(value).find((key) => key !== 'webSearch');
  if (unknown !== undefined) return { issues: [{ message: 'is not known; there is webSearch', path: [unknown] }] };
  const { webSearch } = value as { webSearch?: unknown };
  if (webSearch === undefined) return { value: {} };
  const problem = commandProblem(webSearch);
  if (problem !== undefined) return { issues: [{ message: problem, path: ['webSearch'] }] };
  return { value: { webSearch: { kind: 'command', argv: webSearch as string[] } } };
}

function commandProblem(value: unknown): string | undefined {
  if (typeof value === 'string') return `must be a command as a list, as ["ddgr", "--json", "${QUERY}"]; addresses are not taken yet`;
  if (!Array.isArray(value) || value.length < 2) return `must be a command as a list of a program and its arguments; found ${describe(value)}`;
  const wrong = value.find((part) => typeof part !== 'string' || part === '' || part.includes('\0'));
  if (wrong !== undefined) return `must hold texts only, none of them empty; found ${describe(wrong)}`;
  if ((value[0] as string).includes(QUERY)) return `must not take its program from ${QUERY}`;
  if (!value.some((part: string) => part.includes(QUERY))) return `must hold ${QUERY} in one of its arguments`;
  return undefined;
}
