import { isPithError, PithError, toErrorReport } from '../errors.ts';
import type { Generation } from '../generation.ts';
import type { Notice } from '../session-options.ts';

/** A plugin that ran before and fails now would be missed, by name: a sandbox, say, with the bare tool in its place. */
export function reloadFailure(before: Generation, next: Generation): PithError | undefined {
  if (next.guardMissing !== undefined && before.guardMissing === undefined) return next.guardMissing;
  const lost = next.statuses.find(({ name, state }) => state === 'failed' && before.statuses.some((status) => status.name === name && status.state === 'active'));
  if (lost === undefined) return undefined;
  return new PithError(`The plugins were not loaded anew, those from before stay: ${lost.error!.message}`, {
    code: 'RELOAD_FAILED', plugin: lost.name, hint: lost.error!.hint ?? `Mend ${lost.name}, or take it out.`,
  });
}

/** Why newer plugins are not in force. */
export function toStaleNotice(error: unknown): Notice {
  // That no turn runs without a guard is not so here: the one from before runs.
  const { code, message, hint, plugin } = toErrorReport(isPithError(error) && error.code === 'GUARD_MISSING' ? error.cause : error);
  const said = code === 'RELOAD_FAILED' ? message : `The plugins were not loaded anew, those from before stay: ${message}`;
  return { level: 'warning', code, text: hint === undefined ? said : `${said}. ${hint}`, ...(plugin === undefined ? {} : { plugin }) };
}
