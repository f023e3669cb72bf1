/** Text for a terminal: data in, lines out; then `paintLine` makes the codes. */
export { type Line, type Role, type Span, textOf } from './span.ts';
export { toHref, toSafe } from './safe.ts';
export { expandTabs, widthOf } from './width.ts';
export { layoutAnswer, layoutText } from './text.ts';
export { cutLine, wrapLine } from './wrap.ts';
export { type ColorLevel, createTheme, type Theme, type ThemeOptions } from './theme.ts';
export { type TerminalFacts, toTerminalFacts, toThemeOptions } from './terminal-facts.ts';
export { type Environment, type TerminalName } from './which-terminal.ts';
export { paintLine } from './paint.ts';
export { ASK_NAME, describeImage, isNamed, type Picture, type PictureRoom, toPicture } from './picture.ts';
export { type Look, toSpan } from './markdown/look.ts';
export { type Lex, loadLexer } from './markdown/lexer.ts';
export { layoutMarkdown, MarkdownStream } from './markdown/stream.ts';
export { type Highlighter, loadHighlighter } from './code/highlight.ts';
export { layoutCode } from './code/layout.ts';
export { type DiffLook, layoutDiff } from './diff/layout.ts';
