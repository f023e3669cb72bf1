import type { ChildRules } from '@pith/child';
import { quietEnvironment } from '@pith/git';

/**
 * What the settings of a repository could make a look at it run, switched off. A work tree may be anybody’s, trusted or not: `git status`
 * alone starts a monitor, a hook, filters, and transports that its settings name.
 */
const HARMLESS: readonly (readonly [key: string, value: string])[] = [
  ['core.fsmonitor', 'false'], ['core.hooksPath', '/dev/null'], ['core.pager', 'cat'], ['core.sshCommand', 'false'], ['core.gitProxy', 'false'], ['core.askPass', ''], ['core.editor', 'false'],
  ['core.alternateRefsCommand', 'false'], ['credential.helper', ''], ['diff.external', ''], ['interactive.diffFilter', ''], ['log.showSignature', 'false'], ['protocol.allow', 'never'], ['status.submoduleSummary', 'false'],
  ['submodule.recurse', 'false'], ['gc.auto', '0'], ['maintenance.auto', 'false'], ['safe.bareRepository', 'explicit'], ['i18n.logOutputEncoding', 'UTF-8'], ['core.quotePath', 'false'],
];
/** Of what an environment says to git, what says where a person’s own settings and git itself are. */
const KEPT_VARIABLES = new Set(['GIT_CONFIG_GLOBAL', 'GIT_CONFIG_SYSTEM', 'GIT_CONFIG_NOSYSTEM', 'GIT_EXEC_PATH', 'GIT_DISCOVERY_ACROSS_FILESYSTEM']);

/** @param settings on top of those that make a look harmless */
export function gitEnvironment(env: Readonly<Record<string, string | undefined>>, rules: ChildRules, above: string, settings: readonly (readonly [string, string])[] = []): Record<string, string> {
  const all = [...HARMLESS, ...settings];
  return {
    ...quietEnvironment(env, rules, { isKept: (name) => KEPT_VARIABLES.has(name) }), TERM: 'dumb', PAGER: 'cat', GIT_PAGER: 'cat',
    // What is broken here must not make it take another repository above.
    GIT_CEILING_DIRECTORIES: above,
    GIT_CONFIG_COUNT: String(all.length),
    ...Object.fromEntries(all.flatMap(([key, value], index) => [[`GIT_CONFIG_KEY_${index}`, key], [`GIT_CONFIG_VALUE_${index}`, value]])),
  };
}
