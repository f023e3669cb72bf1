import { type Line, type Theme, toSpan, widthOf } from '@pith/screen';
import { signsOf } from '../ink/signs.ts';
import { findAction } from '../keys.ts';
import { type Scroll, toMatcher } from './scroll.ts';

/** What is being searched for, and what is to be said of it. */
export interface PagerState {
  /** While words to search for are typed. */
  typed: string | undefined;
  words: string;
  note: string;
  isOver: boolean;
}

export const START: PagerState = { typed: undefined, words: '', note: '', isOver: false };

/** What a key does; the window moves. @param key as `KeyReader` names it */
export function pressInPager(state: PagerState, key: string, scroll: Scroll): PagerState {
  if (state.typed !== undefined) return pressInSearch(state, state.typed, key, scroll);
  const calm = { ...state, note: '' };
  switch (findAction('pager', key)) {
    case 'pager-close': return { ...calm, isOver: true };
    case 'pager-down': scroll.move(1); return calm;
    case 'pager-up': scroll.move(-1); return calm;
    case 'pager-forth': scroll.page(1); return calm;
    case 'pager-back': scroll.page(-1); return calm;
    case 'pager-half-forth': scroll.page(0.5); return calm;
    case 'pager-half-back': scroll.page(-0.5); return calm;
    case 'pager-start': scroll.toStart(); return calm;
    case 'pager-end': scroll.toEnd(); return calm;
    case 'pager-search': return { ...calm, typed: '' };
    case 'pager-next': return search(calm, scroll, 1);
    case 'pager-previous': return search(calm, scroll, -1);
    default: return calm;
  }
}

function pressInSearch(state: PagerState, typed: string, key: string, scroll: Scroll): PagerState {
  switch (key) {
    case 'escape': case 'ctrl+c': return { ...state, typed: undefined };
    case 'ctrl+u': return { ...state, typed: '' };
    case 'backspace': return { ...state, typed: typed === '' ? undefined : Array.from(typed).slice(0, -1).join('') };
    case 'enter': {
      const words = typed === '' ? state.words : typed;
      scroll.searchFromTop();
      return search({ ...state, typed: undefined, words }, scroll, 1);
    }
    default: {
      const character = key === 'space' ? ' ' : key;
      return Array.from(character).length === 1 ? { ...state, typed: typed + character } : state;
    }
  }
}

function search(state: PagerState, scroll: Scroll, direction: 1 | -1): PagerState {
  if (state.words === '') return { ...state, note: 'nothing to search for: / begins a search' };
  return scroll.find(state.words, direction) ? state : { ...state, note: `not found: ${state.words}` };
}

/** The rows with what is searched for in another look. */
export function markFound(lines: readonly Line[], words: string): Line[] {
  if (words === '') return [...lines];
  const matches = toMatcher(words);
  const fold = words === words.toLowerCase() ? (text: string): string => text.toLowerCase() : (text: string): string => text;
  return lines.map((line) => line.flatMap((span) => {
    // Where lower case has another length than the text, places would not be those of the text.
    const folded = fold(span.text);
    if (!matches(span.text) || folded.length !== span.text.length) return [span];
    const at = folded.indexOf(words);
    const marked = { ...span, text: span.text.slice(at, at + words.length), roles: ['added-word' as const] };
    return [{ ...span, text: span.text.slice(0, at) }, marked, ...markFound([[{ ...span, text: span.text.slice(at + words.length) }]], words)[0]!];
  }));
}

/** The row at the bottom: what is shown, how far, and the keys; or the words that are typed. */
export function layoutBar({ state, title, percent, width, theme }: { state: PagerState; title: string; percent: number; width: number; theme: Theme }): Line {
  if (state.typed !== undefined) return fit(theme, [{ text: `/${state.typed}${theme.unicode ? '▏' : '_'}`, isLast: true }], width);
  if (state.note !== '') return fit(theme, [{ text: state.note, isLast: false }], width);
  const keys = ['q back', 'Space on', '/ search', ...(state.words === '' ? [] : ['n next']), 'g start', 'G end'];
  return fit(theme, [{ text: title, isLast: false }, { text: percent === 100 ? 'END' : `${percent}%`, isLast: false }, ...keys.map((text) => ({ text, isLast: false }))], width);
}

/** As many texts as there is room for; the first is cut, at its beginning where its end is what counts. */
function fit(theme: Theme, texts: readonly { text: string; isLast: boolean }[], width: number): Line {
  const [first, ...others] = texts.map(({ text, isLast }) => ({ text: toSpan(text, { theme }).text, isLast }));
  const reserved = others[0] === undefined ? 0 : widthOf(others[0].text) + 3;
  let shown = first!.text;
  while (widthOf(shown) > Math.max(1, width - reserved)) shown = first!.isLast ? shown.slice(1) : Array.from(shown).slice(0, -1).join('');
  const { between: separator } = signsOf(theme);
  for (const { text } of others) {
    if (widthOf(shown + separator + text) > width) break;
    shown += separator + text;
  }
  return [{ text: shown, roles: ['strong'] }];
}
