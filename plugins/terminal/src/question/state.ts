import type { Answer, Question } from '@pith/kernel';
import { type Arranged, topOf } from './arrange.ts';
import { EMPTY_LINE, insertInto, type TypedLine, typeInto } from './line.ts';
import { answerOfLine, type Offer, refusalOf, toOffers } from './offers.ts';

/** What a person has done to a question so far. */
export interface QuestionState {
  selected: number;
  /** The first row of the window. */
  top: number;
  isTyping: boolean;
  line: TypedLine;
  /** When the end was scrolled to; nothing before, or where all was seen at once. */
  endMs: number | undefined;
  /** A yes came before the end was seen. */
  isHeld: boolean;
}

export interface Pressed { state: QuestionState; answer?: Answer; opensPager?: true }

/** So long after the end came into sight a yes is still meant for the page before. */
export const SETTLE_MS = 300;

export function startQuestion(question: Question): QuestionState {
  return { selected: 0, top: 0, isTyping: question.kind === 'text', line: EMPTY_LINE, endMs: undefined, isHeld: false };
}

/**
 * What a key does. A yes counts only once the end of what is asked about was on the screen: before, the key that would say it shows the
 * next page. A no always counts.
 * @param key as `toPressings` names it
 */
export function press(state: QuestionState, key: string, { question, arranged, nowMs }: { question: Question; arranged: Pick<Arranged, 'total' | 'seen'>; nowMs: number }): Pressed {
  if (state.isTyping) return pressInLine(state, key, question);
  const offers = toOffers(question);
  const scrolled = scroll(state, key, arranged, nowMs);
  if (scrolled !== undefined) return { state: scrolled };
  switch (key) {
    case 'up': return { state: { ...state, selected: (state.selected + offers.length - 1) % offers.length } };
    case 'down': case 'tab': return { state: { ...state, selected: (state.selected + 1) % offers.length } };
    case 'escape': return { state, answer: refusalOf(question) };
    case 'v': if (question.kind === 'permission') return { state, opensPager: true };
  }
  const chosen = findOffer(offers, key, state.selected);
  if (chosen === -1) return { state };
  return choose({ ...state, selected: chosen }, offers[chosen]!, { arranged, nowMs });
}

/** What came at once goes into the line, and an Enter at its end ends that; it never chooses. */
export function insert(state: QuestionState, text: string, question: Question): Pressed {
  if (!state.isTyping) return { state };
  const inserted = { ...state, line: insertInto(state.line, text.replace(/\r$/, '').replaceAll('\r', '\n')) };
  return text.endsWith('\r') ? pressInLine(inserted, 'enter', question) : { state: inserted };
}

function pressInLine(state: QuestionState, key: string, question: Question): Pressed {
  if (key === 'enter') return { state, answer: answerOfLine(state.line.text, question) };
  if (key === 'escape') return question.kind === 'text' ? { state, answer: refusalOf(question) } : { state: { ...state, isTyping: false } };
  const typed = key === 'space' ? ' ' : key;
  const line = typeInto(state.line, key);
  if (line !== undefined) return { state: { ...state, line } };
  return [...typed].length === 1 ? insert(state, typed, question) : { state };
}

function findOffer(offers: readonly Offer[], key: string, selected: number): number {
  if (key === 'enter') return selected;
  if (/^[1-9]$/.test(key)) return offers[Number(key) - 1] === undefined ? -1 : Number(key) - 1;
  return offers.findIndex((offer) => offer.key === key.toLowerCase());
}

function choose(state: QuestionState, { answer }: Offer, { arranged, nowMs }: { arranged: Pick<Arranged, 'total' | 'seen'>; nowMs: number }): Pressed {
  if (answer === undefined) return { state: { ...state, isTyping: true } };
  if (answer.scope === undefined) return { state, answer }; // A no, or one of several options: nothing runs because of it.
  const isSeen = arranged.seen >= arranged.total;
  if (!isSeen && state.endMs === undefined) return { state: { ...moveTo(state, state.top + arranged.seen, arranged, nowMs), isHeld: true } };
  if (!isSeen && nowMs - state.endMs! < SETTLE_MS) return { state };
  return { state, answer };
}

function scroll(state: QuestionState, key: string, arranged: Pick<Arranged, 'total' | 'seen'>, nowMs: number): QuestionState | undefined {
  const to = (top: number): QuestionState => moveTo(state, top, arranged, nowMs);
  const top = topOf(state, arranged);
  switch (key) {
    case 'space': case 'pagedown': return to(top + arranged.seen);
    case 'pageup': case 'b': return to(top - arranged.seen);
    case 'j': return to(top + 1);
    case 'k': return to(top - 1);
    case 'end': case 'G': return to(Infinity);
    case 'home': case 'g': return to(0);
    default: return undefined;
  }
}

function moveTo(state: QuestionState, wished: number, arranged: Pick<Arranged, 'total' | 'seen'>, nowMs: number): QuestionState {
  const top = topOf({ ...state, top: wished }, arranged);
  const isEnd = top + arranged.seen >= arranged.total;
  return { ...state, top, isHeld: false, ...(isEnd && state.endMs === undefined ? { endMs: nowMs } : {}) };
}
