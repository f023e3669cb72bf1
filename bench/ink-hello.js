// The least that Ink can show: what the first frame of the chat is held against.
import { render, Text } from 'ink';
import { createElement } from 'react';

const { unmount } = render(createElement(Text, null, 'hello'));
process.stdin.once('data', () => unmount());
