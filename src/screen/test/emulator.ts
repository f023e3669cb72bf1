import headless from '@xterm/headless';
import { Unicode11Addon } from '@xterm/addon-unicode11';

/** A terminal as people have it, without a window. */
export interface Emulator {
  write(text: string): Promise<void>;
  /** Every row, and what else a program can change: title, clipboard, where the cursor is, what the terminal would answer. */
  state(): Promise<{ rows: string[]; heard: string[]; cursor: [number, number] }>;
}

export function startEmulator({ columns, rows, unicode }: { columns: number; rows: number; unicode: '6' | '11' }): Emulator {
  const terminal = new headless.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0, convertEol: true });
  terminal.loadAddon(new Unicode11Addon());
  terminal.unicode.activeVersion = unicode;
  const heard: string[] = [];
  terminal.onTitleChange((title) => heard.push(`title ${title}`));
  terminal.onBell(() => heard.push('bell'));
  terminal.onData((data) => heard.push(`answer ${data}`));
  terminal.onScroll(() => heard.push('scroll'));
  terminal.parser.registerOscHandler(52, () => { heard.push('clipboard'); return true; });
  return {
    write: (text) => new Promise((resolve) => { terminal.write(text, resolve); }),
    state: async () => ({
      rows: Array.from({ length: rows }, (_, row) => terminal.buffer.active.getLine(row)?.translateToString(false) ?? ''),
      heard, cursor: [terminal.buffer.active.cursorX, terminal.buffer.active.cursorY],
    }),
  };
}
