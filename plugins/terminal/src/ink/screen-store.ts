import { createTheme, type Highlighter, type Lex, type Line, type Theme, type ThemeOptions } from '@pith/screen';
import type { Conversation } from '../conversation.ts';
import type { View } from '../view.ts';
import type { ItemLook } from './item-lines.ts';
import { type Scroll, Scroller } from './scroll.ts';

/** All that one frame is drawn from. */
export interface Frame {
  view: View;
  scroll: Scroll;
  theme: Theme;
  /** Nothing is below what was said any more. */
  isOver: boolean;
}

/**
 * A conversation as rows of the screen. What streams is laid out here, once for each change, and not while React draws. What loads
 * slowly comes later: until the reader of Markdown is there, nothing of what was said is laid out.
 */
export class ScreenStore {
  readonly conversation: Conversation;
  readonly #listeners = new Set<() => void>();
  readonly #scroller: Scroller;
  #themeOptions: ThemeOptions;
  #theme: Theme;
  #lex: Lex | undefined;
  #highlighter: Highlighter | undefined;
  #isOver = false;
  #frame: Frame;

  constructor(conversation: Conversation, { theme, width, hold, head }: { theme: ThemeOptions; width: () => number; hold?: ItemLook['hold']; head: (theme: Theme) => readonly Line[] }) {
    this.conversation = conversation;
    this.#themeOptions = theme;
    this.#theme = createTheme(theme);
    this.#scroller = new Scroller({ lex: () => this.#lex, theme: () => this.#theme, width, highlighter: () => this.#highlighter, hold, holdFrom: conversation.snapshot().nextId });
    this.#scroller.write(head(this.#theme));
    this.#frame = this.#draw();
    conversation.subscribe(this.#update);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  readonly snapshot = (): Frame => this.#frame;

  /** Code that is laid out from now on is coloured. */
  useHighlighter(highlighter: Highlighter): void {
    this.#highlighter = highlighter;
  }

  useLexer(lex: Lex): void {
    this.#lex = lex;
    this.#update();
  }

  useBackground(background: ThemeOptions['background']): void {
    if (this.#themeOptions.background === background) return;
    this.#themeOptions = { ...this.#themeOptions, background };
    this.#theme = createTheme(this.#themeOptions);
    this.#update();
  }

  /** So many of the written texts are on the screen. */
  onWritten(count: number): void {
    this.#scroller.onWritten(count);
  }

  /** Takes away what is below what was said. */
  close(): void {
    this.#isOver = true;
    this.#update();
  }

  readonly #update = (): void => {
    this.#frame = this.#draw();
    for (const listener of this.#listeners) listener();
  };

  #draw(): Frame {
    const view = this.conversation.snapshot();
    return { view, theme: this.#theme, isOver: this.#isOver, scroll: this.#scroller.take(view) };
  }
}
