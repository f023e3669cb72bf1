import { type Theme, toSpan } from '@pith/screen';
import { useInput, usePaste } from 'ink';
import { createElement as h, type FunctionComponent, useState } from 'react';
import type { Conversation } from '../conversation.ts';
import { toPresses } from '../input/presses.ts';
import { type Action, findAction } from '../keys.ts';
import { Rows } from './rows.ts';
import { signsOf } from './signs.ts';

export interface InputProps { width: number; rows: number; isActive: boolean; theme: Theme; conversation: Conversation; onAction(action: Action): void }

/** The simplest input line: words, backspace, Enter. */
export const LineInput: FunctionComponent<InputProps> = ({ width, isActive, theme, conversation, onAction }) => {
  const [text, setText] = useState('');
  const press = (key: string): void => {
    if (key === 'backspace') setText((now) => now.slice(0, -1));
    else if (key === 'enter' && text.trim() !== '') {
      conversation.send({ text });
      setText('');
    } else if (key === 'ctrl+c' && text !== '') setText('');
    else {
      const action = findAction('chat', key) ?? (text === '' ? findAction('empty', key) : undefined);
      if (action !== undefined) onAction(action);
    }
  };
  useInput((input, key) => {
    for (const each of toPresses(input, key)) {
      if ('key' in each) press(each.key);
      else setText((now) => now + ('text' in each ? each.text : each.pasted));
    }
  }, { isActive });
  usePaste((pasted) => setText((now) => now + pasted), { isActive });
  return h(Rows, { theme, width, lines: [[{ text: `${signsOf(theme).input} `, roles: ['sign'] }, toSpan(text, { theme })]] });
};
