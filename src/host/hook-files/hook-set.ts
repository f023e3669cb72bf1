import { statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { findHookConfig, forbidExit, PithError, type Paths, type PluginSource, toStamp } from '@pith/kernel';
import { type FolderTrust, toKey, trustFile } from '../trust.ts';
import { Closure } from './closure.ts';
import { toChangeText } from './describe-trust.ts';
import { findHookFile, type HookFile, parseHookConfig } from './hook-config.ts';
import { toLoadError } from './load-error.ts';
import { checkLink, type LoadRules, projectRules, TRUST_HINT, userRules } from './load-rules.ts';

/** How long `pith.config` may take to be imported. */
const CONFIG_TIMEOUT_MS = 10_000;

/** What a project's own hook files are, and whether they may run. */
export interface ProjectHooks { hookConfig: string | undefined; trust: FolderTrust | undefined }

/** The hook files of a person and of a project, as plugins; and whether they have changed since they were read. */
export class HookSet {
  readonly #paths: Paths;
  readonly #stamps = new Map<string, string>();
  #closures: Closure[] = [];

  constructor(paths: Paths) {
    this.#paths = paths;
  }

  /**
   * What cannot be read is a plugin that fails to load, and counts as a guard that is lost.
   * @throws PithError TRUST_CHANGED where the project's hooks are not those that were trusted
   */
  async read({ hookConfig, trust }: ProjectHooks): Promise<PluginSource[]> {
    this.#closures = [];
    const userConfig = findHookConfig(this.#paths.config);
    const sources = userConfig === undefined ? [] : await this.#readLevel(userConfig, userRules(dirname(userConfig)));
    if (trust === undefined) return sources;
    for (const file of [trustFile(this.#paths), ...trust.changes.map(({ file }) => join(trust.folder, file))]) this.#watch(file);
    if (trust.state === 'changed' && trust.hookConfig !== undefined) throw trustChanged(trust);
    // A person's own folder is not a project, also where somebody works in it.
    if (trust.state !== 'trusted' || hookConfig === undefined || hookConfig === userConfig) return sources;
    return [...sources, ...await this.#readLevel(join(trust.folder, basename(hookConfig)), projectRules(trust.folder, { digests: trust.approved, links: trust.links }), trust)];
  }

  /** Whether a file that was loaded, or would be, has changed since this was asked last. */
  hasChanged(): boolean {
    for (const { files } of this.#closures) for (const [file, stamp] of files) if (!this.#stamps.has(file)) this.#stamps.set(file, stamp);
    let changed = false;
    for (const [file, stamp] of this.#stamps) {
      const now = stampOf(file);
      if (now === stamp) continue;
      changed = true;
      this.#stamps.set(file, now);
    }
    return changed;
  }

  async #readLevel(config: string, rules: LoadRules, trust?: FolderTrust): Promise<PluginSource[]> {
    const closure = new Closure(rules);
    this.#closures.push(closure);
    this.#watch(config);
    try {
      const spelled = parseHookConfig(config, await importInTime(closure, config));
      for (const path of spelled) this.#watch(resolve(dirname(config), path));
      return spelled.map((path) => findTrusted(config, path, trust)).map(({ name, file }) => ({
        name, from: file, load: () => this.#load(file, closure, trust).catch((error: unknown) => { throw toLoadError(error, { file, closure, source: name }); }),
      }));
    } catch (error) {
      const source = basename(config);
      return [toFailing(source, config, toLoadError(error, { file: config, closure, source }))];
    }
  }

  async #load(file: string, closure: Closure, trust: FolderTrust | undefined): Promise<unknown> {
    const exported = await closure.import(file);
    // What is trusted has passed its examples then.
    if (trust === undefined) await (await import('./prove-own.ts')).proveOwn(file, closure.files.keys(), this.#paths);
    return exported;
  }

  #watch(file: string): void {
    if (!this.#stamps.has(file)) this.#stamps.set(file, stampOf(file));
  }
}

/** @throws PithError HOOK_FILE_INVALID, HOOK_FILE_OUTSIDE, TRUST_CHANGED */
function findTrusted(config: string, specifier: string, trust: FolderTrust | undefined): HookFile {
  const found = findHookFile(config, specifier, trust?.folder);
  if (trust !== undefined) checkLink(trust.links, { kind: 'hook', specifier, from: basename(config), to: toKey(found.file, [trust.folder]) });
  return found;
}

/** A plugin that does not load: nobody knows whether it guards, so no turn runs. */
export function toFailing(name: string, from: string, error: PithError): PluginSource {
  return { name, from, load: () => Promise.reject(error) };
}

function trustChanged({ changes, hookConfig }: FolderTrust): PithError {
  return new PithError(`${toChangeText(changes)} since this folder was trusted`, { code: 'TRUST_CHANGED', plugin: hookConfig!, hint: TRUST_HINT });
}

/** @throws PithError HOOK_FILE_INVALID after ten seconds; whatever the file throws */
export async function importInTime(closure: Closure, file: string): Promise<Record<string, unknown>> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new PithError(`${basename(file)} was not there after ${CONFIG_TIMEOUT_MS / 1000} s`, { code: 'HOOK_FILE_INVALID', hint: 'It waits for something at its top level; name the hook files, and do the rest in their setup.' })), CONFIG_TIMEOUT_MS);
  const allowExit = forbidExit();
  try {
    return await Promise.race([closure.import(file), late.promise]);
  } finally {
    allowExit();
    clearTimeout(timer);
  }
}

function stampOf(file: string): string {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? 'none' : toStamp(stat);
}
