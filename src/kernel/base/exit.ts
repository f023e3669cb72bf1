import { EXIT, PithError } from '../errors.ts';

let depth = 0;
let original: typeof process.exit | undefined;

/**
 * While plugins' code may run, `process.exit` throws instead: one plugin does not end everybody's process.
 * @returns ends it; nested calls count
 */
export function forbidExit(): () => void {
  enterPlugins();
  let done = false;
  return () => {
    if (!done) leavePlugins();
    done = true;
  };
}

/** `forbidExit` for hot paths; each call is followed by one of `leavePlugins`. */
export function enterPlugins(): void {
  if (depth++ > 0) return;
  original = process.exit;
  process.exit = (() => {
    throw new PithError('process.exit was called inside a plugin', { code: 'PLUGIN_EXIT', exitCode: EXIT.failed, origin: 'plugin', hint: 'Throw an error, or return; the kernel ends the process.' });
  }) as typeof process.exit;
}

export function leavePlugins(): void {
  if (--depth > 0 || original === undefined) return;
  process.exit = original;
  original = undefined;
}

/** The host's own way out, also while plugins may not. */
export function exitProcess(code: number): never {
  return (original ?? process.exit).call(process, code);
}
