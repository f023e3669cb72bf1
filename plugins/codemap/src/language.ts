import { extname } from 'node:path';

/** The languages that are read, by the endings of their files. A header may be of C or C++: what reads the latter reads both. */
const ENDINGS = {
  typescript: ['.ts', '.mts', '.cts'],
  tsx: ['.tsx'],
  javascript: ['.js', '.mjs', '.cjs', '.jsx'],
  python: ['.py', '.pyi'],
  go: ['.go'],
  rust: ['.rs'],
  java: ['.java'],
  c: ['.c'],
  cpp: ['.h', '.cpp', '.cc', '.cxx', '.hpp', '.hh', '.hxx'],
  csharp: ['.cs'],
  ruby: ['.rb', '.rake'],
  php: ['.php'],
} as const;
export type Language = keyof typeof ENDINGS;
export const LANGUAGES = Object.keys(ENDINGS) as Language[];

const BY_ENDING = new Map(LANGUAGES.flatMap((language) => ENDINGS[language].map((ending): [string, Language] => [ending, language])));

/** @returns nothing for a file of another language */
export function languageOf(path: string): Language | undefined {
  return BY_ENDING.get(extname(path).toLowerCase());
}
