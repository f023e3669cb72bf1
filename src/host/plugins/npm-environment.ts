import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { childEnvironment } from '@pith/child/environment';

type Environment = Readonly<Record<string, string | undefined>>;

/** npm's own variables, among them tokens for registries, and the way there. */
const OWN = /^(?:npm_.*|NODE_AUTH_TOKEN|.*_proxy)$/i;
/** `//registry.example.org/:_authToken=${MY_TOKEN}` */
const REFERENCE = /\$\{([^}?]+)\??\}/g;

/**
 * What npm gets of the environment: no credentials but those that open registries, its own and what the user's settings of npm
 * ask for by name. It runs nothing of the packages that it handles.
 */
export function npmEnvironment(env: Environment): Record<string, string> {
  const named = Object.keys(env).filter((name) => OWN.test(name));
  const file = env['npm_config_userconfig'] ?? env['NPM_CONFIG_USERCONFIG'] ?? join(env['HOME'] ?? homedir(), '.npmrc');
  return childEnvironment(env, { pass: [...named, ...referencesIn(file)] });
}

function referencesIn(file: string): string[] {
  try {
    return [...readFileSync(file, 'utf8').matchAll(REFERENCE)].map(([, name]) => name!);
  } catch {
    return []; // Most have none; where npm cannot read it, it says so itself.
  }
}
