import { type Question, showHidden } from '@pith/kernel';
import { layoutDiff, type Line, type Role, type Theme, toSpan, widthOf, wrapLine } from '@pith/screen';
import type { Offer } from './offers.ts';
import { toOffers } from './offers.ts';

/** A question laid out for one width; where each row stands is `arrange`'s. */
export interface Parts {
  question: Question;
  width: number;
  theme: Theme;
  title: Line;
  /** What is asked about: all of it, however many rows it takes. */
  content: readonly Line[];
  offers: readonly (Offer & { rows: readonly Line[] })[];
}

/** Below a question everything stands this far in. */
export const INDENT = 2;
/** Room for the sign of the chosen one, and its number. */
export const OFFER_INDENT = 5;

export function layoutParts(question: Question, { width, theme }: { width: number; theme: Theme }): Parts {
  const inner = Math.max(2, width - INDENT);
  const isCall = question.kind === 'permission';
  const titled = [toSpan(question.title, { theme }, 'heading')];
  const words = (text: string, ...roles: Role[]): Line[] => text.split('\n').flatMap((line) => wrapLine([toSpan(line, { theme }, ...roles)], { width: inner }));
  return {
    question, width, theme, title: titled,
    content: [
      ...(widthOf(titled[0]!.text) > width ? words(question.title, 'heading') : []),
      ...(isCall ? layoutBody(question.body, inner, theme) : words(question.body)),
      ...question.reasons.flatMap((reason) => words(reason, 'dim')),
      ...(question.diff === undefined ? [] : layoutDiff(showHidden(question.diff), { width: inner, theme })),
    ],
    offers: toOffers(question).map((offer) => ({ ...offer, rows: wrapLine([toSpan(offer.text, { theme })], { width: Math.max(2, width - OFFER_INDENT) }) })),
  };
}

/** The whole of a question as lines for a pager: nothing folded, no line of a change cut. */
export function layoutWhole({ title, body, reasons, diff }: Question): string {
  return [title, '', showHidden(body), '', ...reasons, ...(diff === undefined ? [] : ['', showHidden(diff)])].join('\n');
}

/** What will run: every character of it is to be seen, so spaces at a break stay, and a tab is written out. */
function layoutBody(body: string, width: number, theme: Theme): Line[] {
  return showHidden(body).replaceAll('\t', '\\t').split('\n').flatMap((line) => wrapLine([toSpan(line, { theme }, 'code')], { width, keepSpaces: true }));
}
