import { type ChildRules, childEnvironment } from '@pith/child';

/** It waits for nobody, takes no lock that it can do without, and fetches nothing; what it says is in one language. */
const QUIET = { LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0', GIT_ALLOW_PROTOCOL: 'none', GIT_NO_LAZY_FETCH: '1' };

/** @param isKept which of the variables that say something to git it still hears; none if left out */
export function quietEnvironment(env: Readonly<Record<string, string | undefined>>, rules: ChildRules, { isKept = () => false }: { isKept?: (name: string) => boolean } = {}): Record<string, string> {
  const own = Object.entries(childEnvironment(env, rules)).filter(([name]) => !/^GIT_/i.test(name) || isKept(name));
  return { ...Object.fromEntries(own), ...QUIET };
}
