import { type Answer, escapeControl, type Question } from '@pith/kernel';
import { formatParagraph } from '@pith/table';
import type { Style } from './progress.ts';

/** Narrower than this the terminal itself breaks the lines. */
const MIN_COLUMNS = 20;
/** A longer rule only says again what is shown above it. */
const RULE_LENGTH_MAX = 160;
/** What looks like nothing, or like a space. Emoji lose their joiners by it: what is about to run must show all that is in it. */
const INVISIBLE = /[\p{DI}\p{Zs}\u2800]/gu;

/**
 * The whole question. What will run and what will change is shown whole and as it is, whatever its length; words for a
 * person are broken between words.
 */
export function toQuestionText(question: Question, columns: number, style: Style): string {
  const width = Math.max(MIN_COLUMNS, columns);
  const { kind, title, body, reasons, diff, options = [] } = question;
  if (kind === 'permission') {
    const changes = diff === undefined ? [] : toVisible(diff).split('\n').map((line) => `  ${toDiffLine(line, style)}`);
    const told = reasons.map((reason) => style(formatParagraph(reason, width), 'warn'));
    const choices = toChoices(question).map(({ key, text }) => formatParagraph(text, width, `  [${key}] `));
    return `\n${[escapeControl(title), indent(toVisible(body)), ...changes, ...told, ...choices].join('\n')}\n`;
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

/** What one of the keys of a permission question stands for. */
interface Choice { key: string; words: readonly string[]; text: string; answer: Answer }

function toChoices({ rule, always = [] }: Question): Choice[] {
  const session = rule === undefined ? 'this very call' : toShownRules([rule]);
  return [
    { key: 'y', words: ['yes', 'once'], text: 'yes, once', answer: { verdict: 'allow', scope: 'once' } },
    { key: 's', words: ['session'], text: `yes, for this session: ${session}`, answer: { verdict: 'allow', scope: 'session' } },
    ...always.slice(0, ALWAYS_KEYS.length).map((rules, index): Choice => ({
      key: ALWAYS_KEYS[index]!, words: index === 0 ? ['always'] : [], text: `yes, always in this project: ${toShownRules(rules)}`, answer: { verdict: 'allow', scope: 'always', rules },
    })),
    { key: 'n', words: ['no', ''], text: 'no; any other words are a no, too, and tell the model why', answer: { verdict: 'deny', text: 'the user said no' } },
  ];
}

const ALWAYS_KEYS = ['a', 'p'] as const;

function toShownRules(rules: readonly string[]): string {
  const text = toVisible(rules.join(' and '));
  return text.length > RULE_LENGTH_MAX ? 'just what is shown above' : text;
}

/** @returns nothing where a key was typed that stands for nothing here: it is no reason, either */
export function toAnswer(line: string, question: Question): Answer | undefined {
  const said = line.trim();
  if (question.kind === 'permission') return toPermission(said, question);
  const { options = [] } = question;
  if (said === '') return { verdict: 'deny' };
  const numbered = /^\d+\.?$/.test(said) ? options[Number.parseInt(said, 10) - 1] : undefined;
  return { verdict: 'allow', text: options.includes(said) ? said : numbered ?? said };
}

function toPermission(said: string, question: Question): Answer | undefined {
  const typed = said.toLowerCase();
  const chosen = toChoices(question).find(({ key, words }) => key === typed || words.includes(typed));
  if (chosen !== undefined) return chosen.answer;
  return typed.length === 1 ? undefined : { verdict: 'deny', text: said };
}

/** With everything written out that a terminal would obey, or a reader would not see. */
function toVisible(text: string): string {
  return escapeControl(text, { lines: true }).replace(INVISIBLE, (character) => (character === ' ' ? character : `\\u{${character.codePointAt(0)!.toString(16)}}`));
}

function toDiffLine(line: string, style: Style): string {
  if (/^(?:@@|---|\+\+\+|\*\*\*|\\)/.test(line)) return style(line, 'dim');
  return line.startsWith('+') ? style(line, 'good') : line.startsWith('-') ? style(line, 'bad') : line;
}

function indent(text: string): string {
  return text.split('\n').map((line) => `  ${line}`).join('\n');
}
