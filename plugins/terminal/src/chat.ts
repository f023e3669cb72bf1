import type { ChatSetup } from '@pith/kernel';
import { Box, render, Text, useApp, useInput } from 'ink';
import { createElement as h, type FunctionComponent } from 'react';

/** Shows that it is there, and leaves with Ctrl-C. */
export async function chat({ session, stdin, stdout, version }: ChatSetup): Promise<number> {
  const App: FunctionComponent = () => {
    const { exit } = useApp();
    useInput((input, key) => {
      if (key.ctrl && input === 'c') exit();
    });
    return h(Box, null, h(Text, null, `pith ${version} · ${session.model} · ${session.cwd}`));
  };
  await render(h(App), { stdin, stdout, exitOnCtrlC: false }).waitUntilExit();
  return 0;
}
