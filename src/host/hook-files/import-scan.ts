import { realpathSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { init, parse } from 'es-module-lexer';
import { PithError, toMessage } from '@pith/kernel';
import { readRegular } from '../read-regular.ts';
import { type Approval, digestOf, linkKey, toKey } from '../trust.ts';
import { HOST_MODULES } from './closure.ts';
import { isInside } from './load-rules.ts';
import { resolveImport, resolveRequire } from './resolve-import.ts';
import { stripTypes } from './strip-types.ts';

/** More than a person can mean to approve. */
const FILES_MAX = 2000;
const REQUIRE = /\brequire\s*\(\s*(?:'([^'\n]+)'|"([^"\n]+)"|`([^`$\n]+)`)\s*\)/g;

/** The files below a project that would be loaded, found without running any of them. */
export class ImportScan {
  /** By path relative to the project; in the order they were found. */
  readonly files = new Map<string, { bytes: Buffer; digest: string }>();
  /** Where imports lead, by `linkKey`. */
  readonly links = new Map<string, string>();
  /** Imports that lead out of the project, and so are not loaded. */
  readonly outside: { from: string; to: string }[] = [];
  readonly #root: string;

  /** @param root links resolved */
  constructor(root: string) {
    this.#root = root;
  }

  get approval(): Approval {
    return { digests: new Map([...this.files].map(([file, { digest }]) => [file, digest])), links: this.links };
  }

  /**
   * Adds a file and what it imports, statically, by literal dynamic imports, and by require.
   * @returns the keys of the files that are new, the given one first
   * @throws PithError HOOK_FILE_INVALID
   */
  async add(entry: string): Promise<string[]> {
    await init;
    const found: string[] = [];
    const waiting = [entry];
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
      const key = toKey(file, [this.#root]);
      if (this.files.has(key)) continue;
      if (this.files.size >= FILES_MAX) throw new PithError(`The hook files import more than ${FILES_MAX} files of this project, which nobody can look through`, { code: 'HOOK_FILE_INVALID', hint: 'Import less, or bundle what they need into one file.' });
      const content = readRegular(file);
      if (content === undefined) throw new PithError(`${key} is not there, or no file that can be read`, { code: 'HOOK_FILE_INVALID', hint: 'Mend the path that leads to it.' });
      this.files.set(key, { bytes: content.bytes, digest: digestOf(content.bytes) });
      found.push(key);
      waiting.push(...this.#importsOf(file, content.bytes.toString()).reverse());
    }
    return found;
  }

  /** A file that takes effect without being loaded as code. */
  addPlain(key: string, bytes: Buffer): void {
    this.files.set(key, { bytes, digest: digestOf(bytes) });
  }

  #importsOf(file: string, text: string): string[] {
    if (!/\.[cm]?[jt]s$/.test(file)) return [];
    const { imports, requires } = this.#specifiersOf(file, text);
    const from = toKey(file, [this.#root]);
    const targets = [...imports.map((name) => ['import', name, resolveImport(name, file)] as const), ...requires.map((name) => ['require', name, resolveRequire(name, file)] as const)];
    return targets.flatMap(([kind, name, target]) => {
      const real = target === undefined ? undefined : realpath(target);
      if (real === undefined || real.endsWith('.node')) return [];
      if (!isInside(this.#root, real)) {
        this.outside.push({ from, to: real });
        return [];
      }
      this.links.set(linkKey(kind, from, name), toKey(real, [this.#root]));
      return [real];
    });
  }

  #specifiersOf(file: string, text: string): { imports: string[]; requires: string[] } {
    const requires = [...text.matchAll(REQUIRE)].map((match) => match[1] ?? match[2] ?? match[3]!);
    try {
      const [found] = parse(/ts$/.test(file) ? stripTypes(text) : text, file);
      const imports = found.flatMap(({ specifier }) => (specifier === undefined || specifier === null || HOST_MODULES.has(specifier) ? [] : [specifier]));
      return { imports, requires };
    } catch (error) {
      // A package may hold what only other programs read; a project's own mistake is said.
      if (file.includes(`${sep}node_modules${sep}`)) return { imports: [], requires };
      const line = /^[^\n]*:(\d+)\n/.exec((error as Error).stack ?? '')?.[1] ?? /:(\d+):\d+$/.exec(toMessage(error))?.[1];
      throw new PithError(`${relative(this.#root, file)}${line === undefined ? '' : `:${line}`}: ${toMessage(error)}`, { code: 'HOOK_FILE_INVALID', cause: error, hint: 'Mend the file; hook files are JavaScript, or TypeScript whose types can be erased.' });
    }
  }
}

function realpath(file: string): string | undefined {
  try {
    return realpathSync(file);
  } catch {
    return undefined; // Named, but not there.
  }
}
