import { type Choice, escapeControl, type Question, showHidden, toChoices } from '@pith/kernel';
import { formatParagraph } from '@pith/table';
import type { Style } from './progress.ts';

/** Narrower than this the terminal itself breaks the lines. */
const MIN_COLUMNS = 20;

/**
 * The whole question. What will run and what will change is shown whole and as it is, whatever its length; words for a
 * person are broken between words.
 */
export function toQuestionText(question: Question, columns: number, style: Style): string {
  const width = Math.max(MIN_COLUMNS, columns);
  const { kind, title, body, reasons, diff, options = [] } = question;
  if (kind === 'permission') {
    const changes = diff === undefined ? [] : showHidden(diff).split('\n').map((line) => `  ${toDiffLine(line, style)}`);
    const told = reasons.map((reason) => style(formatParagraph(reason, width), 'warn'));
    const choices = toChoices(question).map((choice) => formatParagraph(toLine(choice), width, `  [${choice.key}] `));
    return `\n${[escapeControl(title), indent(showHidden(body)), ...changes, ...told, ...choices].join('\n')}\n`;
  }
  const numbers = options.map((_, index) => `  ${`${index + 1}. `.padStart(`${options.length}. `.length)}`);
  const changed = diff === undefined ? [] : escapeControl(diff, { lines: true }).trimEnd().split('\n').map((line) => `  ${toDiffLine(line, style)}`);
  const shown = [formatParagraph(body, width), ...changed, ...options.map((option, index) => formatParagraph(option, width, numbers[index]))];
  return `\n${[escapeControl(title), ...shown, ...reasons.map((reason) => formatParagraph(reason, width))].join('\n')}\n`;
}

/** The line that is typed into. It says again what is asked, since what is above may be long. */
export function toPrompt(question: Question): string {
  switch (question.kind) {
    case 'choice': return 'Number or words (empty for none): ';
    case 'text': return 'Answer (empty for none): ';
    case 'permission': return `${escapeControl(question.title)} [${toChoices(question).map(({ key }) => key).join('/')}] `;
  }
}

/** A line is typed here, so any words can follow a no. */
function toLine({ key, text }: Choice): string {
  return key === 'n' ? `${text}; any other words are a no, too, and tell the model why` : text;
}

function toDiffLine(line: string, style: Style): string {
  if (/^(?:@@|---|\+\+\+|\*\*\*|\\)/.test(line)) return style(line, 'dim');
  return line.startsWith('+') ? style(line, 'good') : line.startsWith('-') ? style(line, 'bad') : line;
}

function indent(text: string): string {
  return text.split('\n').map((line) => `  ${line}`).join('\n');
}
