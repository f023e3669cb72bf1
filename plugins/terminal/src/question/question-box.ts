import type { Answer, Question } from '@pith/kernel';
import { paintLine, type Theme } from '@pith/screen';
import { Box, Text, useInput, usePaste } from 'ink';
import { createElement as h, type FunctionComponent, useMemo, useReducer, useRef } from 'react';
import { fromText, type PagerText } from '../pager/text.ts';
import { type Arranged, arrange } from './arrange.ts';
import { toPressings } from './pressing.ts';
import { layoutParts, layoutWhole } from './parts.ts';
import { insert, press, type Pressed, type QuestionState, startQuestion } from './state.ts';

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

interface Held { question: Question; state: QuestionState; isAnswered: boolean }

/** A question, its answers and their keys. Where a signal takes the question back, whoever shows it takes it away. */
export const QuestionBox: FunctionComponent<QuestionBoxProps> = ({ question, width, rows, isActive, theme, waiting = 0, answer, openPager }) => {
  const held = useRef<Held>(undefined);
  if (held.current?.question !== question) held.current = { question, state: startQuestion(question), isAnswered: false };
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const parts = useMemo(() => layoutParts(question, { width, theme }), [question, width, theme]);
  const draw = (state: QuestionState): Arranged => arrange(parts, state, { rows, waiting, isReady: isActive });

  const onPressed = (toPressed: (state: QuestionState) => Pressed): void => {
    const now = held.current!;
    if (now.isAnswered) return;
    const { state, answer: given, opensPager } = toPressed(now.state);
    now.state = state;
    if (given !== undefined) {
      now.isAnswered = true;
      answer(given);
    }
    if (opensPager) openPager(question.title, fromText(layoutWhole(question)));
    redraw();
  };
  useInput((input, key) => {
    for (const pressing of toPressings(input, key)) {
      onPressed((state) => ('text' in pressing ? insert(state, pressing.text, question) : press(state, pressing.key, { question, arranged: draw(state), nowMs: performance.now() })));
    }
  }, { isActive });
  // Of what is pasted no line end is an Enter.
  usePaste((text) => onPressed((state) => insert(state, text.replace(/\r\n?/g, '\n'), question)), { isActive });

  return h(Box, { flexDirection: 'column' }, ...draw(held.current.state).rows.map((line, row) => h(Text, { key: row, wrap: 'truncate-end' }, paintLine(line, theme) || ' ')));
};
