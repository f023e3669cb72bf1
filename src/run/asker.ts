import { createInterface } from 'node:readline/promises';
import { type Answer, type Asker, escapeControl } from '@pith/kernel';
import type { Out } from './out.ts';

/** Asks at the terminal. The whole command is shown, whatever its length. */
export function createTerminalAsker(err: Out, stdin: NodeJS.ReadStream, settle: () => Promise<void>): Asker {
  return async (question, signal) => {
    await settle();
    const reasons = question.reasons.map((reason) => `  ${escapeControl(reason)}\n`).join('');
    await err.write(`\n${escapeControl(question.title)}\n${indent(escapeControl(question.body, { lines: true }))}${reasons}`);
    const terminal = createInterface({ input: stdin, output: err.stream });
    // The terminal is in raw mode here, so that Ctrl-C is a key and no signal: it stops the turn as it does elsewhere.
    terminal.on('SIGINT', () => process.emit('SIGINT'));
    try {
      return toAnswer(await terminal.question(`[y] once  [s] for this session${question.rule === undefined ? '' : `: ${escapeControl(question.rule)}`}  [n] no, or type a reason: `, { signal }));
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ABORT_ERR' && !signal.aborted) return { verdict: 'deny', text: 'the user closed the question' }; // Ctrl-D.
      await err.write('\n'); // What comes next starts a line of its own.
      throw error;
    } finally {
      terminal.close();
    }
  };
}

function toAnswer(line: string): Answer {
  const word = line.trim().toLowerCase();
  if (word === 'y' || word === 'yes') return { verdict: 'allow', scope: 'once' };
  if (word === 's') return { verdict: 'allow', scope: 'session' };
  return { verdict: 'deny', text: word === '' || word === 'n' || word === 'no' ? 'the user said no' : line.trim() };
}

function indent(text: string): string {
  return `${text.split('\n').map((line) => `  ${line}`).join('\n')}\n`;
}
