import { type Answer, type Question, toAnswer, toChoices } from '@pith/kernel';

/** One of the rows that can be chosen: an answer, or a line to type one into. */
export interface Offer {
  /** A letter that chooses it, where it has one; the first nine have their number, too. */
  key?: string;
  text: string;
  /** Absent where it opens the line. */
  answer?: Answer;
}

/** What can be chosen, in the order in which it is shown. Nothing of a question whose answer is typed. */
export function toOffers(question: Question): Offer[] {
  switch (question.kind) {
    case 'permission': return [...toChoices(question).map(({ key, text, answer }) => ({ key, text, answer })), { key: 't', text: 'no, and tell it what to do instead' }];
    case 'choice': return [...(question.options ?? []).map((text) => ({ text, answer: { verdict: 'allow' as const, text } })), ...(question.isClosed ? [] : [{ text: 'something else' }])];
    case 'text': return [];
  }
}

/** What a typed line stands for. Beside a call every word is a no, also a `yes`: the line says what to do instead. */
export function answerOfLine(line: string, question: Question): Answer {
  if (question.kind !== 'permission') return toAnswer(line, question) ?? { verdict: 'deny' };
  return line.trim() === '' ? refusalOf(question) : { verdict: 'deny', text: line.trim() };
}

/** What it means to close the question. */
export function refusalOf(question: Question): Answer {
  return question.kind === 'permission' ? toChoices(question).at(-1)!.answer : { verdict: 'deny' };
}
