import { describe, type Schema } from '@pith/kernel';
import type { NetPolicy } from '@pith/net';

export interface ToolsOptions {
  /** What `web-search` asks; without it there is no such tool. */
  webSearch?: SearchSource;
}

/** `{query}` in an argument of a program, or in the query part of an address, stands for what is looked for. */
export type SearchSource = { kind: 'command'; argv: readonly string[] } | AddressSource;

/** `policy` is what a person opened beyond https to public addresses. */
export interface AddressSource { kind: 'address'; template: string; policy: Required<NetPolicy> }

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
  const source = parseSource(webSearch);
  return typeof source === 'string' ? { issues: [{ message: source, path: ['webSearch'] }] } : { value: { webSearch: source } };
}

/** @returns the source, or what is wrong */
function parseSource(value: unknown): SearchSource | string {
  if (Array.isArray(value)) return commandProblem(value) ?? { kind: 'command', argv: value as string[] };
  if (typeof value === 'string') return parseAddress({ url: value });
  if (typeof value === 'object' && value !== null) return parseAddress(value as Record<string, unknown>);
  return `must be a command as a list, as ["ddgr", "--json", "${QUERY}"], or an address, as "https://search.example/?format=json&q=${QUERY}"; found ${describe(value)}`;
}

const ADDRESS_KEYS = ['url', 'allowLoopback', 'allowHttp', 'allowHosts'];

/** The same words as the options of the plugin web have. */
function parseAddress(value: Record<string, unknown>): AddressSource | string {
  const { url, allowLoopback = false, allowHttp = false, allowHosts = [] } = value;
  const unknown = Object.keys(value).find((key) => !ADDRESS_KEYS.includes(key));
  if (unknown !== undefined) return `has no ${JSON.stringify(unknown)}; there are ${ADDRESS_KEYS.join(', ')}`;
  if (typeof allowLoopback !== 'boolean' || typeof allowHttp !== 'boolean') return 'must have true or false for allowLoopback and allowHttp';
  if (!Array.isArray(allowHosts) || !allowHosts.every((host) => typeof host === 'string')) return 'must have a list of host names for allowHosts';
  const problem = templateProblem(url, allowHttp || allowLoopback);
  return problem ?? { kind: 'address', template: url as string, policy: { allowLoopback, allowHttp, allowHosts } };
}

/** An address may hold a key, so that it is never repeated. */
function templateProblem(template: unknown, mayBeHttp: boolean): string | undefined {
  if (typeof template !== 'string') return `must have an address as url; found ${describe(template)}`;
  const url = URL.parse(template.replaceAll(QUERY, 'x'));
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return 'must be an address that begins with https://';
  if (url.protocol === 'http:' && !mayBeHttp) return 'must begin with https://, unless allowHttp or allowLoopback is true';
  if (url.username !== '' || url.password !== '') return 'must hold no name and no password';
  const [before, query, ...more] = template.split('?');
  if (before!.includes(QUERY) || template.includes('#') || !`${query ?? ''}${more.join('')}`.includes(QUERY)) return `must hold ${QUERY} behind its question mark, and only there`;
  return undefined;
}

/** @returns what is wrong */
function commandProblem(value: readonly unknown[]): string | undefined {
  if (value.length < 2) return `must be a command as a list of a program and its arguments; found ${value.length === 0 ? 'an empty list' : 'a program alone'}`;
  const wrong = value.find((part) => typeof part !== 'string' || part === '' || part.includes('\0'));
  if (wrong !== undefined) return `must hold texts only, none of them empty; found ${describe(wrong)}`;
  const [program, ...words] = value as string[];
  if (program!.includes(QUERY)) return `must not take its program from ${QUERY}`;
  return words.some((word) => word.includes(QUERY)) ? undefined : `must hold ${QUERY} in one of its arguments`;
}
