import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isPithError, PithError, toMessage } from '@pith/kernel';
import type { Closure } from './closure.ts';
import { stripTypes } from './strip-types.ts';

const UNSUPPORTED = 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX';

/**
 * Why a file could not be imported, in one sentence with file and line.
 * @param source the name under which the kernel knows it, so that the sentence stays as it is
 */
export function toLoadError(error: unknown, { file, closure, source }: { file: string; closure: Closure; source: string }): PithError {
  if (isPithError(error)) {
    const { message, code, hint, exitCode } = error;
    return new PithError(message, { code, exitCode, cause: error, plugin: source, ...(hint === undefined ? {} : { hint }) });
  }
  const place = findPlace(error, closure);
  const shown = relative(closure.rules.root, place?.file ?? file) || file;
  const hint = (error as { code?: unknown } | null)?.code === UNSUPPORTED ? 'Node runs TypeScript by erasing its types: write a union or an object in place of an enum, and plain fields in place of parameter properties.' : undefined;
  return new PithError(`${shown}${place === undefined ? '' : `:${place.line}`}: ${toMessage(error).replaceAll(/\?pith-hooks=\d+/g, '')}`, {
    code: 'HOOK_FILE_INVALID', cause: error, plugin: source, ...(hint === undefined ? {} : { hint }),
  });
}

function findPlace(error: unknown, closure: Closure): { file: string; line: number } | undefined {
  const stack = error instanceof Error ? error.stack ?? '' : '';
  for (const [, address, line] of stack.matchAll(/(?:^|\(|at )((?:file:|\/|[A-Z]:\\)[^\n]*?):(\d+)(?=[:)\n])/gm)) {
    const file = address!.startsWith('file:') ? fileURLToPath(address!) : address!;
    if (closure.files.has(file)) return { file, line: Number(line) };
  }
  // V8 keeps the place of a mistake in a module to itself until the process ends with it.
  return error instanceof SyntaxError ? findMistake([...closure.files.keys()]) : undefined;
}

function findMistake(files: readonly string[]): { file: string; line: number } | undefined {
  for (const file of files.filter((name) => /\.[cm]?[jt]s$/.test(name)).reverse()) {
    try {
      stripTypes(readFileSync(file, 'utf8'));
    } catch (error) {
      const line = /^[^\n]*:(\d+)\n/.exec((error as Error).stack ?? '')?.[1];
      if (line !== undefined) return { file, line: Number(line) };
    }
  }
  return undefined;
}
