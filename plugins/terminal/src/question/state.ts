import type { Answer, Question } from '@pith/kernel';
import { createEditor, type Editor, insert } from '../input/editor.ts';
import type { Press } from '../input/presses.ts';
import { findAction } from '../keys.ts';
import { type Arranged, topOf } from './arrange.ts';
import { editLine } from './line.ts';
import { answerOfLine, type Offer, refusalOf, toOffers } from './offers.ts';

/** What a person has done to a question so far. */
export interface QuestionState {
  selected: number;
  /** The first row of the window. */
  top: number;
  isTyping: boolean;
  line: Editor;
  /** So many rows of what is asked about came into sight by scrolling. */
  seenTo: number;
  /** When a yes came before the end was seen, and so showed the next page. */
  heldMs: number | undefined;
}

export interface Pressed { state: QuestionState; answer?: Answer; opensPager?: true }
/** What is on the screen when a key is pressed. */
export interface Seen { question: Question; arranged: Pick<Arranged, 'total' | 'seen' | 'asked'>; nowMs: number }

/** So long after a yes has shown the next page another one is still meant for the page before; so long nobody types, before a question takes keys. */
export const SETTLE_MS = 300;

export function startQuestion(question: Question): QuestionState {
  return { selected: 0, top: 0, isTyping: question.kind === 'text', line: createEditor(), seenTo: 0, heldMs: undefined };
}

/**
 * What keys do that came together. A yes counts only once the end of what is asked about was on the screen: before, the key that would
 * say it shows the next page. A no always counts. Several characters at once were typed ahead or pasted: they go into the line where
 * one is typed, and otherwise neither they nor what follows them choose anything.
 */
export function pressAll(state: QuestionState, presses: readonly Press[], seen: Seen): Pressed {
  let pressed: Pressed = { state };
  for (const each of presses) {
    const { isTyping } = pressed.state;
    const text = 'text' in each ? each.text : 'pasted' in each ? each.pasted : undefined;
    const isKey = text === undefined || ('text' in each && Array.from(text).length === 1);
    if (!isTyping && !isKey) return pressed;
    if (text !== undefined && isTyping) pressed = { state: { ...pressed.state, line: insert(pressed.state.line, text, { isTyped: isKey }) } };
    else pressed = press(pressed.state, toKey(each), seen);
    if (pressed.answer !== undefined || pressed.opensPager) return pressed;
  }
  return pressed;
}

/** @param key as `keys.ts` names it */
export function press(state: QuestionState, key: string, seen: Seen): Pressed {
  const { question } = seen;
  if (state.isTyping) return pressInLine(state, key, question);
  const offers = toOffers(question);
  const { selected } = state;
  switch (findAction('question', key)) {
    case 'answer-chosen': return choose(state, offers, selected, seen);
    case 'answer-number': return choose(state, offers, Number(key) - 1, seen);
    case 'answer-letter': return choose(state, offers, offers.findIndex((offer) => offer.key === key), seen);
    case 'answer-above': return { state: { ...state, selected: (selected + offers.length - 1) % offers.length } };
    case 'answer-below': return { state: { ...state, selected: (selected + 1) % offers.length } };
    case 'answer-no': return { state, answer: refusalOf(question) };
    case 'question-open': return question.kind === 'permission' ? { state, opensPager: true } : { state };
    default: return { state: scroll(state, key, seen) };
  }
}

function toKey(each: Press): string {
  if ('key' in each) return each.key;
  const text = 'text' in each ? each.text : each.pasted;
  return text === ' ' ? 'space' : text;
}

function pressInLine(state: QuestionState, key: string, question: Question): Pressed {
  if (key === 'enter') return { state, answer: answerOfLine(state.line.text, question) };
  if (key === 'escape') return question.kind === 'text' ? { state, answer: refusalOf(question) } : { state: { ...state, isTyping: false } };
  return { state: { ...state, line: editLine(state.line, key) ?? state.line } };
}

function choose(state: QuestionState, offers: readonly Offer[], at: number, { arranged, nowMs }: Seen): Pressed {
  const offer = offers[at];
  if (offer === undefined) return { state };
  const chosen = { ...state, selected: at };
  if (offer.answer === undefined) return { state: { ...chosen, isTyping: true } };
  // A no, or one of several options: nothing runs because of it.
  if (offer.answer.scope === undefined) return { state: chosen, answer: offer.answer };
  // What a lasting yes stands for is written below what is asked about, where its row has no room for it.
  const end = offer.answer.scope === 'once' ? arranged.asked : arranged.total;
  if (Math.max(state.seenTo, topOf(state, arranged) + arranged.seen) < end) return { state: { ...moveTo(chosen, topOf(state, arranged) + arranged.seen, arranged), heldMs: nowMs } };
  return state.heldMs !== undefined && nowMs - state.heldMs < SETTLE_MS ? { state: chosen } : { state: chosen, answer: offer.answer };
}

/** At another width rows are other rows: what is asked about is to be seen anew, from its beginning. */
export function afterResize(state: QuestionState): QuestionState {
  return { ...state, top: 0, seenTo: 0, heldMs: undefined };
}

function scroll(state: QuestionState, key: string, { arranged }: Seen): QuestionState {
  const top = topOf(state, arranged);
  const page = arranged.seen;
  switch (findAction('question', key)) {
    case 'question-forth': return moveTo(state, top + page, arranged);
    case 'question-back': return moveTo(state, top - page, arranged);
    case 'question-down': return moveTo(state, top + 1, arranged);
    case 'question-up': return moveTo(state, top - 1, arranged);
    case 'question-end': return moveTo(state, Infinity, arranged);
    case 'question-start': return moveTo(state, 0, arranged);
    default: return state;
  }
}

function moveTo(state: QuestionState, wished: number, arranged: Seen['arranged']): QuestionState {
  const top = topOf({ ...state, top: wished }, arranged);
  return { ...state, top, seenTo: Math.max(state.seenTo, top + arranged.seen), heldMs: undefined };
}
