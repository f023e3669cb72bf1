import { EXIT, isPithError, PithError } from '@pith/kernel';
import { cliErrorExit, toFlagSentence } from '../oclif-errors.ts';
import { toFailedEnvelope } from './envelope.ts';

/** Prints the JSON envelope where the command line asks for it, though it cannot be read. @returns whether it did */
export function sayCommandFailure(error: Error, argv: readonly string[]): boolean {
  if (!asksForJson(argv)) return false;
  const known = isPithError(error) ? error : new PithError(toFlagSentence(error.message), { code: 'FLAG_INVALID', exitCode: cliErrorExit(error) === undefined ? EXIT.failed : EXIT.usage, hint: 'pith run --help shows what is allowed.' });
  process.stdout.write(`${JSON.stringify(toFailedEnvelope(known, 0))}\n`);
  process.exitCode = known.exitCode;
  return true;
}

function asksForJson(argv: readonly string[]): boolean {
  return argv.some((word, index) => word === '--json' || word === '--output=json' || word === '-ojson' || ((word === '--output' || word === '-o') && argv[index + 1] === 'json'));
}
