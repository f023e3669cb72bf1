import { createInterface } from 'node:readline/promises';
import { type Answer, type Asker, escapeControl, type Question } from '@pith/kernel';
import { wrap } from '../table.ts';
import type { Out } from './out.ts';

/** Narrower than this the terminal itself breaks the lines. */
const MIN_COLUMNS = 20;

/** Asks at the terminal: for a yes or a no, for one of several options, or for a text. */
export function createTerminalAsker(err: Out, stdin: NodeJS.ReadStream, pause: () => Promise<() => void>): Asker {
  return async (question, signal) => {
    const resume = await pause();
    await err.write(toText(question, err.stream.columns || 80));
    const terminal = createInterface({ input: stdin, output: err.stream });
    // The terminal is in raw mode here, so that Ctrl-C is a key and no signal: it stops the turn as it does elsewhere.
    terminal.on('SIGINT', () => process.emit('SIGINT'));
    try {
      return toAnswer(await terminal.question(toPrompt(question), { signal }), question);
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

/** A command is shown whole and as it is, whatever its length; words for a person are broken between words. */
function toText({ kind, title, body, reasons, options = [] }: Question, columns: number): string {
  const numbers = options.map((_, index) => `  ${`${index + 1}. `.padStart(`${options.length}. `.length)}`);
  const shown = kind === 'permission' ? [indent(escapeControl(body, { lines: true }))] : [toParagraph(body, columns), ...options.map((option, index) => toParagraph(option, columns, numbers[index]))];
  return `\n${[escapeControl(title), ...shown, ...reasons.map((reason) => `  ${escapeControl(reason)}`)].join('\n')}\n`;
}

function toParagraph(text: string, columns: number, first = '  '): string {
  const width = Math.max(MIN_COLUMNS, columns) - first.length;
  return escapeControl(text, { lines: true }).split('\n').flatMap((line) => wrap(line, width)).map((line, index) => `${index === 0 ? first : ' '.repeat(first.length)}${line}`).join('\n');
}

function toPrompt({ kind, rule }: Question): string {
  switch (kind) {
    case 'choice': return 'Number or words (empty for none): ';
    case 'text': return 'Answer (empty for none): ';
    case 'permission': return `[y] once  [s] for this session${rule === undefined ? '' : `: ${escapeControl(rule)}`}  [n] no, or type a reason: `;
  }
}

function toAnswer(line: string, { kind, options = [] }: Question): Answer {
  const said = line.trim();
  if (kind === 'permission') return toPermission(said);
  if (said === '') return NO_ANSWER;
  const numbered = /^\d+\.?$/.test(said) ? options[Number.parseInt(said, 10) - 1] : undefined;
  return { verdict: 'allow', text: options.includes(said) ? said : numbered ?? said };
}

function toPermission(said: string): Answer {
  switch (said.toLowerCase()) {
    case 'y': case 'yes': return { verdict: 'allow', scope: 'once' };
    case 's': return { verdict: 'allow', scope: 'session' };
    case '': case 'n': case 'no': return { verdict: 'deny', text: 'the user said no' };
    default: return { verdict: 'deny', text: said };
  }
}

function indent(text: string): string {
  return text.split('\n').map((line) => `  ${line}`).join('\n');
}
