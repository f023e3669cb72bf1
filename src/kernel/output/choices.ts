import { escapeControl } from '../base/text.ts';
import type { Answer, Question } from '../event.ts';

/** What looks like nothing, or like a space. Emoji lose their joiners by it: what is about to run must show all that is in it. */
const INVISIBLE = /[\p{DI}\p{Zs}\u2800]/gu;
/** A longer rule only says again what is shown above it. */
const RULE_LENGTH_MAX = 160;
const ALWAYS_KEYS = ['a', 'p'] as const;

/** One answer to a permission question, as every front end offers it: by its key, by a word, in these words. */
export interface Choice { key: string; words: readonly string[]; text: string; answer: Answer }

/** The answers to a permission question, in the order in which they are shown; `no` is the last. Their texts are safe to show. */
export function toChoices({ rule, always = [] }: Question): Choice[] {
  const session = rule === undefined ? 'this very call' : toShownRules([rule]);
  return [
    { key: 'y', words: ['yes', 'once'], text: 'yes, once', answer: { verdict: 'allow', scope: 'once' } },
    { key: 's', words: ['session'], text: `yes, for this session: ${session}`, answer: { verdict: 'allow', scope: 'session' } },
    ...always.slice(0, ALWAYS_KEYS.length).map((rules, index): Choice => ({
      key: ALWAYS_KEYS[index]!, words: index === 0 ? ['always'] : [], text: `yes, always in this project: ${toShownRules(rules)}`, answer: { verdict: 'allow', scope: 'always', rules },
    })),
    { key: 'n', words: ['no', ''], text: 'no', answer: { verdict: 'deny', text: 'the user said no' } },
  ];
}

/**
 * A typed line as the answer to any question.
 * @returns nothing where a key was typed that stands for nothing here: it is no reason, either
 */
export function toAnswer(line: string, question: Question): Answer | undefined {
  const said = line.trim();
  if (question.kind === 'permission') return toPermission(said, question);
  const { options = [] } = question;
  if (said === '') return { verdict: 'deny' };
  const numbered = /^\d+\.?$/.test(said) ? options[Number.parseInt(said, 10) - 1] : undefined;
  return { verdict: 'allow', text: options.includes(said) ? said : numbered ?? said };
}

/** What will run, with everything written out that a terminal would obey, or a reader would not see. Line ends and tabs stay. */
export function showHidden(text: string): string {
  return escapeControl(text, { lines: true }).replace(INVISIBLE, (character) => (character === ' ' ? character : `\\u{${character.codePointAt(0)!.toString(16)}}`));
}

function toPermission(said: string, question: Question): Answer | undefined {
  const typed = said.toLowerCase();
  const chosen = toChoices(question).find(({ key, words }) => key === typed || words.includes(typed));
  if (chosen !== undefined) return chosen.answer;
  return typed.length === 1 ? undefined : { verdict: 'deny', text: said };
}

function toShownRules(rules: readonly string[]): string {
  const text = showHidden(rules.join(' and '));
  return text.length > RULE_LENGTH_MAX ? 'just what is shown above' : text;
}
