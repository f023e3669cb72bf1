import { realpathSync } from 'node:fs';
import { basename, dirname, relative, resolve } from 'node:path';
import { describe, nearest, PithError } from '@pith/kernel';
import { isInside } from './load-rules.ts';

const KEYS = ['hooks'];
const SCRIPT = /\.[cm]?[jt]s$/;

/**
 * The hook files that a config names, as they are spelled in it.
 * @throws PithError CONFIG_INVALID naming file, key, what was found and what is allowed
 */
export function parseHookConfig(file: string, exported: Record<string, unknown>): string[] {
  const name = basename(file);
  const invalid = (what: string, hint: string): PithError => new PithError(`${name}: ${what}`, { code: 'CONFIG_INVALID', plugin: name, hint });
  const { default: config } = exported;
  if (typeof config !== 'object' || config === null || Array.isArray(config)) throw invalid(`the default export is ${describe(config)}`, EXAMPLE);
  const unknown = Object.keys(config).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) throw invalid(`there is no key ${JSON.stringify(unknown)}`, `${nearest(unknown, KEYS).length > 0 ? 'Did you mean hooks? ' : ''}Allowed is: ${KEYS.join(', ')}`);
  const { hooks = [] } = config as { hooks?: unknown };
  if (!Array.isArray(hooks)) throw invalid(`hooks is ${describe(hooks)}; allowed is a list of paths`, EXAMPLE);
  for (const [index, hook] of hooks.entries()) {
    if (typeof hook !== 'string' || !SCRIPT.test(hook)) throw invalid(`hooks[${index}] is ${describe(hook)}; allowed is the path of a .ts or .js file`, EXAMPLE);
    if (hooks.indexOf(hook) !== index) throw invalid(`hooks names ${JSON.stringify(hook)} twice`, 'Take one of them out.');
  }
  return hooks as string[];
}

const EXAMPLE = "It should read: export default defineConfig({ hooks: ['./hooks/protect.ts'] });";

export interface HookFile {
  /** Relative to the folder of the config: what people see. */
  name: string;
  /** Links resolved. */
  file: string;
}

/**
 * Where a hook file lies.
 * @param within the project that it must not leave, links resolved; a person's own may lie anywhere
 * @throws PithError HOOK_FILE_INVALID, HOOK_FILE_OUTSIDE
 */
export function findHookFile(config: string, spelled: string, within: string | undefined): HookFile {
  const folder = dirname(config);
  const path = resolve(folder, spelled);
  const fail = (code: 'HOOK_FILE_INVALID' | 'HOOK_FILE_OUTSIDE', what: string, hint: string): PithError => new PithError(`${basename(config)}: the hook file ${JSON.stringify(spelled)} ${what}`, { code, plugin: basename(config), hint });
  let file: string;
  try {
    file = realpathSync(path);
  } catch {
    throw fail('HOOK_FILE_INVALID', 'is not there', `Mend the path, which is relative to ${folder}, or take it out.`);
  }
  if (within !== undefined && !isInside(within, file)) throw fail('HOOK_FILE_OUTSIDE', 'lies outside of the project', `Move it below ${within}.`);
  return { name: relative(realpathSync(folder), file) || spelled, file };
}
