import { createInterface } from 'node:readline/promises';
import { type Answer, type Asker, toAnswer } from '@pith/kernel';
import type { Out } from './out.ts';
import { createStyle } from './progress.ts';
import { toPrompt, toQuestionText } from './question-text.ts';

export interface AskerOptions {
  err: Out;
  stdin: NodeJS.ReadStream;
  /** Leaves the terminal to the question. @returns ends that */
  pause: () => Promise<() => void>;
  color: boolean;
}

/** Asks at the terminal: for a yes or a no, for one of several options, or for a text. */
export function createTerminalAsker({ err, stdin, pause, color }: AskerOptions): Asker {
  return async (question, signal) => {
    const resume = await pause();
    await dropTypedAhead(stdin);
    await err.write(toQuestionText(question, err.stream.columns || 80, await createStyle(color)));
    const terminal = createInterface({ input: stdin, output: err.stream });
    // The terminal is in raw mode here, so that Ctrl-C is a key and no signal: it stops the turn as it does elsewhere.
    terminal.on('SIGINT', () => process.emit('SIGINT'));
    try {
      for (;;) {
        const answer = toAnswer(await terminal.question(toPrompt(question), { signal }), question);
        if (answer !== undefined) return answer;
      }
    } catch (error) {
      await err.write('\n'); // What comes next starts a line of its own.
      if ((error as { code?: unknown }).code !== 'ABORT_ERR' || signal.aborted) throw error;
      return question.kind === 'permission' ? { verdict: 'deny', text: 'the user closed the question' } : NO_ANSWER; // Ctrl-D.
    } finally {
      terminal.close();
      resume();
    }
  };
}

const NO_ANSWER: Answer = { verdict: 'deny' };

/** What was typed before the question was there is no answer to it: a stray return or `y` must not let anything run. */
async function dropTypedAhead(stdin: NodeJS.ReadStream): Promise<void> {
  if (!stdin.isTTY) return;
  const drop = (keys: Buffer | string): void => { if (keys.toString().includes('\u0003')) process.emit('SIGINT'); };
  stdin.setRawMode(true); // Also of a line that has no end yet.
  stdin.on('data', drop).resume();
  // Of the two, the second comes after the terminal was looked at.
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  stdin.pause().off('data', drop);
  stdin.setRawMode(false);
}
