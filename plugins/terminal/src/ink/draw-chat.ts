import { cutLine, loadHighlighter, loadLexer, type Theme, type ThemeOptions, toSpan, toTerminalFacts, toThemeOptions, type Line } from '@pith/screen';
import { EXIT } from '@pith/kernel';
import { render } from 'ink';
import { createElement as h } from 'react';
import { Attention, findReason } from '../attention.ts';
import type { Conversation } from '../conversation.ts';
import type { TerminalOptions } from '../options.ts';
import { watchPlace } from '../place-facts.ts';
import { App } from './app.ts';
import { Desk } from './desk.ts';
import { Manners } from './manners.ts';
import { Pictures } from './pictures.ts';
import { ScreenStore } from './screen-store.ts';
import { signsOf } from './signs.ts';
import { toFolder } from './status-line.ts';
import { toKeyboard, toScreen } from './streams.ts';

const MAX_FPS = 30;

/** Holds the conversation on a terminal that can be drawn on. @returns the exit code */
export async function drawChat(conversation: Conversation, options: TerminalOptions): Promise<number> {
  const { stdin, stdout, env, version } = conversation.setup;
  const home = env['HOME'] ?? env['USERPROFILE'];
  const width = (): number => stdout.columns || 80;
  const themeOptions = toLooks(env, options);
  const facts = toTerminalFacts(env, { platform: process.platform });
  const pictures = new Pictures(facts, { size: () => ({ columns: width(), rows: stdout.rows || 24 }) });
  const store = new ScreenStore(conversation, { theme: themeOptions, width, hold: (image) => pictures.hold(image), head: (theme) => layoutHead(conversation, { theme, version, home, width: width() }) });
  const asksBackground = options.theme === 'auto' && themeOptions.level >= 2 && env['COLORFGBG'] === undefined && env['TERM'] !== 'linux';
  const manners = new Manners({ stdout, facts, asksBackground, asksName: pictures.asksName, title: options.title ? `pith ${toFolder(conversation.session.cwd, home).split(/[/\\]/).at(-1) ?? ''}` : undefined });
  const attention = new Attention(Date.now());
  const keyboard = toKeyboard(stdin, { onKeys: () => manners.useKeys(), onName: (name) => pictures.onName(name), onKey: () => attention.onKey(Date.now()), onFocus: (isFocused) => attention.onFocus(isFocused), onBackground: (isLight) => store.useBackground(isLight ? 'light' : 'dark') });
  const lexer = loadLexer();
  let highlighter: Awaited<ReturnType<typeof loadHighlighter>> | undefined;
  const desk = new Desk({ store, stdin, stdout, home, editor: options.editor, pager: options.pager, lex: () => lexer, highlighter: () => highlighter, release: () => manners.release(), claim: () => manners.claim() });

  const { screen, end } = toScreen(stdout, { ascii: !themeOptions.unicode, draw: (text) => pictures.draw(text) });
  const app = render(h(App, { desk }), { stdin: keyboard, stdout: screen, exitOnCtrlC: false, isScreenReaderEnabled: false, incrementalRendering: true, maxFps: MAX_FPS, interactive: true });
  const restore = (): void => manners.release();
  const onGone = (): void => conversation.leave(EXIT.failed); // Whoever looked has gone, and the terminal with them.
  process.once('exit', restore);
  stdout.on('error', onGone);
  stdin.on('end', onGone);
  try {
    manners.claim();
    watchAttention(conversation, { manners, attention, options });
    store.useLexer(await lexer);
    watchPlace(conversation);
    conversation.start();
    loadHighlighter().then((loaded) => store.useHighlighter(highlighter = loaded), () => undefined); // Without colours code is code, too.
    const code = await Promise.race([conversation.left, app.waitUntilExit().then(() => EXIT.failed)]);
    store.close();
    await app.waitUntilRenderFlush();
    app.unmount();
    const { goOn } = conversation.setup;
    if (goOn !== undefined && conversation.hasSaid) stdout.write(`\nGo on with: ${goOn}\n`);
    return code;
  } catch (error) {
    conversation.leave(EXIT.failed);
    await conversation.left;
    throw error;
  } finally {
    app.unmount();
    end();
    restore();
    process.off('exit', restore);
    stdout.off('error', onGone);
    stdin.off('end', onGone);
  }
}

function toLooks(env: Conversation['setup']['env'], { theme, colors }: TerminalOptions): ThemeOptions {
  const found = toThemeOptions(env, { isTerminal: true, platform: process.platform });
  return {
    ...found, ...(theme === 'auto' ? {} : { background: theme }),
    ...(colors === 'auto' ? {} : { level: ({ none: 0, '16': 1, '256': 2, all: 3 } as const)[colors] }),
  };
}

/** The first lines: what this is, where it stands, and how much was said before. */
function layoutHead({ session, snapshot, readsCommands }: Conversation, { theme, version, home, width }: { theme: Theme; version: string; home: string | undefined; width: number }): Line[] {
  const look = { theme };
  const { between } = signsOf(theme);
  const { earlier } = snapshot();
  const lines: Line[] = [[toSpan(`pith ${version}`, look, 'heading'), toSpan(`${between}${session.model}`, look, 'dim')], [toSpan(toFolder(session.cwd, home), look, 'dim')], [toSpan(`? shows the keys${readsCommands ? ', / the commands' : ''}`, look, 'dim')]];
  if (earlier !== undefined) lines.push([toSpan(toPast(earlier.exchanges), look, 'dim')]);
  return lines.map((line) => cutLine(line, { width, sign: theme.signs.ellipsis }));
}

function toPast(exchanges: number): string {
  return exchanges === 0 ? 'Goes on with:' : `Goes on; ${exchanges} earlier exchange${exchanges === 1 ? '' : 's'}: Ctrl-O`;
}

function watchAttention(conversation: Conversation, { manners, attention, options: { notify } }: { manners: Manners; attention: Attention; options: TerminalOptions }): void {
  if (notify === 'off') return;
  let before = conversation.snapshot();
  conversation.subscribe(() => {
    const now = conversation.snapshot();
    const reason = findReason(before, now, Date.now());
    before = now;
    if (reason !== undefined && attention.isAway(Date.now())) manners.call(notify, reason);
  });
}
