import { cutLine, type Line, paintLine, type Theme } from '@pith/screen';
import { Box, Text } from 'ink';
import { createElement as h, type FunctionComponent } from 'react';

/** Rows of the screen, each cut to the width: what is drawn again and again never breaks a line by itself. */
export const Rows: FunctionComponent<{ lines: readonly Line[]; theme: Theme; width: number }> = ({ lines, theme, width }) => h(
  Box, { flexDirection: 'column', flexShrink: 0 },
  ...lines.map((line, row) => h(Text, { key: row, wrap: 'truncate-end' }, paintLine(cutLine(line, { width, sign: theme.signs.ellipsis }), theme) || ' ')),
);
