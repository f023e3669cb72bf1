import type { ContributionContext, Route, RouteBody } from '@pith/kernel';

/** A route of a plugin, with what its handler gets of that plugin. */
export interface HostedRoute { route: Route; context: ContributionContext }

export interface Matched { hosted: HostedRoute; params: Readonly<Record<string, string>> }

interface Entry { hosted: HostedRoute; parts: readonly string[] }

/** Finds routes by method and path. A part that is written out comes before one that stands for any. */
export class Router {
  readonly #byLength = new Map<number, Entry[]>();
  /** First parts of all paths. */
  readonly #roots = new Set<string>();

  constructor(routes: readonly HostedRoute[]) {
    for (const hosted of routes) {
      const parts = hosted.route.path.split('/').slice(1);
      this.#roots.add(parts[0]!);
      const known = this.#byLength.get(parts.length) ?? [];
      this.#byLength.set(parts.length, [...known, { hosted, parts }].sort((a, b) => compareParts(a.parts, b.parts)));
    }
  }

  /** Whether a path may be one of these routes: what else is below the same root is theirs to refuse. */
  handles(url: string): boolean {
    return this.#roots.has(/^\/([^/?#]*)/.exec(url)?.[1] ?? '');
  }

  /** @returns the methods that the path has where it is asked with another, and nothing where there is no such path */
  find(method: string, url: string): Matched | { allowed: readonly string[] } | undefined {
    const parts = toParts(url);
    if (parts === undefined) return undefined;
    const allowed = new Set<string>();
    for (const { hosted, parts: pattern } of this.#byLength.get(parts.length) ?? []) {
      const params = match(pattern, parts);
      if (params === undefined) continue;
      const { method: own } = hosted.route;
      if (own === method || (own === 'GET' && method === 'HEAD')) return { hosted, params };
      allowed.add(own);
      if (own === 'GET') allowed.add('HEAD');
    }
    return allowed.size === 0 ? undefined : { allowed: [...allowed, 'OPTIONS'] };
  }
}

/** What of a route is loaded when it is first asked. */
export async function loadBody(route: Route): Promise<RouteBody> {
  return 'load' in route ? route.load() : route;
}

/** Parts of a path, decoded. Nothing where one has more than one reading. */
function toParts(url: string): string[] | undefined {
  try {
    const parts = url.replace(/[?#].*$/s, '').split('/').slice(1).map(decodeURIComponent);
    return parts.some((part) => part === '.' || part === '..' || /[/\\\p{Cc}]/u.test(part)) ? undefined : parts;
  } catch {
    return undefined; // An escape that is none.
  }
}

function match(pattern: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  const params: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [index, wanted] of pattern.entries()) {
    const part = parts[index]!;
    if (!wanted.startsWith(':')) {
      if (wanted !== part) return undefined;
    } else if (part === '') return undefined;
    else params[wanted.slice(1)] = part;
  }
  return params;
}

function compareParts(a: readonly string[], b: readonly string[]): number {
  for (const [index, part] of a.entries()) {
    const difference = Number(part.startsWith(':')) - Number(b[index]!.startsWith(':'));
    if (difference !== 0) return difference;
  }
  return 0;
}
