import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute, resolve, sep } from 'node:path';
import type { Handler } from './handler.ts';

/** What interpreters take for a program. */
const SCRIPT = /\.(?:sh|bash|zsh|fish|ksh|py|pyw|js|mjs|cjs|ts|mts|cts|rb|pl|php|lua|r|ps1|psm1|bat|cmd|exe|jar)$/i;
const PROJECT = /\$\{CLAUDE_PROJECT_DIR(?::-[^}]*)?\}|\$CLAUDE_PROJECT_DIR\b|%CLAUDE_PROJECT_DIR%|\$env:CLAUDE_PROJECT_DIR\b/g;
/** What separates words of a command line, quotes included: a path in quotes is found whole and in its parts. */
const BREAK = /["'`\s;|&()<>=]+/;

/**
 * The scripts of the project that a hook's command names: what would run, as far as the command line tells. They take effect
 * only with the content that a person has trusted.
 * @param root the project's folder; `cwd` where the command starts
 */
export function namedFiles({ command, args = [] }: Pick<Handler, 'command' | 'args'>, { root, cwd }: { root: string; cwd: string }): string[] {
  const found = new Set<string>();
  for (const part of [command ?? '', ...args]) {
    const whole = part.replace(PROJECT, root);
    const quoted = [...whole.matchAll(/"([^"]*)"|'([^']*)'/g)].map(([, double, single]) => double ?? single ?? '');
    // Quotes may also stand around a part of a word: "$CLAUDE_PROJECT_DIR"/x.sh
    for (const word of [whole, ...quoted, ...whole.split(BREAK), ...whole.replaceAll(/["']/g, '').split(/[\s;|&()<>]+/)]) {
      for (const base of new Set([cwd, root])) {
        const path = toScript(word, base, root);
        if (path !== undefined) found.add(path);
      }
    }
  }
  return [...found].sort();
}

function toScript(word: string, base: string, root: string): string | undefined {
  if (word === '' || word.length > 4096 || word.includes('\0')) return undefined;
  const path = isAbsolute(word) ? resolve(word) : resolve(base, word);
  if (!path.startsWith(root.endsWith(sep) ? root : root + sep)) return undefined;
  try {
    if (!statSync(path).isFile()) return undefined;
    if (SCRIPT.test(path) || path.includes(`${sep}.claude${sep}`)) return path;
    accessSync(path, constants.X_OK);
    return path;
  } catch {
    return undefined; // Not there, or nothing that runs.
  }
}
