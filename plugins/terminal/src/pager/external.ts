import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { childEnvironment, type ChildRules } from '@pith/child';
import { PithError } from '@pith/kernel';
import { toSafe } from '@pith/screen';
import type { PagerText } from './text.ts';

export interface ExternalPager {
  /** The program and its arguments, as `less -R` at spaces: no shell reads it. */
  command: string;
  text: PagerText;
  /** Of this process; the child gets it without credentials. */
  env: Readonly<Record<string, string | undefined>>;
  childRules: ChildRules;
  cwd: string;
  /** The terminal knows no UTF-8. */
  ascii?: boolean;
}

/**
 * Shows a text in a program of the person's. It gets plain text in which nothing steers a terminal, and reads keys from the terminal itself.
 * @throws PithError FLAG_INVALID where there is no such program
 */
export async function runExternalPager({ command, text, env, cwd, childRules, ascii = false }: ExternalPager): Promise<void> {
  const [program = '', ...args] = command.trim().split(/\s+/);
  const child = spawn(program, args, { stdio: ['pipe', 'inherit', 'inherit'], env: childEnvironment(env, childRules), cwd });
  const ended = once(child, 'exit').catch((cause: unknown) => {
    throw new PithError(`The pager ${JSON.stringify(program)} could not be started`, { code: 'FLAG_INVALID', cause, hint: 'Set the option pager of the plugin terminal to a program that is installed, or take it out for the pager of pith.' });
  });
  const lines = function* (): Generator<string> {
    for (let index = 0; index < text.length; index++) yield `${toSafe(text.plain(index), { lines: true, ascii })}\n`;
  };
  const written = pipeline(Readable.from(lines()), child.stdin).catch((error: NodeJS.ErrnoException) => {
    // Whoever leaves a pager before the end has seen enough; one that never began is told of by `ended`.
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
  await Promise.all([ended, written]);
}
