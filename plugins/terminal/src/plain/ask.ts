import { type Answer, type Question, showHidden, toAnswer } from '@pith/kernel';
import { layoutDiff, type Line, toSpan, wrapLine } from '@pith/screen';
import type { PagerLook } from '../pager/text.ts';
import { answerOfLine, refusalOf, toOffers } from '../question/offers.ts';

/** A question in plain lines: what is asked, why, what would change, and each answer with its number. All of it, whatever its length. */
export function layoutQuestionLines(question: Question, look: PagerLook): Line[] {
  const words = (text: string): Line[] => text.split('\n').flatMap((line) => wrapLine([toSpan(line, look)], look));
  const body = question.kind === 'permission' ? showHidden(question.body).replaceAll('\t', '\\t') : question.body;
  return [
    ...words(`Question: ${question.title}`),
    ...(body === '' ? [] : body.split('\n')).flatMap((line) => wrapLine([toSpan(`  ${line}`, look)], { ...look, keepSpaces: true })),
    ...question.reasons.flatMap((reason) => words(`Reason: ${reason}`)),
    ...(question.diff === undefined ? [] : [...words('What would change:'), ...layoutDiff(showHidden(question.diff), { ...look, maxRows: Infinity })]),
    ...toOffers(question).flatMap(({ text }, index) => words(`${index + 1}. ${text}`)),
  ];
}

export function promptOf(question: Question): string {
  switch (question.kind) {
    case 'permission': return 'Number, or words for a no: ';
    case 'choice': return question.isClosed ? 'Number, empty for none: ' : 'Number or words, empty for none: ';
    case 'text': return 'Answer, empty for none: ';
  }
}

/**
 * A typed line as the answer: by its number, by the letter or word that `pith run` takes, or as words.
 * @returns `more` where the number stands for words that are still to be typed; nothing where it stands for nothing here
 */
export function readAnswer(line: string, question: Question): Answer | 'more' | undefined {
  const said = line.trim();
  const offers = toOffers(question);
  if (/^\d+\.?$/.test(said) && offers.length > 0) {
    const offer = offers[Number.parseInt(said, 10) - 1];
    if (offer !== undefined) return offer.answer ?? 'more';
    if (question.kind === 'permission') return undefined;
  }
  if (question.kind === 'permission' && said === '') return refusalOf(question);
  if (question.kind === 'permission' && said.toLowerCase() === 't') return 'more';
  return toAnswer(said, question);
}

export { answerOfLine };
