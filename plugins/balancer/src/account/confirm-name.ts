import { createInterface } from 'node:readline';
import { describe, PithError } from '@pith/kernel';
import { balancerError } from '../errors.ts';
import { toWord } from './shown.ts';

/**
 * Whoever removes an account says its name, so that no other one goes.
 * @param given by `--confirm`
 * @throws PithError ACCOUNT_NOT_REMOVED, INTERRUPTED
 */
export async function confirmName(name: string, given: string | undefined, { input = process.stdin as NodeJS.ReadableStream & { isTTY?: boolean }, output = process.stderr as NodeJS.WritableStream } = {}): Promise<void> {
  const said = given ?? await askForName(`Its secret goes with it. To remove ${name}, type its name: `, { input, output });
  if (said === name) return;
  throw balancerError('ACCOUNT_NOT_REMOVED', said === undefined ? `Nobody is there to confirm that ${name} goes` : `${describe(said)} is not the name ${describe(name)}, so the account stays`, { hint: `pith accounts remove ${toWord(name)} --confirm ${toWord(name)}` });
}

/** @returns nothing where nobody can be asked @throws PithError INTERRUPTED */
export async function askForName(question: string, { input = process.stdin as NodeJS.ReadableStream & { isTTY?: boolean }, output = process.stderr as NodeJS.WritableStream } = {}): Promise<string | undefined> {
  if (input.isTTY !== true) return undefined;
  const reader = createInterface({ input, output });
  const { promise: typed, resolve, reject } = Promise.withResolvers<string>();
  reader.once('line', resolve).once('close', () => resolve('')).once('SIGINT', () => reject(new PithError('Nothing was removed', { code: 'INTERRUPTED' })));
  reader.setPrompt(question);
  reader.prompt();
  try {
    return (await typed).trim();
  } finally {
    reader.close();
  }
}
