import { createInterface } from 'node:readline/promises';
import { describe } from '@pith/kernel';
import { balancerError } from '../errors.ts';
import { toWord } from './shown.ts';

/**
 * Whoever removes an account says its name, so that no other one goes.
 * @param given by `--confirm`
 * @throws PithError ACCOUNT_NOT_REMOVED
 */
export async function confirmName(name: string, given: string | undefined, { input = process.stdin as NodeJS.ReadableStream & { isTTY?: boolean }, output = process.stderr as NodeJS.WritableStream } = {}): Promise<void> {
  const said = given ?? await askForName(`Its secret goes with it. To remove ${name}, type its name: `, { input, output });
  if (said === name) return;
  throw balancerError('ACCOUNT_NOT_REMOVED', said === undefined ? `Nobody is there to confirm that ${name} goes` : `${describe(said)} is not the name ${describe(name)}, so the account stays`, { hint: `pith accounts remove ${toWord(name)} --confirm ${toWord(name)}` });
}

/** @returns nothing where nobody can be asked */
export async function askForName(question: string, { input = process.stdin as NodeJS.ReadableStream & { isTTY?: boolean }, output = process.stderr as NodeJS.WritableStream } = {}): Promise<string | undefined> {
  if (input.isTTY !== true) return undefined;
  const reader = createInterface({ input, output });
  try {
    return (await Promise.race([reader.question(question), new Promise<string>((resolve) => { reader.once('close', () => resolve('')); })])).trim();
  } finally {
    reader.close();
  }
}
