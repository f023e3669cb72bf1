import { toPithError } from '@pith/kernel';
import type { Lex, Highlighter } from '@pith/screen';
import { joinTexts, type PagerText } from '../pager/text.ts';
import type { ScreenStore } from './screen-store.ts';

/** Hands the terminal over for as long as the work takes. */
export type Suspend = (work: () => void | Promise<void>) => Promise<void>;

export interface DeskOptions {
  store: ScreenStore;
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  home: string | undefined;
  /** The person's editor, as the settings call it. */
  editor: string;
  /** The person's own pager. */
  pager: string;
  lex(): Promise<Lex>;
  highlighter(): Highlighter | undefined;
  /** Takes back, and sets again, what the terminal was told beside the drawing. */
  release(): void;
  claim(): void;
}

/** So long a program may take to be stopped by its own signal; a shell without jobs does not stop it. */
const STOP_MS = 300;

/** What the chat does with the terminal beside drawing: longer texts on the other screen, and the way back to the shell. */
export class Desk {
  readonly store: ScreenStore;
  readonly home: string | undefined;
  readonly editor: string | undefined;
  readonly #options: DeskOptions;
  #isLent = false;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.store = options.store;
    this.home = options.home;
    this.editor = options.editor === '' ? undefined : options.editor;
  }

  /** Everything that was said, with nothing folded; what was said before this chat is read when the beginning is reached. */
  async openTranscript(suspend: Suspend): Promise<void> {
    const { lex, highlighter } = this.#options;
    const { toTranscript } = await import('../pager/transcript.ts');
    const tools = { lex: await lex(), highlighter };
    const { items, earlier } = this.store.conversation.sitting();
    if (earlier === undefined || items.length === 0) {
      await this.openPager(suspend, { title: 'Transcript', text: toTranscript(earlier === undefined ? items : await earlier(), tools), atEnd: true });
    } else {
      await this.openPager(suspend, { title: 'Transcript', text: toTranscript(items, tools), atEnd: true, earlier: async () => toTranscript(await earlier(), tools) });
    }
  }

  async openPager(suspend: Suspend, { title, text, atEnd = false, earlier }: { title: string; text: PagerText; atEnd?: boolean; earlier?: () => Promise<PagerText> }): Promise<void> {
    const { stdin, stdout, pager } = this.#options;
    const { conversation } = this.store;
    const { turn: { signal }, env } = conversation.setup;
    if (pager.trim() !== '') return this.#openOther(suspend, { command: pager, text: earlier === undefined ? text : joinTexts(await earlier(), text), env });
    const { runPager } = await import('../pager/pager.ts');
    await suspend(() => runPager({ title, text, theme: this.store.snapshot().theme, stdin, stdout, atEnd, signal, ...(earlier === undefined ? {} : { earlier }) }));
  }

  /** The person's own pager. Where it cannot be started that is said, and the chat goes on. */
  async #openOther(suspend: Suspend, { command, text, env }: { command: string; text: PagerText; env: Readonly<Record<string, string | undefined>> }): Promise<void> {
    const { conversation } = this.store;
    const { session: { kernel, cwd } } = conversation;
    const { runExternalPager } = await import('../pager/external.ts');
    try {
      await suspend(() => runExternalPager({ command, text, env, cwd, childRules: kernel.childRules, ascii: !this.store.snapshot().theme.unicode }));
    } catch (error) {
      const { message, hint } = toPithError(error, 'TAP_THREW');
      conversation.say('error', message, hint);
    }
  }

  /** An empty screen: what was on it scrolls away, so that it can be gone back to. */
  clear(): void {
    const { stdout } = this.#options;
    stdout.write(`${'\n'.repeat(stdout.rows || 24)}\u001b[H\u001b[J`);
  }

  /** Back to the shell, until it calls us again. */
  async stop(suspend: Suspend): Promise<void> {
    if (process.platform === 'win32') return;
    await suspend(async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, STOP_MS);
      process.once('SIGCONT', resolve);
      process.kill(0, 'SIGTSTP'); // The whole group, as the terminal itself would.
      await promise;
      clearTimeout(timer);
      process.off('SIGCONT', resolve);
    });
  }

  /** Somebody else has the terminal: two at a time would not know of each other. */
  async lend(suspend: Suspend, work: () => void | Promise<void>): Promise<void> {
    if (this.#isLent) return;
    this.#isLent = true;
    const { release, claim } = this.#options;
    try {
      await suspend(async () => {
        release();
        try {
          await work();
        } finally {
          claim();
        }
      });
    } finally {
      this.#isLent = false;
    }
  }
}
