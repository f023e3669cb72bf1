import { realpathSync } from 'node:fs';
import { sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Interfaces } from '@oclif/core';
import { EXIT, escapeControl, forbidExit, isPithError, type Kernel, placeOf, PithError, toMessage } from '@pith/kernel';
import { formatError } from '../exit.ts';

/** Code of plugins by where it lies: a folder, or one hook file. */
export type CodePlaces = ReadonlyMap<string, string>;

let isContained = false;

/**
 * Called before plugins run. None of them ends the process from then on, and what fails in their timers and promises is said,
 * and is a failure of the command. `run` and `tools call` end their turn with it instead, and listen for themselves.
 */
export function containPlugins(oclif: Interfaces.Config): void {
  if (isContained) return;
  isContained = true;
  forbidExit();
  process.on('uncaughtException', (error) => {
    if (process.listenerCount('uncaughtException') > 1) return;
    process.exitCode = EXIT.failed;
    process.stderr.write(`pith: ${escapeControl(formatError(toStrayFailure(error, codePlaces(oclif))), { lines: true })}\n`);
  });
}

/** Where the code of each plugin lies. pith itself is none, though plugins may lie below it. */
export function codePlaces(oclif: Interfaces.Config, kernel?: Kernel): CodePlaces {
  const packages = [...oclif.plugins.values()].filter(({ root }) => root !== oclif.root)
    .flatMap(({ root, name }) => [root, realPath(root)].map((path): [string, string] => [path + sep, name]));
  const files = new Map<string, string>();
  const shared = new Set<string>(); // The shipped plugins are one file, which names none of them.
  for (const tap of kernel?.generation.taps ?? []) {
    const file = placeOf(tap)?.replace(/:\d+$/, '');
    if (file === undefined) continue;
    if ((files.get(file) ?? tap.plugin) !== tap.plugin) shared.add(file);
    files.set(file, tap.plugin);
  }
  return new Map([...[...files].filter(([file]) => !shared.has(file)), ...packages]);
}

/** Stacks name files with links resolved. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // A plugin whose folder is gone has no code that runs.
  }
}

/** What is said of an error that left a timer or a promise of a plugin, and no hook. Its stack tells whose it is. */
export function toStrayFailure(error: unknown, places: CodePlaces): PithError {
  const plugin = culpritOf(error, places);
  const who = plugin === undefined ? 'Code outside of any hook failed' : `Plugin ${plugin} failed outside of any hook`;
  return new PithError(`${who}: ${toMessage(error)}`, {
    code: isPithError(error) ? error.code : 'TAP_THREW', origin: 'plugin', cause: error, ...(plugin === undefined ? {} : { plugin }),
    hint: plugin === undefined ? 'pith doctor lists the plugins; leave them out one by one.' : `Mend the plugin ${plugin}, or take it out.`,
  });
}

/** Of the innermost frame that is a plugin's; of several places the narrowest. */
function culpritOf(error: unknown, places: CodePlaces): string | undefined {
  const { stack } = (error ?? {}) as { stack?: unknown };
  if (typeof stack !== 'string') return undefined;
  const known = [...places].map(([place, plugin]) => ({ place, url: pathToFileURL(place).href, plugin })).sort((a, b) => b.place.length - a.place.length);
  for (const line of stack.split('\n').filter((each) => /^\s+at /.test(each))) {
    const found = known.find(({ place, url }) => line.includes(place) || line.includes(url));
    if (found !== undefined) return found.plugin;
  }
  return undefined;
}
