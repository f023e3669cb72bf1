// The input area alone in a real terminal, over a real kernel: input-app.ts FOLDER. What is sent stands above it, as JSON.
import { testModel } from '@pith/kernel/testing';
import { createKernel } from '@pith/kernel';
import { createTheme, toThemeOptions } from '@pith/screen';
import { Box, render, Static, Text, useWindowSize } from 'ink';
import { createElement as h, type FunctionComponent, useState, useSyncExternalStore } from 'react';
import { Conversation } from '../src/conversation.ts';
import { InputArea } from '../src/input/input-area.ts';

const [cwd = '.'] = process.argv.slice(2);
const { stdin, stdout, env } = process;
const kernel = await createKernel({ plugins: [testModel().plugin], env });
const session = kernel.openSession({ cwd });
const conversation = new Conversation({ session, turn: { signal: new AbortController().signal }, notices: [], stdin, stdout, env, version: '0', onStray: () => undefined });
conversation.start();
const theme = createTheme(toThemeOptions(env, { isTerminal: true, platform: process.platform }));

const App: FunctionComponent = () => {
  const { items } = useSyncExternalStore(conversation.subscribe, conversation.snapshot);
  const { columns: width, rows } = useWindowSize();
  const [actions, setActions] = useState<readonly string[]>([]);
  const said = items.flatMap((item) => (item.kind === 'input' ? [`sent ${JSON.stringify(item.text)}`] : item.kind === 'notice' ? [`notice ${item.text}`] : []));
  return h(Box, { flexDirection: 'column', width }, h(Static<string>, { items: said, children: (text, index) => h(Text, { key: index }, text) }),
    h(Text, null, `actions ${actions.join(' ')}`),
    h(InputArea, { width, rows: Math.max(1, rows - 4), isActive: true, theme, conversation, onAction: (action) => {
      if (action === 'leave') conversation.leave();
      else setActions((known) => [...known, action]);
    } }),
    h(Text, null, 'status'));
};

const { unmount, waitUntilExit } = render(h(App), { stdin, stdout, exitOnCtrlC: false, kittyKeyboard: { mode: 'auto' } });
void conversation.left.then(() => unmount());
await waitUntilExit();
await kernel.close();
