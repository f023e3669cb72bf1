import type { Answer, Question } from '@pith/kernel';
import { paintLine, type Theme } from '@pith/screen';
import { Box, Text, useInput, usePaste } from 'ink';
import { createElement as h, type FunctionComponent, useMemo, useReducer, useRef } from 'react';
import { fromText, type PagerText } from '../pager/text.ts';
import { type Press, toPresses } from '../input/presses.ts';
import { type Arranged, arrange } from './arrange.ts';
import { layoutParts, layoutWhole } from './parts.ts';
import { afterResize, pressAll, type QuestionState, startQuestion } from './state.ts';

export interface QuestionBoxProps {
  question: Question;
  width: number;
  /** Most it may take; with less than four it takes four. */
  rows: number;
  /** False until the question has settled (`useSettled`), and while something else has the keys. */
  isActive: boolean;
  theme: Theme;
  /** Questions that come after this one. */
  waiting?: number;
  answer(answer: Answer): void;
  openPager(title: string, text: PagerText): void;
}

interface Held { question: Question; width: number; state: QuestionState; isAnswered: boolean }

/** A question, its answers and their keys. Where a signal takes the question back, whoever shows it takes it away. */
export const QuestionBox: FunctionComponent<QuestionBoxProps> = ({ question, width, rows, isActive, theme, waiting = 0, answer, openPager }) => {
  const held = useRef<Held>(undefined);
  if (held.current?.question !== question) held.current = { question, width, state: startQuestion(question), isAnswered: false };
  else if (held.current.width !== width) held.current = { ...held.current, width, state: afterResize(held.current.state) };
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const parts = useMemo(() => layoutParts(question, { width, theme }), [question, width, theme]);
  const draw = (state: QuestionState): Arranged => arrange(parts, state, { rows, waiting, isReady: isActive });

  const onPresses = (presses: readonly Press[]): void => {
    const now = held.current!;
    if (now.isAnswered) return;
    const { state, answer: given, opensPager } = pressAll(now.state, presses, { question, arranged: draw(now.state), nowMs: performance.now() });
    now.state = state;
    if (given !== undefined) {
      now.isAnswered = true;
      answer(given);
    }
    if (opensPager) openPager(question.title, fromText(layoutWhole(question)));
    redraw();
  };
  // It listens all the time: one that began to with the frame that shows it could come too late for the next key.
  useInput((input, key) => { if (isActive) onPresses(toPresses(input, key)); });
  // Of what is pasted no line end is an Enter.
  usePaste((pasted) => { if (isActive) onPresses([{ pasted }]); });

  return h(Box, { flexDirection: 'column' }, ...draw(held.current.state).rows.map((line, row) => h(Text, { key: row, wrap: 'truncate-end' }, paintLine(line, theme) || ' ')));
};
