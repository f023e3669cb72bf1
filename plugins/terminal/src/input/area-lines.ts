import { cutLine, type Line, type Span, type Theme, toSpan, widthOf } from '@pith/screen';
import type { Menu, Suggestion } from './completion/completer.ts';
import { graphemesOf } from './graphemes.ts';
import type { InputState } from './input-state.ts';
import type { Picker } from './picker.ts';
import { layoutText, type Row, scrollTo, type Show } from './layout.ts';
import type { Recording } from './voice-input.ts';

/** In front of the text: its sign, and a space. */
const SIGN_COLUMNS = 2;
const MENU_ROWS_MAX = 6;
/** Of the widest list, what the names get; the rest is for what they mean. */
const NAME_COLUMNS_MAX = 30;
/** What plugins/input takes for a command of the shell, or what may still become one. */
const SHELL = /^!(?:\s*(?:$|[^\s!=?,;]))/;
const PLACEHOLDER = 'Type; / commands, @ files, ! shell, ? keys';
/** Without the plugin `input` nobody reads the three. */
const BARE_PLACEHOLDER = 'Type; ? keys';

export interface Area {
  lines: Line[];
  /** Among the lines; nothing where there is none to show. */
  cursor: { x: number; y: number } | undefined;
  /** The first row of the text that is seen. */
  top: number;
}

/** Columns that a row of the text has. */
export function textWidth(width: number): number {
  return Math.max(4, width - SIGN_COLUMNS);
}

/** The input as rows of the screen, never more than `rows`: one row of text at least, then what goes on, then the list, then more of the text. */
export function layoutArea(state: InputState, { width, rows, top: before, theme, show }: { width: number; rows: number; top: number; theme: Theme; show: Show }): Area {
  const { editor: { text, cursor }, picker, readsCommands } = state;
  const menu = picker ?? state.menu;
  const note = layoutNote(state, theme);
  const most = Math.max(1, rows);
  if (note !== undefined && most === 1) return { lines: [cutLine(note, { width })], cursor: undefined, top: before };
  const noteRows = note === undefined ? 0 : 1;
  const menuRows = Math.min(menu?.items.length ?? 0, MENU_ROWS_MAX, most - noteRows - 1);
  const layout = layoutText(text, { cursor, width: textWidth(width), show });
  const height = most - noteRows - menuRows;
  const top = scrollTo(layout, { height, top: before });
  const shown = layout.rows.slice(top, top + height).map((row, index) => [...signOf(text, { isFirst: top + index === 0, theme }), ...toSpans(row)]);
  if (text === '' && note === undefined) shown[0] = [...shown[0]!, { text: readsCommands ? PLACEHOLDER : BARE_PLACEHOLDER, roles: ['dim'] }];
  const lines = [...shown, ...(note === undefined ? [] : [note]), ...(menu === undefined || menuRows < 1 ? [] : picker === undefined ? layoutMenu(menu as Menu, { width, rows: menuRows, theme }) : layoutPicker(picker, { width, rows: menuRows, theme }))];
  return { lines: lines.map((line) => cutLine(line, { width, sign: theme.signs.ellipsis })), cursor: state.recording === undefined ? { x: SIGN_COLUMNS + layout.column, y: layout.row - top } : undefined, top };
}

function signOf(text: string, { isFirst, theme }: { isFirst: boolean; theme: Theme }): Line {
  if (!isFirst) return [{ text: '  ' }];
  return SHELL.test(text) ? [{ text: '! ', roles: ['number', 'strong'] }] : [{ text: theme.unicode ? '› ' : '> ', roles: ['sign'] }];
}

/** What was attached and what is shown otherwise than it is looks so. */
function toSpans({ cells }: Row): Span[] {
  const spans: Span[] = [];
  let wasMark: boolean | undefined;
  for (const { shown, isMark } of cells) {
    if (isMark === wasMark) spans[spans.length - 1]!.text += shown;
    else spans.push(isMark ? { text: shown, roles: ['code'] } : { text: shown });
    wasMark = isMark;
  }
  return spans;
}

/** The one line of what goes on besides writing. */
function layoutNote({ search, picker, recording, isFetching, isClearing }: InputState, theme: Theme): Line | undefined {
  if (recording !== undefined) return layoutRecording(recording, theme);
  if (picker !== undefined) return [{ text: `${toPickerWord(picker)}: `, roles: ['dim'] }, toSpan(picker.query, { theme }), { text: `${picker.query === '' ? '' : '  '}type to filter, Enter takes, Esc back`, roles: ['dim'] }];
  if (search !== undefined) return [{ text: search.isMissing ? 'nothing holds: ' : 'search: ', roles: ['dim'] }, toSpan(search.query, { theme }), { text: '  Ctrl-R older, Enter takes, Esc back', roles: ['dim'] }];
  if (isFetching) return [{ text: 'looking into the clipboard', roles: ['dim'] }];
  return isClearing ? [{ text: 'Esc again clears the input', roles: ['dim'] }] : undefined;
}

function layoutRecording({ phase, recorder, transcriber, level }: Recording, theme: Theme): Line {
  if (phase === 'preparing') return [{ text: 'looking for a microphone', roles: ['dim'] }];
  if (phase === 'transcribing') return [toSpan(`${transcriber} writes down what you said; Esc gives up`, { theme }, 'dim')];
  const bars = level === undefined ? '' : `${(theme.unicode ? '█' : '#').repeat(Math.round(level * 10)).padEnd(10, theme.unicode ? '░' : '.')} `;
  return [{ text: theme.unicode ? '● ' : '* ', roles: ['removed'] }, { text: bars, roles: ['added'] }, { text: 'any key ends it, Esc gives up; ', roles: ['dim'] }, toSpan(`${recorder} records for ${transcriber}`, { theme }, 'dim')];
}

function layoutMenu({ items, index }: Menu, { width, rows, theme }: { width: number; rows: number; theme: Theme }): Line[] {
  const first = Math.max(0, Math.min(items.length - rows, index - Math.floor(rows / 2)));
  const seen = items.slice(first, first + rows);
  const hasDetails = seen.some(({ detail }) => detail !== '');
  const columns = hasDetails ? Math.min(NAME_COLUMNS_MAX, Math.floor(width / 2), Math.max(...seen.map(({ shown }) => widthOf(shown)))) : width - SIGN_COLUMNS;
  return seen.map((item, at) => layoutSuggestion(item, { isChosen: first + at === index, columns, theme }));
}

function layoutSuggestion({ shown, detail }: Suggestion, { isChosen, columns, theme }: { isChosen: boolean; columns: number; theme: Theme }): Line {
  const name = cutStart(toSpan(shown, { theme }).text, { columns, sign: theme.signs.ellipsis });
  return [
    { text: isChosen ? `${theme.unicode ? '›' : '>'} ` : '  ', roles: ['sign'] },
    isChosen ? { text: name, roles: ['strong'] } : { text: name },
    ...(detail === '' ? [] : [{ text: ' '.repeat(Math.max(0, columns - widthOf(name)) + 2) }, toSpan(detail, { theme }, 'dim')]),
  ];
}

function toPickerWord({ all, items, command }: Picker): string {
  if (all === undefined) return 'reading';
  return items.length === 0 ? 'nothing holds' : command === 'resume' ? 'go on with' : 'models';
}

/** Names cut at their ends, as titles are read from the beginning; what is said of them stands beside. */
function layoutPicker({ items, index }: Picker, { width, rows, theme }: { width: number; rows: number; theme: Theme }): Line[] {
  const first = Math.max(0, Math.min(items.length - rows, index - Math.floor(rows / 2)));
  const seen = items.slice(first, first + rows);
  const detailColumns = Math.max(...seen.map(({ detail }) => widthOf(toSpan(detail, { theme }).text)));
  const names = seen.map(({ shown }) => toSpan(shown, { theme }));
  const columns = Math.max(8, Math.min(Math.max(...names.map(({ text }) => widthOf(text))), width - SIGN_COLUMNS - detailColumns - 2));
  return seen.map(({ detail }, at): Line => {
    const isChosen = first + at === index;
    const name = cutLine([{ ...names[at]!, ...(isChosen ? { roles: ['strong'] as const } : {}) }], { width: columns, sign: theme.signs.ellipsis });
    const gap = columns - name.reduce((sum, { text }) => sum + widthOf(text), 0) + 2;
    return [{ text: isChosen ? `${theme.unicode ? '›' : '>'} ` : '  ', roles: ['sign'] }, ...name, { text: ' '.repeat(gap) }, toSpan(detail, { theme }, 'dim')];
  });
}

/** The end of a path tells more than its beginning. */
function cutStart(text: string, { columns, sign }: { columns: number; sign: string }): string {
  if (widthOf(text) <= columns) return text;
  const kept: string[] = [];
  let left = columns - widthOf(sign);
  for (const { text: grapheme } of graphemesOf(text).reverse()) {
    left -= widthOf(grapheme);
    if (left < 0) break;
    kept.unshift(grapheme);
  }
  return sign + kept.join('');
}
