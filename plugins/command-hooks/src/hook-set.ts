import { escapeControl, type PithError, readWhole, toMessage, type Trust } from '@pith/kernel';
import { hookError } from './errors.ts';
import type { Handler } from './handler.ts';
import { type Places, readHookFiles } from './hook-files.ts';
import { namedFiles } from './named-files.ts';
import { type HookFile, type ParsedFile, parseHooks } from './parse-hooks.ts';

export type TrustState = Awaited<ReturnType<Trust['stateOf']>>;

/** The hooks that hold now, in the order in which they speak. */
export interface HookSet {
  /** The folder that hooks are told is the project's. */
  root: string;
  handlers: readonly Handler[];
  /** Things to be said once. */
  notes: readonly string[];
  /** Of the project's own files; `none` where there are none. */
  trust: TrustState | 'none';
  /** The project's files that would take effect, with their content. */
  projectFiles: ReadonlyMap<string, string>;
  /** Hooks from outside of the project that name a file of it which is not trusted. */
  untrusted: ReadonlySet<Handler>;
}

export interface SetRequest extends Places {
  cwd: string;
  /** @param root the folder that the files belong to */
  stateOf(root: string, files: ReadonlyMap<string, string>): Promise<TrustState>;
}

/**
 * Reads all hook files and asks whether those of the project may take effect.
 * @throws PithError HOOK_FILE_INVALID when a file that counts is broken: there may be a guard in it
 */
export async function readHookSet(request: SetRequest): Promise<HookSet> {
  const { root, files } = readHookFiles(request);
  const own = files.filter(isOfProject);
  const parsed = files.map(parseLater);
  const projectFiles = new Map(own.map(({ path, text }) => [path, text]));
  for (const { file, result } of parsed) if (isOfProject(file) && 'handlers' in result) addNamed(projectFiles, result.handlers, { root, cwd: request.cwd });
  const trust = projectFiles.size === 0 ? 'none' : await request.stateOf(root, projectFiles);
  const counting = parsed.filter(({ file }) => !isOfProject(file) || trust === 'trusted');
  const results: { file: HookFile; result: ParsedFile }[] = [];
  for (const { file, result } of counting) {
    if ('error' in result) throw result.error;
    results.push({ file, result });
  }
  const { handlers, notes } = switchOff(results);
  return { root, handlers, notes, trust, projectFiles, untrusted: await findUntrusted(handlers, { ...request, root }) };
}

/** What `pith trust` shows and approves: the project's hook files, and the scripts of the project that any hook names. */
export function listProjectFiles(places: Places): string[] {
  const { root, files } = readHookFiles(places);
  const found = new Map(files.filter(isOfProject).map(({ path, text }) => [path, text]));
  for (const { result } of files.map(parseLater)) if ('handlers' in result) addNamed(found, result.handlers, { root, cwd: places.project });
  return [...found.keys()];
}

const isOfProject = ({ layer }: Pick<Handler, 'layer'>): boolean => layer === 'local' || layer === 'project';

/** A broken file of a project that is not trusted is nobody's trouble yet. */
function parseLater(file: HookFile): { file: HookFile; result: ParsedFile | { error: PithError } } {
  try {
    return { file, result: parseHooks(file) };
  } catch (error) {
    return { file, result: { error: error as PithError } };
  }
}

function addNamed(files: Map<string, string>, handlers: readonly Handler[], at: { root: string; cwd: string }): void {
  for (const path of handlers.flatMap((handler) => namedFiles(handler, at))) if (!files.has(path)) files.set(path, readScript(path));
}

/** As text, as whoever asks the person reads it. */
function readScript(path: string): string {
  try {
    const file = readWhole(path);
    if (file === undefined) throw new Error('it is not there');
    return file.bytes.toString();
  } catch (error) {
    throw hookError(`The hook script ${escapeControl(path)} cannot be read: ${escapeControl(toMessage(error))}`, 'HOOK_FILE_INVALID', 'Mend its permissions, or take the hook out.', error);
  }
}

/** A hook of the user's that runs a script of the project runs what the project says. */
async function findUntrusted(handlers: readonly Handler[], { root, cwd, stateOf }: SetRequest & { root: string }): Promise<ReadonlySet<Handler>> {
  const untrusted = new Set<Handler>();
  for (const handler of handlers) {
    if (isOfProject(handler)) continue;
    const files = new Map<string, string>();
    addNamed(files, [handler], { root, cwd });
    if (files.size > 0 && await stateOf(root, files) !== 'trusted') untrusted.add(handler);
  }
  return untrusted;
}

/** The strongest file that says anything about it decides; hooks of the administrator are only switched off by the administrator. */
function switchOff(results: readonly { file: HookFile; result: ParsedFile }[]): { handlers: Handler[]; notes: string[] } {
  const handlers = results.flatMap(({ result }) => result.handlers);
  const notes = results.flatMap(({ result }) => result.notes);
  const off = (file: HookFile, key: string, kept: Handler[]): { handlers: Handler[]; notes: string[] } => ({
    handlers: kept, notes: kept.length === handlers.length ? notes : [`${handlers.length - kept.length} command hook(s) are switched off by ${key} in ${escapeControl(file.path)}`, ...notes],
  });
  const managed = results.find(({ file }) => file.layer === 'managed');
  if (managed?.result.disableAllHooks === true) return off(managed.file, 'disableAllHooks', []);
  const kept = handlers.filter(({ layer }) => layer === 'managed');
  if (managed?.result.allowManagedHooksOnly === true) return off(managed.file, 'allowManagedHooksOnly', kept);
  const deciding = results.find(({ result }) => result.disableAllHooks !== undefined);
  return deciding?.result.disableAllHooks === true ? off(deciding.file, 'disableAllHooks', kept) : { handlers, notes };
}
