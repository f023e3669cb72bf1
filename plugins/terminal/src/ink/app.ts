import type { Line, Theme } from '@pith/screen';
import { Box, Static, Text, useAnimation, useApp, useInput, useWindowSize } from 'ink';
import { createElement as h, Fragment, type FunctionComponent, useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from 'react';
import { InputArea } from '../input/input-area.ts';
import { toPresses } from '../input/presses.ts';
import { type Action, findAction } from '../keys.ts';
import { toKeysText } from '../pager/keys-text.ts';
import { QuestionBox } from '../question/question-box.ts';
import { useSettled } from '../question/settled.ts';
import type { View } from '../view.ts';
import { AgentTree, atWork } from './agent-tree.ts';
import type { Desk, Suspend } from './desk.ts';
import { divideRoom } from './room.ts';
import { Rows } from './rows.ts';
import { layoutCalls, layoutQueue } from './running-lines.ts';
import { layoutStatus, layoutWork } from './status-line.ts';
import { layoutTodo } from './todo.ts';

/** So often what turns is drawn again. */
const TURN_MS = 120;
/** A second Ctrl-C within this time leaves. */
const LEAVE_MS = 2000;

/** The whole of the chat: what is finished, once, and below it the small region that is drawn again. */
export const App: FunctionComponent<{ desk: Desk }> = ({ desk }) => {
  const { store } = desk;
  const { view, scroll, theme, isOver } = useSyncExternalStore(store.subscribe, store.snapshot);
  const { columns: width, rows } = useWindowSize();
  const { suspendTerminal } = useApp();
  const suspend: Suspend = (work) => desk.lend(suspendTerminal, work);
  const [hidesTodo, hideTodo] = useState(false);
  const { isLeaveAsked, onAction } = useActions(desk, { suspend, toggleTodo: () => hideTodo((hidden) => !hidden) });
  const { question, status } = view;
  const isSettled = useSettled(question?.id);
  const { questions } = store.conversation.session;
  const waiting = useSyncExternalStore(questions.subscribe, () => questions.waiting);
  useLayoutEffect(() => store.onWritten(scroll.written.length), [store, scroll.written.length]);
  // Keeps the keys for the chat while one component takes the place of another, and while a question has them.
  useInput((input, key) => {
    if (!isSettled) return;
    for (const press of toPresses(input, key)) {
      const action = 'key' in press && press.key !== 'escape' ? findAction('chat', press.key) : undefined;
      if (action !== undefined) onAction(action);
    }
  });

  const look = { width, theme };
  const isAtWork = status.phase !== 'idle';
  const agents = atWork(view.agents);
  const todo = hidesTodo || view.todo.every(({ state }) => state === 'done') ? [] : view.todo;
  const room = divideRoom({ rows, isAtWork: isAtWork && question === undefined, calls: view.calls.length, agents: agents.length, todo: todo.length === 0 ? 0 : todo.length + 1, queue: view.queue.length, hasQuestion: question !== undefined });
  const show = (lines: readonly Line[], key: string): ReturnType<typeof h> => h(Rows, { key, lines, theme, width });
  const open = scroll.open.slice(-room.open);
  const reserved = Math.max(0, Math.min(scroll.openRows, room.open) - open.length);
  return h(
    Fragment, null,
    h(Static<string>, { items: scroll.written as string[], children: (text, index) => h(Text, { key: index }, text) }),
    isOver ? null : h(
      // No width of its own: in a window that gets narrower Ink draws once before React hears of it, and cuts to what there is.
      Box, { flexDirection: 'column', maxHeight: Math.max(1, rows - 1), overflow: 'hidden' },
      show([...open, ...blank(reserved)], 'open'),
      show(layoutCalls(view.calls, room.calls, look), 'calls'),
      h(AgentTree, { key: 'agents', agents, rows: room.agents, width, theme }),
      show(blank(isAtWork || room.todo > 0 ? Math.min(1, room.gap) : 0), 'gap'),
      h(Work, { key: 'work', view, theme, width }),
      show(layoutTodo(todo, room.todo, look), 'todo'),
      show(layoutQueue(view.queue, room.queue, look), 'queue'),
      show(blank(room.gap > 1 ? 1 : 0), 'space'),
      question === undefined ? null : h(QuestionBox, { key: question.id, question: question.question, width, rows: room.question, isActive: isSettled, theme, waiting, answer: (answer) => store.conversation.answer(question.id, answer), openPager: (title, text) => void desk.openPager(suspend, { title, text }) }),
      h(Box, { key: 'input', flexShrink: 0, display: isSettled ? 'none' : 'flex' }, h(InputArea, { width, rows: room.input, isActive: !isSettled, theme, conversation: store.conversation, onAction, editor: desk.editor, suspend })),
      show([isLeaveAsked ? [{ text: 'Ctrl-C again leaves', roles: ['number'] }] : layoutStatus(status, { ...look, home: desk.home })], 'status'),
    ),
  );
};

const blank = (count: number): Line[] => Array.from({ length: count }, () => []);

/** What goes on, with a sign that turns. It draws itself again, and nothing else with it. */
const Work: FunctionComponent<{ view: View; theme: Theme; width: number }> = ({ view, theme, width }) => {
  const isActive = view.status.phase !== 'idle' && view.status.phase !== 'asking';
  const { frame } = useAnimation({ interval: TURN_MS, isActive });
  const line = layoutWork(view, { width, theme, nowMs: Date.now(), frame });
  return line === undefined ? null : h(Rows, { lines: [line], theme, width });
};

/** What the keys do that are not those of the input line. */
function useActions(desk: Desk, { suspend, toggleTodo }: { suspend: Suspend; toggleTodo: () => void }): { isLeaveAsked: boolean; onAction(action: Action): void } {
  const { conversation } = desk.store;
  const [isLeaveAsked, askLeave] = useState(false);
  const timer = useRef<NodeJS.Timeout>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  /** From now on, for a moment, another Ctrl-C leaves. */
  const beginLeave = (): void => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      timer.current = undefined;
      askLeave(false);
    }, LEAVE_MS);
    askLeave(true);
  };
  const cancel = (): void => {
    // Two that came together are two, though nothing was drawn between them.
    if (timer.current !== undefined) conversation.leave();
    beginLeave();
    conversation.interrupt();
  };
  const onAction = (action: Action): void => {
    switch (action) {
      case 'interrupt': conversation.interrupt(); break;
      case 'cancel': cancel(); break;
      case 'input-cleared': beginLeave(); break;
      case 'leave': conversation.leave(); break;
      case 'next-mode': conversation.nextMode(); break;
      case 'toggle-todo': toggleTodo(); break;
      case 'open-transcript': void desk.openTranscript(suspend); break;
      case 'show-keys': void desk.openPager(suspend, { title: 'Keys', text: toKeysText() }); break;
      case 'redraw': void suspend(async () => desk.clear()); break;
      case 'suspend': void desk.stop(suspend); break;
      default: // The others are the input line's own.
    }
  };
  return { isLeaveAsked, onAction };
}
