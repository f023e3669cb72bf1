import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SAMPLE_ENDINGS, type SampleLanguage } from './make-sample.ts';

/**
 * The kinds of ctags that stand for what a map names. Not compared: fields, members of enums, locals, parameters, imports, the
 * name of Go's package, Rust's `impl`, properties of C#, what a map does not name either.
 */
const KINDS: Readonly<Record<SampleLanguage, string>> = {
  typescript: 'TypeScript=CcfgGimnav', javascript: 'JavaScript=CcfgmGSv', python: 'Python=cfmv', go: 'Go=cfinstvaT', rust: 'Rust=nsgitfPM', java: 'Java=acgim',
  c: 'C=dfgpstuv', cpp: 'C++=cdfgnpstuv', csharp: 'C#=cgimnst', ruby: 'Ruby=cfmSCAa', php: 'PHP=cdfint',
};

interface Tag { _type: string; name: string; line: number; kind: string; pattern: string; scopeKind?: string }

/** What universal-ctags finds in a text, as `name:line`. @returns nothing where it is not installed */
export async function readTags(language: SampleLanguage, text: string): Promise<string[] | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'pith-ctags-'));
  const file = join(folder, `sample.${SAMPLE_ENDINGS[language]}`);
  const kinds = KINDS[language].split('=');
  try {
    await writeFile(file, text);
    const { stdout } = await promisify(execFile)('ctags', ['--options=NONE', '--output-format=json', '--fields=+nKsZ', `--kinds-${kinds[0]}=${kinds[1]}`, '--sort=no', '-f', '-', file]);
    const tags = stdout.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Tag);
    return [...new Set(tags.filter(isCompared).map(({ name, line }) => `${name.replace(/ /g, '')}:${line}`))].sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Variables in a class or function are none of the top level, and ctags does not always say that they are in one; it makes up names for what has none. */
function isCompared({ name, kind, pattern, scopeKind }: Tag): boolean {
  if (/^(?:__)?anon/i.test(name)) return false;
  return !(['variable', 'constant'].includes(kind) && (['class', 'function', 'method', 'member'].includes(scopeKind ?? '') || (kind === 'constant' && /^\/\^\s/.test(pattern))));
}
