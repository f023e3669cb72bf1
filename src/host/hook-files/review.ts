import { existsSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { EXIT, escapeControl, type PluginSource, type PluginDefinition, PithError, toMessage } from '@pith/kernel';
import { readRegular } from '../read-regular.ts';
import { type Approval, linkKey, toKey } from '../trust.ts';
import { Closure } from './closure.ts';
import { findHookFile, parseHookConfig } from './hook-config.ts';
import { importInTime } from './hook-set.ts';
import { ImportScan } from './import-scan.ts';
import { toLoadError } from './load-error.ts';
import { isInside, projectRules } from './load-rules.ts';
import { toFileText, toImportText } from './review-text.ts';

export interface ReviewRequest {
  /** Links resolved. */
  root: string;
  /** Absolute: settings, and the file that names hook files. */
  files: readonly string[];
  hookConfig: string | undefined;
  plugins: readonly PluginSource[];
  /** What was approved before; empty where nothing was. */
  approved: ReadonlyMap<string, string>;
  say(text: string): void;
  /** Called once the settings were shown. */
  checkSettings(): Promise<void>;
  /** Asked before `pith.config` is run: what names the hook files is code itself. */
  mayRun(): Promise<boolean>;
}

/**
 * Shows everything of a project that would take effect: first settings, config and what that imports; then, as the config
 * names them, the hook files; then what plugins would read.
 * @returns nothing where the config may not be run
 * @throws PithError HOOK_FILE_INVALID, HOOK_FILE_OUTSIDE, CONFIG_INVALID, CONFIG_UNREADABLE
 */
export async function reviewProject(request: ReviewRequest): Promise<Approval | undefined> {
  const { root, files, hookConfig, approved, say } = request;
  const scan = new ImportScan(root);
  const show = (key: string): void => {
    const seen = scan.files.get(key)!;
    checkText(key, seen.bytes);
    say(toFileText(key, seen, approved));
  };
  const showImports = (keys: readonly string[]): void => { if (keys.length > 0) say(toImportText(keys.map((key) => [key, scan.files.get(key)!]), approved)); };
  const add = async (file: string): Promise<void> => {
    const keys = await scan.add(file);
    const own = toKey(file, [root]);
    show(own);
    showImports(keys.filter((key) => key !== own));
  };

  for (const file of files.filter((file) => file !== hookConfig)) {
    const key = toKey(file, [root]);
    scan.addPlain(key, readPlain(file, key));
    show(key);
  }
  await request.checkSettings();
  if (hookConfig !== undefined) {
    const config = join(root, basename(hookConfig));
    const real = realpathSync(config);
    if (!isInside(root, real)) throw new PithError(`${basename(config)} is a link that leads out of the project`, { code: 'HOOK_FILE_OUTSIDE', hint: 'Put the file itself there.' });
    await add(real);
    if (real !== config) scan.addPlain(basename(config), readPlain(config, basename(config)));
    if (!await request.mayRun()) return undefined;
    for (const { spelled, file } of await namedHookFiles(config, root, scan)) {
      scan.links.set(linkKey('hook', basename(config), spelled), toKey(file, [root]));
      await add(file);
    }
  }
  for (const file of await filesOfPlugins(request)) {
    const key = toKey(file, [root]);
    if (scan.files.has(key)) continue;
    scan.addPlain(key, readPlain(file, key));
    show(key);
  }
  for (const { from, to } of scan.outside) say(escapeControl(`${from} imports ${to}, which lies outside of the project: it will not be loaded.`));
  const gone = [...approved.keys()].filter((key) => !scan.files.has(key));
  if (gone.length > 0) say(`No longer there, or no longer used:\n${gone.map((key) => `  ${escapeControl(key)}`).join('\n')}`);
  return scan.approval;
}

async function namedHookFiles(config: string, root: string, scan: ImportScan): Promise<{ spelled: string; file: string }[]> {
  const closure = new Closure(projectRules(root, scan.approval));
  try {
    const exported = await importInTime(closure, config);
    return parseHookConfig(config, exported).map((spelled) => ({ spelled, file: findHookFile(config, spelled, root).file }));
  } catch (error) {
    throw toLoadError(error, { file: config, closure, source: basename(config) });
  }
}

/** What installed plugins would let take effect. One that cannot be asked ends the review: its files would go unseen. */
async function filesOfPlugins({ plugins, root }: ReviewRequest): Promise<string[]> {
  const found: string[] = [];
  for (const { name, load } of plugins) {
    try {
      const { default: definition } = await load() as { default?: PluginDefinition };
      found.push(...await definition?.projectFiles?.({ project: root, env: process.env }) ?? []);
    } catch (error) {
      throw new PithError(`Plugin ${name} cannot say which files of this project it would use: ${toMessage(error)}`, { code: 'PLUGIN_LOAD_FAILED', plugin: name, cause: error, exitCode: EXIT.failed, hint: `Mend ${name}, or take it out.` });
    }
  }
  return found.filter((file) => isInside(root, file) && existsSync(file));
}

function readPlain(file: string, key: string): Buffer {
  const bytes = readRegular(file)?.bytes;
  if (bytes === undefined) throw new PithError(`${key} is not there, or no file that can be read`, { code: 'CONFIG_UNREADABLE', hint: 'Mend its permissions, or take it away.' });
  return bytes;
}

/** What is shown must be what is approved. */
function checkText(key: string, bytes: Buffer): void {
  if (!Buffer.from(bytes.toString()).equals(bytes)) throw new PithError(`${key} is not UTF-8 text`, { code: 'CONFIG_UNREADABLE', hint: 'Write it as UTF-8.' });
}
