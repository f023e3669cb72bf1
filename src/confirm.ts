import { createInterface } from 'node:readline/promises';

/** Asks at the terminal; anything but a clear yes is a no. */
export async function confirm(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new Promise<string>((resolve) => { lines.once('close', () => resolve('')); });
  const answer = await Promise.race([lines.question(`${question} [y/N] `), closed]);
  lines.close();
  return /^y(?:es)?$/i.test(answer.trim());
}
