import { setTimeout as wait } from 'node:timers/promises';
import { PithError } from '@pith/kernel';

/** What follows the Enter of a pasted text comes within this; left where it is, the shell would run it. */
const REST_MS = 60;
const INTERRUPT = '\u0003';
const END = '\u0004';
// oxlint-disable-next-line no-control-regex -- keys like the arrows come as such, and the marks around a pasted text
const KEYS = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|O[A-Z])/g;

type Terminal = Pick<NodeJS.ReadStream, 'setRawMode' | 'on' | 'off' | 'setEncoding' | 'resume' | 'pause'>;

/**
 * Asks for a text at the terminal and shows nothing of it, not even how long it is.
 * @returns all that came, with every line of a pasted text
 * @throws PithError INTERRUPTED
 */
export async function askHidden(prompt: string, input: Terminal = process.stdin, output: NodeJS.WritableStream = process.stderr): Promise<string> {
  let raw = '';
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const take = (text: string): void => {
    raw += text;
    if (raw.includes(INTERRUPT)) reject(new PithError('Nothing was stored', { code: 'INTERRUPTED' }));
    else if (/[\r\n]/.test(raw) || raw.startsWith(END)) resolve();
  };
  input.setRawMode(true); // Before the prompt: who sees it can rely on it.
  output.write(prompt);
  input.setEncoding('utf8');
  input.on('data', take);
  input.resume();
  try {
    await promise;
    for (let length = -1; length !== raw.length;) {
      length = raw.length;
      await wait(REST_MS);
    }
  } finally {
    input.off('data', take);
    input.setRawMode(false);
    input.pause();
    output.write('\n');
  }
  return toTyped(raw);
}

/** What a line editor would have made of it: Backspace and Ctrl-U count, other keys do not. */
export function toTyped(raw: string): string {
  const typed: string[] = [];
  for (const character of raw.replace(KEYS, '').replaceAll(/\r\n?/g, '\n').replaceAll(END, '')) {
    if (character === '\u007f' || character === '\b') typed.pop();
    else if (character === '\u0015') typed.length = 0;
    else typed.push(character);
  }
  return typed.join('');
}
