import type { Menu } from './completion/completer.ts';
import type { Editor } from './editor.ts';
import type { Picker } from './picker.ts';
import type { Recording } from './voice-input.ts';

/** Everything that is to be seen of the input; a new one with every change. */
export interface InputState {
  editor: Editor;
  /** Somebody reads what is typed with `/`, `@` and `!`. */
  readsCommands: boolean;
  menu: Menu | undefined;
  search: { query: string; /** Nothing holds it. */ isMissing: boolean } | undefined;
  picker: Picker | undefined;
  recording: Recording | undefined;
  /** An image is being fetched from the clipboard. */
  isFetching: boolean;
  /** The next escape clears the input. */
  isClearing: boolean;
}

export interface InputOptions {
  /** How the person's own editor is called, where the settings say it. */
  editor?: string | undefined;
  /** The terminal knows no UTF-8. */
  ascii?: boolean;
  platform?: NodeJS.Platform;
}

/** What an input line needs besides keys: the terminal, for the time that another program has it. */
export type Suspend = (work: () => Promise<void>) => Promise<void>;
