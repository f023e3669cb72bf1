import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ErrorReport, PithError, type PluginSource, toErrorReport, type ToolDeclaration } from '@pith/kernel';
import { type ExampleResult, runExamples, type StartedExample } from '@pith/kernel/testing';
import { Closure } from './closure.ts';
import { toLoadError } from './load-error.ts';
import { type LoadRules, projectRules, userRules } from './load-rules.ts';

/** What the child is asked for. */
export interface ExampleRequest {
  /** A hook file, or the folder of a package. Absolute. */
  entry: string;
  /** Options by plugin name. */
  options: Readonly<Record<string, unknown>>;
  knownPlugins: readonly string[];
  /** Of a project's hook file: the folder, the digests of what may be loaded there, and where imports lead. Without it whatever it imports is loaded. */
  approved?: { root: string; files: Readonly<Record<string, string>>; links: Readonly<Record<string, string>> };
}

/** What it tells, as it goes. */
export type ExampleMessage =
  | { type: 'start'; example: StartedExample }
  | { type: 'result'; result: ExampleResult }
  | { type: 'end'; plugin: string; taps: number }
  | { type: 'failed'; error: ErrorReport };

/** Runs in a process of its own; see `bin/run-examples.js`. */
export async function answer({ entry, options, knownPlugins, approved }: ExampleRequest): Promise<void> {
  let last: ExampleMessage;
  try {
    const { plugin, taps } = await runExamples(await toSource(entry, approved), {
      options, knownPlugins, tools: await readTools(),
      onStart: (example) => tell({ type: 'start', example }),
      onResult: (result) => tell({ type: 'result', result }),
    });
    last = { type: 'end', plugin, taps };
  } catch (error) {
    last = { type: 'failed', error: toErrorReport(error) };
  }
  await tell(last);
  process.exit(0); // Whatever the plugin has left open ends here.
}

/** @returns once the message has left, so that whatever comes next may hang */
function tell(message: ExampleMessage): Promise<void> {
  return new Promise((resolve, reject) => process.send!(message, (error: Error | null) => (error === null ? resolve() : reject(error))));
}

/** @throws PithError PLUGIN_LOAD_FAILED, PLUGIN_INVALID */
async function toSource(entry: string, approved: ExampleRequest['approved']): Promise<PluginSource> {
  const isFolder = await stat(entry).then((found) => found.isDirectory(), (error: Error) => {
    throw new PithError(`${entry} cannot be read: ${error.message}`, { code: 'PLUGIN_LOAD_FAILED', cause: error });
  });
  if (!isFolder) {
    const closure = new Closure(approved === undefined ? userRules(dirname(entry)) : toRules(approved));
    const name = basename(entry, extname(entry));
    return { name, from: entry, load: () => closure.import(entry).catch((error: unknown) => { throw toLoadError(error, { file: entry, closure, source: name }); }) };
  }
  const { name, version, pith } = JSON.parse(await readFile(join(entry, 'package.json'), 'utf8')) as { name: string; version: string; pith?: { plugin?: string; kernel?: string; capabilities?: string[]; guards?: boolean } };
  if (pith?.plugin === undefined) throw new PithError(`${name} is no plugin of pith: its package.json has no pith.plugin`, { code: 'PLUGIN_INVALID', plugin: name });
  const { plugin, kernel, capabilities = [], guards = false } = pith;
  return { name, version, from: entry, capabilities, guards, ...(kernel === undefined ? {} : { kernel }), load: () => import(pathToFileURL(join(entry, plugin)).href) };
}

function toRules({ root, files, links }: NonNullable<ExampleRequest['approved']>): LoadRules {
  return projectRules(root, { digests: new Map(Object.entries(files)), links: new Map(Object.entries(links)) });
}

/** What the calls of well-known tools touch is said by the tools themselves, where they are installed. */
async function readTools(): Promise<readonly ToolDeclaration[]> {
  try {
    const { default: plugin } = await import(import.meta.resolve('@pith/plugin-tools')) as { default: { tools?: readonly ToolDeclaration[] } };
    return plugin.tools ?? [];
  } catch {
    return []; // Taken out on purpose: examples then say what their calls touch.
  }
}
