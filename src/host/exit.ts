import { EXIT, escapeControl, exitProcess, isPithError, nearest, PithError, toErrorReport } from '@pith/kernel';
import { findBringer } from './missing-plugins.ts';
import { toPrintSentence, toTaskHint } from './task-hint.ts';
import { cliErrorExit, isQuietExit, toFlagSentence } from './oclif-errors.ts';

export { toFlagSentence };

/** Ends the process once everything written has left it. Open handles of plugins do not keep it. */
export async function exitWith(code: number | string): Promise<never> {
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise<void>((resolve) => {
    if (stream.destroyed || stream.errored || stream.writableLength === 0) resolve();
    else stream.write('', () => resolve());
  })));
  const { errored } = process.stdout;
  if (errored == null || (errored as NodeJS.ErrnoException).code === 'EPIPE' || (errored as NodeJS.ErrnoException).code === 'ERR_STREAM_DESTROYED') return exitProcess(Number(code));
  // `run` has said so already; whoever else writes has not looked.
  if (Number(code) === EXIT.ok) process.stderr.write(`pith: Standard output cannot be written: ${escapeControl(errored.message)}\n`);
  return exitProcess(Number(code) === EXIT.ok ? EXIT.failed : Number(code));
}

/**
 * Says an error to a person: what failed, and what to type next.
 * @param commandIds the commands that there are, for an unknown one
 * @returns the exit code
 */
export function printError(error: unknown, argv: readonly string[], commandIds: readonly string[]): number {
  if (isQuietExit(error)) return cliErrorExit(error) ?? EXIT.ok;
  const known = isPithError(error) ? error : toCommandError(error, argv, commandIds);
  if (known === undefined) {
    // What the system refuses is no bug, so that a stack would only be in the way.
    const said = !(error instanceof Error) ? String(error) : 'syscall' in error ? error.message : error.stack ?? error.message;
    process.stderr.write(`pith: ${escapeControl(said, { lines: true })}\n`);
    return EXIT.failed;
  }
  process.stderr.write(`pith: ${escapeControl(formatError(known), { lines: true })}\n`);
  return known.exitCode;
}

export function formatError(error: PithError): string {
  const { message, hint } = toErrorReport(error);
  const sentence = /[.!?]$/.test(message) ? message : `${message}.`;
  return hint === undefined ? sentence : `${sentence}\n${hint}`;
}

/** oclif's own errors are about the command line; an unknown command gets the nearest names. */
function toCommandError(error: unknown, argv: readonly string[], commandIds: readonly string[]): PithError | undefined {
  const exitCode = cliErrorExit(error);
  if (exitCode === undefined || !(error instanceof Error)) return undefined;
  const unknown = /^command (.+) not found$/.exec(error.message)?.[1];
  if (unknown === undefined) {
    const command = commandOf(argv, commandIds);
    const printed = command === 'chat' || command === 'run' ? toPrintSentence(error.message, argv.filter((word, index) => index > 0 && !/^(?:-p|--print|--prompt)$/.test(word))) : undefined;
    if (printed !== undefined) return new PithError(printed, { code: 'FLAG_INVALID', exitCode: EXIT.usage, hint: 'pith run --help shows what it takes.' });
    return new PithError(toFlagSentence(error.message), { code: 'FLAG_INVALID', exitCode: EXIT.usage, hint: `pith ${command}${command === '' ? '' : ' '}--help shows what is allowed.` });
  }
  const names = commandIds.map((id) => id.replaceAll(':', ' '));
  // oclif takes everything up to the first flag for the name; a topic's name is the part of it that exists.
  const words = unknown.split(':');
  if (names.includes(words[0]!) && !names.some((known) => known.startsWith(`${words[0]} `))) return new PithError(`pith ${words[0]} takes no words; found ${JSON.stringify(words.slice(1).join(' '))}`, { code: 'FLAG_INVALID', exitCode: EXIT.usage, hint: `pith ${words[0]} --help shows what is allowed.` });
  const isTopic = names.some((known) => known.startsWith(`${words[0]} `));
  // Words in quotes are one: no command has a space in it.
  const name = isTopic ? words.slice(0, 2).join(' ') : argv[0]?.includes(' ') ? argv[0] : words[0]!;
  const near = name === argv[0] && name.includes(' ') ? [] : nearest(name, names);
  const bringer = findBringer(words[0]!, names);
  if (bringer !== undefined) return new PithError(`There is no command ${JSON.stringify(name)} here: the plugin ${bringer} brings it`, { code: 'COMMAND_UNKNOWN', exitCode: EXIT.usage, hint: `pith plugins install ${bringer}` });
  const others = near.length > 0 ? `Did you mean: pith ${near.join(', pith ')}? All commands: pith --help` : 'pith --help lists all commands.';
  const isTask = !isTopic && (near.length === 0 || words.length > 1);
  return new PithError(`There is no command ${JSON.stringify(name)}`, { code: 'COMMAND_UNKNOWN', exitCode: EXIT.usage, hint: isTask ? `${toTaskHint(argv)} ${others}` : others });
}

/** The command that is typed there: the longest name that the words begin with. */
function commandOf(argv: readonly string[], commandIds: readonly string[]): string {
  const words = argv.filter((word) => !word.startsWith('-'));
  const longest = Math.max(1, ...commandIds.map((id) => id.split(':')).filter((name) => name.every((word, index) => words[index] === word)).map((name) => name.length));
  return words.slice(0, longest).join(' ');
}
