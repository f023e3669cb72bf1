import { paintLine, type Theme } from '@pith/screen';
import { Box, type DOMElement, measureElement, Text, useApp, useCursor, useInput, usePaste } from 'ink';
import { createElement as h, type FunctionComponent, useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { Conversation } from '../conversation.ts';
import type { Action } from '../keys.ts';
import { layoutArea, textWidth } from './area-lines.ts';
import { InputModel } from './input-model.ts';
import type { InputOptions, Suspend } from './input-state.ts';
import { toPresses } from './presses.ts';

export interface InputAreaProps {
  width: number;
  /** The most it may take. */
  rows: number;
  isActive: boolean;
  theme: Theme;
  conversation: Conversation;
  /** Hears of the keys that are not the input's own. */
  onAction(action: Action): void;
  /** How the person's own editor is called, where the settings say it. */
  editor?: string;
  /** Lends the terminal to another program, where that takes more than what Ink does. */
  suspend?: Suspend;
}

/** One for each chat, so that what is being written stays when something else takes the place of the input. */
const models = new WeakMap<Conversation, InputModel>();

export function inputOf(conversation: Conversation, options: InputOptions): InputModel {
  let model = models.get(conversation);
  if (model === undefined) models.set(conversation, model = new InputModel(conversation, options));
  return model;
}

/** The input line: what is written, and the terminal's own cursor in it, so that input methods and screen readers follow. */
export const InputArea: FunctionComponent<InputAreaProps> = ({ width, rows, isActive, theme, conversation, onAction, editor, suspend }) => {
  const { suspendTerminal } = useApp();
  const model = inputOf(conversation, { editor, ascii: !theme.unicode });
  const state = useSyncExternalStore(model.subscribe, model.snapshot);
  const box = useRef<DOMElement>(null);
  const top = useRef(0);
  const [origin, setOrigin] = useState({ x: 0, y: 0 });
  const { setCursorPosition } = useCursor();
  model.width = textWidth(width);

  const area = layoutArea(state, { width, rows, top: top.current, theme, show: model.show });
  setCursorPosition(isActive && area.cursor !== undefined ? { x: origin.x + area.cursor.x, y: origin.y + area.cursor.y } : undefined);
  useLayoutEffect(() => {
    top.current = area.top;
    if (box.current === null) return;
    const { x, y } = measureElement(box.current);
    setOrigin((known) => (known.x === x && known.y === y ? known : { x, y }));
  });
  useEffect(() => () => void conversation.left.then(() => model.close()), [conversation, model]);
  useInput((input, key) => {
    if (!isActive) return;
    for (const press of toPresses(input, key)) {
      const action = model.press(press, suspend ?? suspendTerminal);
      if (action !== undefined) onAction(action);
    }
  });
  usePaste((text) => { if (isActive) model.paste(text); });
  return h(Box, { ref: box, flexDirection: 'column', flexShrink: 0, width }, ...area.lines.map((line, row) => h(Text, { key: row, wrap: 'truncate-end' }, paintLine(line, theme) || ' ')));
};
