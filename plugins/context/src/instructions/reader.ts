import { createHash } from 'node:crypto';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { escapeControl } from '@pith/kernel';
import { isWithin, lookAt, toSlashes } from '@pith/files';
import { expandBraces, matchesGlob } from '../glob.ts';
import { fitInto, withoutDoubles } from './fit.ts';
import { readRuleHead } from './front-matter.ts';
import { findImports, type Import, withoutImports } from './imports.ts';
import type { Instruction, Instructions, WaitingRule } from './instruction.ts';
import { lookAtFile } from './look.ts';
import { readProse } from './markdown.ts';
import { toName } from './name.ts';
import { type Candidate, type Level, listRules, type Owner } from './places.ts';
import { type FileText, readFile } from './read-file.ts';

/** How far imports of imports are followed. */
export const MAX_DEPTH = 4;
/** Of all files together. */
const MAX_TOTAL_BYTES = 256 * 1024;
const MAX_NOTICES = 20;
/** Of all files together. */
const MAX_IMPORTS = 200;
/** Of all rules together, each alternative in braces as one: all of them are tried for each file that is read. */
const MAX_PATTERNS = 1000;

/** What others say of a file. */
export interface Judges {
  /** Whether a person has approved this file with exactly this text. */
  isTrusted(file: { path: string; text: string; /** The folder whose instructions it belongs to. */ folder: string }): Promise<boolean>;
  /** Why a rule does not let a file be read; `isInside` says that it lies where reads need no question. */
  whyForbidden(place: string, isInside: boolean): Promise<string | undefined>;
}

export interface ReaderSetup {
  cwd: string;
  home: string | undefined;
  judges: Judges;
  /** Patterns of files that are passed over: from the working folder, or from `/`. */
  exclude: readonly string[];
  /** Tests give another one. */
  own?: Owner;
}

/** A file with what led to it. `patterns` are of the rule that imports it. */
interface Asked { path: string; level: Level; bound: string | undefined; base: string; isRule: boolean; chain: readonly Instruction[]; patterns?: readonly string[] | undefined }

/** Reads files of instructions and what they import. What it looked at is kept, so that a change is noticed without reading. */
export class InstructionReader {
  readonly looks = new Map<string, string>();
  readonly #setup: ReaderSetup;
  readonly #files: Instruction[] = [];
  readonly #waiting: WaitingRule[] = [];
  readonly #notices = new Set<string>();
  /** Files that were read, whoever asked for them: what imports each other in all ways is read once. */
  readonly #places = new Set<string>();
  /** Unless they are asked for from nearer, too. */
  readonly #tooDeep = new Map<string, string>();
  #imports = 0;
  #patterns = 0;

  constructor(setup: ReaderSetup) {
    this.#setup = setup;
  }

  async read(candidates: readonly Candidate[]): Promise<Instructions> {
    for (const candidate of candidates) {
      const { path, kind } = candidate;
      if (kind === 'file') {
        if (this.#find(path)) await this.#readFile(candidate, false);
        continue;
      }
      if (!this.#find(path)) continue;
      const { files, folders, isCut } = listRules(path);
      for (const folder of folders) this.#look(folder);
      if (isCut) this.#say(path, `holds more than ${files.length} rules; the others were passed over`);
      for (const file of files) {
        this.#look(file);
        await this.#readFile({ ...candidate, path: file }, true);
      }
    }
    const { files, cut } = fitInto(withoutDoubles(this.#files), MAX_TOTAL_BYTES);
    for (const { path, isGone } of cut) this.#say(path, `${isGone ? 'was left out' : 'was cut'}: the instructions are longer than ${MAX_TOTAL_BYTES / 1024} KiB in all`);
    const notices = [...this.#notices, ...[...this.#tooDeep].flatMap(([place, notice]) => (this.#places.has(place) ? [] : [notice]))];
    const more = notices.length - MAX_NOTICES;
    return { files, waiting: this.#waiting, notices: more > 0 ? [...notices.slice(0, MAX_NOTICES), `${more} more files of instructions could not be used.`] : notices };
  }

  async #readFile(candidate: Candidate, isRule: boolean): Promise<void> {
    const { path, level, bound, base } = candidate;
    if (this.#isExcluded(path)) return;
    const read = await readFile({ path, level, bound, isImport: false, own: this.#setup.own, whyForbidden: (place) => this.#setup.judges.whyForbidden(place, bound !== undefined) });
    if ('why' in read) {
      if (!read.isMissing) this.#say(path, `${read.why}; it was passed over`);
      return;
    }
    await this.#take({ path, level, bound, base, isRule, chain: [] }, read);
    if (read.cut !== undefined) this.#say(path, 'is long: only its beginning is told to the model');
  }

  async #take({ path, level, bound, base, isRule, chain, patterns }: Asked, { text: whole, raw, place, cut }: FileText): Promise<void> {
    const { body, paths = patterns, trouble } = isRule ? readRuleHead(whole) : { body: whole };
    if (trouble !== undefined) {
      this.#say(path, `was passed over: ${trouble}`);
      return;
    }
    if (paths === undefined) this.#places.add(place);
    else if (patterns === undefined && (this.#patterns += paths.reduce((sum, path) => sum + expandBraces(path).length, 0)) > MAX_PATTERNS) {
      this.#say(path, `was passed over: the rules before it have ${MAX_PATTERNS} paths already`);
      return;
    }
    const { text, prose } = readProse(body);
    const imports = findImports(prose);
    const said = escapeControl(imports.length > 0 && withoutImports(prose) === '' ? '' : text.trim(), { lines: true });
    const instruction: Instruction = {
      path, level, place, name: toName(path, this.#setup), text: cut === undefined ? said : `${said}\n${cut}`, digest: createHash('sha256').update(said).digest('hex'),
      ...(chain.length === 0 ? {} : { importedBy: chain.at(-1)!.name }),
    };
    if (said !== '') {
      if (paths === undefined) this.#files.push(instruction);
      else this.#waiting.push({ ...instruction, patterns: paths, base });
    }
    for (const one of imports) await this.#import(one, { raw, bound, base, chain: [...chain, instruction], patterns: paths });
  }

  async #import({ path: written, isClear }: Import, { raw, bound, base, chain, patterns }: Pick<Asked, 'bound' | 'base' | 'chain' | 'patterns'> & { raw: string }): Promise<void> {
    const from = chain.at(-1)!;
    const path = this.#resolve(written, from);
    const stats = path === undefined ? undefined : this.#look(path);
    if (path === undefined || stats === undefined || stats.isDirectory() || (!isClear && !stats.isFile())) {
      if (isClear) this.#notices.add(`${from.name} imports @${escapeControl(written)}, ${stats === undefined ? 'which is not there' : 'which is a folder, not a file'}.`);
      return;
    }
    if (++this.#imports > MAX_IMPORTS) {
      this.#notices.add(`More than ${MAX_IMPORTS} files are imported; ${from.name} and what comes after it import nothing more.`);
      return;
    }
    const { whyForbidden, isTrusted } = this.#setup.judges;
    let reach = { level: from.level, bound };
    let read = await readFile({ path, ...reach, isImport: true, whyForbidden: (place) => whyForbidden(place, bound !== undefined) });
    if ('why' in read && read.isOutside) {
      if (from.level !== 'project' || !await isTrusted({ path: from.path, text: raw, folder: base })) {
        const way = from.level === 'project' ? `this project; it was left out. To let it in, look at both files, then: pith trust${base === this.#setup.cwd ? '' : ` ${escapeControl(base)}`}` : 'its own folder; it was left out.';
        this.#notices.add(`${from.name} imports @${escapeControl(written)}, which is outside of ${way}`);
        return;
      }
      // A person has said yes to this very import; from here on it is their own file.
      reach = { level: 'user', bound: undefined };
      read = await readFile({ path, ...reach, isImport: true, whyForbidden: (place) => whyForbidden(place, false) });
    }
    if ('why' in read) {
      this.#say(path, `${read.why}; it was passed over`, from.name);
      return;
    }
    const { place } = read;
    const begin = chain.findIndex((each) => each.place === place);
    if (begin !== -1) {
      const round = [...chain.slice(begin).map(({ name }) => name), toName(path, this.#setup)];
      this.#notices.add(`${round[0]} imports itself: ${round.join(' → ')}; the last of them was left out.`);
      return;
    }
    if (chain.length > MAX_DEPTH) {
      this.#tooDeep.set(place, `${from.name} imports @${escapeControl(written)}, which is more than ${MAX_DEPTH} imports deep; it was left out.`);
      return;
    }
    if (!this.#places.has(place)) await this.#take({ path, ...reach, base, isRule: false, chain, patterns }, read);
  }

  /** From the folder of the file as it is named, else from where it lies. */
  #resolve(written: string, { path, place }: Instruction): string | undefined {
    if (written.startsWith('~/')) return this.#setup.home === undefined ? undefined : join(this.#setup.home, written.slice(2));
    if (isAbsolute(written)) return resolve(written);
    const named = resolve(dirname(path), written);
    return this.#look(named) === undefined && dirname(place) !== dirname(path) ? resolve(dirname(place), written) : named;
  }

  #look(path: string): ReturnType<typeof lookAtFile>['stats'] {
    const { stats, stamp } = lookAtFile(path);
    this.looks.set(path, stamp);
    return stats;
  }

  /** Whether something is there. Most places are empty, which is nothing to speak of; a link that leads nowhere is. */
  #find(path: string): boolean {
    if (this.#look(path) !== undefined) return true;
    if (this.looks.get(path) !== '') this.#say(path, `may not be looked at (${this.looks.get(path)}); it was passed over`);
    else if (lookAt(path)?.isSymbolicLink()) this.#say(path, 'is a link that leads nowhere; it was passed over');
    return false;
  }

  #isExcluded(path: string): boolean {
    const { cwd, exclude } = this.#setup;
    const names = [toSlashes(path).replace(/^\//, ''), ...(isWithin(path, cwd) ? [toSlashes(relative(cwd, path))] : [])];
    return exclude.some((pattern) => names.some((name) => matchesGlob(name, pattern)));
  }

  #say(path: string, what: string, importer?: string): void {
    const name = toName(path, this.#setup);
    this.#notices.add(`${importer === undefined ? `${name} ${what}` : `${importer} imports ${name}, which ${what}`}.`);
  }
}
