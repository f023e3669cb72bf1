import { createRequire, type LoadHookContext, type LoadFnOutput, registerHooks, type ResolveFnOutput, type ResolveHookContext } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { compileFunction } from 'node:vm';
import { PithError } from '@pith/kernel';
import { readRegular } from '../read-regular.ts';
import type { LoadRules } from './load-rules.ts';

/** Imports of these lead to the host's own copies (bin/main.js). */
export const HOST_MODULES = new Set(['@pith/kernel', '@pith/kernel/testing', '@oclif/core']);
const MARK = 'pith-hooks';
const MODULE_SYNTAX = /^\s*(?:import\b(?!\s*\()|export\b)/m;

const closures = new Map<string, Closure>();
/** By file, since a `require` does not carry the mark of whoever it is in. */
const owners = new Map<string, Closure>();
let hooks: object | undefined;

/**
 * Some files and everything that they import, directly or not, also later: loaded by Node, under rules. The addresses of
 * its modules carry a mark of its own, so that another closure loads all of them anew.
 */
export class Closure {
  readonly rules: LoadRules;
  /** Each file that was loaded, with its stamp at that time. */
  readonly files = new Map<string, string>();
  readonly #mark: string;

  constructor(rules: LoadRules) {
    this.rules = rules;
    this.#mark = String(closures.size + 1);
    closures.set(this.#mark, this);
    hooks ??= registerHooks({ resolve, load });
    // Scripts are kept by path, without the mark.
    const { cache } = createRequire(import.meta.url);
    for (const file of owners.keys()) delete cache[file];
  }

  /** The same file is evaluated once in a closure. */
  import(file: string): Promise<Record<string, unknown>> {
    return import(this.mark(pathToFileURL(file).href)) as Promise<Record<string, unknown>>;
  }

  mark(address: string): string {
    const url = new URL(address);
    url.searchParams.set(MARK, this.#mark);
    return url.href;
  }
}

function resolve(specifier: string, context: ResolveHookContext, next: (specifier: string, context?: Partial<ResolveHookContext>) => ResolveFnOutput): ResolveFnOutput {
  const entered = markedBy(specifier);
  const closure = entered ?? ownerOf(context.parentURL);
  if (closure === undefined || HOST_MODULES.has(specifier)) return next(specifier, context);
  const found = next(specifier, context);
  const file = toFile(found.url);
  const from = entered === undefined ? { file: toFile(context.parentURL!)!, specifier, kind: [...context.conditions].includes('require') ? 'require' as const : 'import' as const } : undefined;
  if (!closure.rules.owns({ url: found.url, file }, from)) return found;
  owners.set(file!, closure);
  return { ...found, url: closure.mark(found.url) };
}

/** What is evaluated is what was checked: the file is read once. */
function load(url: string, context: LoadHookContext, next: (url: string, context?: Partial<LoadHookContext>) => LoadFnOutput): LoadFnOutput {
  const closure = markedBy(url);
  const file = toFile(url);
  if (closure === undefined || file === undefined) return next(url, context);
  const found = readRegular(file);
  if (found === undefined) throw new PithError(`${file} is not there, or no file that can be read`, { code: 'HOOK_FILE_INVALID', hint: 'Mend the path.' });
  const { bytes, stamp } = found;
  closure.files.set(file, stamp);
  closure.rules.check(file, bytes);
  return { format: context.format ?? guessFormat(file, bytes), source: bytes, shortCircuit: true };
}

/** Where neither name nor package.json tells a module from a script. Node would find out by itself, with a warning each time. */
function guessFormat(file: string, bytes: Buffer): string {
  if (!/\.[jt]s$/.test(file)) throw new PithError(`${file} is of a kind that Node does not load`, { code: 'HOOK_FILE_INVALID', hint: 'Import .ts, .js and .json files.' });
  const isTypeScript = file.endsWith('.ts');
  const text = bytes.toString();
  const kind = MODULE_SYNTAX.test(text) && (isTypeScript || !isScript(text)) ? 'module' : 'commonjs';
  return isTypeScript ? `${kind}-typescript` : kind;
}

/** A script may well hold such a line, in a text for instance. */
function isScript(text: string): boolean {
  try {
    compileFunction(text, ['exports', 'require', 'module', '__filename', '__dirname']);
    return true;
  } catch {
    return false; // What is neither is said when it is loaded as a module.
  }
}

function markedBy(address: string): Closure | undefined {
  const mark = address.startsWith('file:') ? new URL(address).searchParams.get(MARK) : null;
  return mark === null ? undefined : closures.get(mark);
}

function ownerOf(parent: string | undefined): Closure | undefined {
  return parent === undefined ? undefined : markedBy(parent) ?? owners.get(toFile(parent) ?? '');
}

function toFile(address: string): string | undefined {
  return address.startsWith('file:') ? fileURLToPath(address) : undefined;
}
