import { toMessage } from '@pith/kernel';
import { type Line, paintLine, type Theme } from '@pith/screen';
import { KeyReader } from './key-reader.ts';
import { Scroll } from './scroll.ts';
import { layoutBar, markFound, pressInPager, START } from './state.ts';
import type { PagerText } from './text.ts';

/** Hands the terminal over for as long as the work takes: `suspendTerminal` of Ink. */
export type Suspend = (work: () => Promise<void>) => Promise<void>;

export interface PagerSetting {
  title: string;
  text: PagerText;
  theme: Theme;
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  /** Begins at the end, as for what was said last. */
  atEnd?: boolean;
  /** What comes before the text, read when its beginning is reached. */
  earlier?: () => Promise<PagerText | undefined>;
  /** Closes it when it fires. */
  signal?: AbortSignal;
}

const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const [BEGIN_FRAME, END_FRAME, HOME, CLEAR_LINE] = ['\u001b[?2026h', '\u001b[?2026l', '\u001b[H', '\u001b[K'];

/** Shows a long text on the alternate screen until the person goes back. What was on the screen is there again afterwards. */
export function openPager(suspend: Suspend, setting: PagerSetting): Promise<void> {
  return suspend(() => runPager(setting));
}

/** The pager itself, on a terminal that nobody else uses meanwhile. */
export async function runPager({ title, text, theme, stdin, stdout, atEnd = false, earlier, signal }: PagerSetting): Promise<void> {
  const size = (): { width: number; rows: number } => ({ width: Math.max(2, stdout.columns || 80), rows: Math.max(1, (stdout.rows || 24) - 1) });
  const scroll = new Scroll(text, { ...size(), theme });
  const reader = new KeyReader();
  const { promise, resolve } = Promise.withResolvers<void>();
  let state = START;
  let timer: NodeJS.Timeout | undefined;
  if (atEnd) scroll.toEnd();

  const draw = (): void => {
    const { width, rows } = size();
    const lines = [...markFound(scroll.visible(), state.words)];
    while (lines.length < rows) lines.push([]);
    stdout.write(paintPage([...lines, layoutBar({ state, title, percent: scroll.percent(), width, theme })], theme));
  };
  let readEarlier = earlier;
  const goBack = (): void => {
    if (readEarlier === undefined || !scroll.isAtStart) return;
    const read = readEarlier;
    readEarlier = undefined;
    state = { ...state, note: 'Reading what came before' };
    read().then((before) => {
      if (before !== undefined) scroll.prepend(before);
      state = { ...state, note: '' };
    }, (error: unknown) => {
      state = { ...state, note: `What came before cannot be read: ${toMessage(error)}` };
    }).finally(() => {
      if (!state.isOver) draw();
    });
  };
  const take = (keys: readonly string[]): void => {
    for (const key of keys) if (!state.isOver) state = pressInPager(state, key, scroll);
    goBack();
    if (state.isOver) resolve();
    else if (keys.length > 0) draw();
  };
  const onReadable = (): void => {
    for (let chunk = stdin.read() as Buffer | string | null; chunk !== null; chunk = stdin.read() as Buffer | string | null) {
      clearTimeout(timer);
      take(reader.push(chunk.toString()));
    }
    if (reader.waitMs !== undefined) timer = setTimeout(() => take(reader.flush()), reader.waitMs);
  };
  const onResize = (): void => {
    scroll.resize({ ...size(), theme });
    draw();
  };
  const onEnd = (): void => resolve();
  const restore = (): void => void stdout.write(LEAVE); // Also where the process ends from here.

  process.once('exit', restore);
  stdin.setEncoding('utf8');
  stdin.ref();
  stdin.setRawMode(true);
  stdin.on('readable', onReadable).once('end', onEnd);
  stdout.on('resize', onResize);
  signal?.addEventListener('abort', onEnd, { once: true });
  stdout.write(ENTER);
  goBack();
  draw();
  try {
    if (signal?.aborted !== true) await promise;
  } finally {
    clearTimeout(timer);
    process.off('exit', restore);
    stdin.off('readable', onReadable).off('end', onEnd);
    stdout.off('resize', onResize);
    signal?.removeEventListener('abort', onEnd);
    stdin.setRawMode(false);
    restore();
  }
}

/** A row is cleared before it is written: behind one that is as wide as the window the cursor still stands on its last character. */
export function paintPage(rows: readonly Line[], theme: Theme): string {
  return BEGIN_FRAME + HOME + rows.map((row) => CLEAR_LINE + paintLine(row, theme)).join('\r\n') + END_FRAME;
}
