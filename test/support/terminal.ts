import { spawn } from '@lydell/node-pty';
import { Unicode11Addon } from '@xterm/addon-unicode11';
import headless from '@xterm/headless';
import { type Cell, toCells } from './terminal-cells.ts';
import { toBytes } from './terminal-keys.ts';

/** So much of what has scrolled away is kept. */
const SCROLLBACK = 50_000;
const WAIT_MS = 20_000;

export interface TerminalOptions {
  /** The program and its arguments. */
  argv: readonly [string, ...string[]];
  cwd: string;
  /** All of it: nothing of the environment of the tests comes along, except what is named here. */
  env: Readonly<Record<string, string | undefined>>;
  columns?: number;
  rows?: number;
  /** What the terminal says it is; `TERM` of the environment otherwise, or `xterm-256color`. */
  name?: string;
  /** Understands the kitty keyboard protocol, as kitty, ghostty and others do. */
  kitty?: boolean;
  /** Keeps the screen after each update (see `frames`). */
  recordFrames?: boolean;
}

/** The screen at a moment at which a person could have seen it. */
export interface Frame {
  rows: readonly string[];
  /** So many rows had scrolled away above it. */
  scrolled: number;
  cursor: { row: number; column: number };
}

/** A program in a real pseudo terminal, and the screen that a person would see. */
export interface Terminal {
  /** The id of the process. */
  pid: number;
  /** Sends text as it is. */
  type(text: string): void;
  /** Presses keys one after the other: `ctrl+o`, `shift+tab`, `alt+enter`, `escape`, `up`, `x`. */
  press(...keys: string[]): void;
  /** Inserts text as a terminal does: in brackets, where the program asked for them. */
  paste(text: string): void;
  /** Waits until the screen is so. @throws Error with the screen in it after `timeoutMs`, or when the program ended before */
  until(wanted: RegExp | ((text: string, terminal: Terminal) => boolean), options?: { timeoutMs?: number }): Promise<string>;
  /** The rows on the screen, without spaces at their ends. */
  screen(): string[];
  /** Those rows as one text, without empty ones at the end. */
  text(): string;
  /** All rows, with those that have scrolled away. */
  history(): string[];
  /** Rows that were too long, and ran on into the next one. */
  overflows(): string[];
  /** The cells of the screen with their looks. */
  cells(): Cell[][];
  resize(size: { columns: number; rows: number }): void;
  /** The screen after each update: where the program marks them (mode 2026), as whole updates, otherwise as it arrived. */
  frames(): readonly Frame[];
  /** Everything that the program wrote. */
  raw(): Buffer;
  /** What the program did to the terminal besides: titles, bells, clipboard, and what the terminal answered it. */
  heard(): readonly string[];
  /** Everything a program can leave behind in a terminal. */
  modes(): Readonly<Record<string, unknown>>;
  /** How it ended; the screen then holds all that it wrote. */
  exit: Promise<{ code: number; signal: number | undefined }>;
  /** Ends the program, if it runs, and all that it started in its terminal. */
  dispose(): Promise<void>;
}

export function createTerminal({ argv: [command, ...args], cwd, env, columns = 80, rows = 24, name = env['TERM'] ?? 'xterm-256color', kitty = false, recordFrames = false }: TerminalOptions): Terminal {
  const screen = new headless.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: SCROLLBACK });
  screen.loadAddon(new Unicode11Addon());
  screen.unicode.activeVersion = '11';
  // Bytes, not text: xterm reads UTF-8 by itself, and what is wrong in it is a thing to test.
  const child = spawn(command, args, { name, cols: columns, rows, cwd, env: { ...env, TERM: name }, encoding: null });
  const raw: Buffer[] = [];
  const heard: string[] = [];
  const frames: Frame[] = [];
  const kittyFlags: number[] = [];
  const waiting = new Set<() => void>();
  let [isCursorHidden, isOver] = [false, false];

  const line = (row: number): string => screen.buffer.active.getLine(row)?.translateToString(true) ?? '';
  const takeFrame = (): void => {
    const { baseY, cursorX, cursorY } = screen.buffer.active;
    if (recordFrames) frames.push({ rows: Array.from({ length: screen.rows }, (_, row) => line(baseY + row)), scrolled: baseY, cursor: { row: cursorY, column: cursorX } });
  };
  const answer = (text: string): void => {
    heard.push(`answer ${text}`);
    if (!isOver) child.write(text);
  };
  const listen = (prefix: string | undefined, final: string, act: (params: (number | number[])[]) => boolean | void): void =>
    void screen.parser.registerCsiHandler({ ...(prefix === undefined ? {} : { prefix }), final }, (params) => act(params) === true);
  listen('?', 'l', (params) => {
    if (params.includes(25)) isCursorHidden = true;
    if (params.includes(2026)) takeFrame();
  });
  listen('?', 'h', (params) => { if (params.includes(25)) isCursorHidden = false; });
  if (kitty) {
    listen('>', 'u', ([flags]) => { kittyFlags.push(Number(flags)); return true; });
    listen('<', 'u', ([count]) => { kittyFlags.splice(-Math.max(1, Number(count))); return true; });
    listen('?', 'u', () => { answer(`\x1b[?${kittyFlags.at(-1) ?? 0}u`); return true; });
  }
  screen.parser.registerOscHandler(52, (data) => { heard.push(`clipboard ${data}`); return true; });
  // What a program asks about colours is answered, as everywhere: what foreign text asks would be heard.
  for (const number of [4, 10, 11, 12]) screen.parser.registerOscHandler(number, (data) => {
    if (data.endsWith('?')) answer(`\x1b]${number};${data.replace(/\?$/, '')}rgb:1a1a/1b1b/2626\x1b\\`);
    else heard.push(`colour ${number};${data}`);
    return true;
  });
  screen.onTitleChange((title) => heard.push(`title ${title}`));
  screen.onBell(() => heard.push('bell'));
  screen.onData(answer);

  const check = (): void => { for (const look of waiting) look(); };
  child.onData((text) => {
    const bytes = text as unknown as Uint8Array; // As `encoding: null` has it; its types do not know.
    raw.push(Buffer.from(bytes));
    screen.write(bytes, () => {
      if (!screen.modes.synchronizedOutputMode) takeFrame();
      check();
    });
  });
  const exit = new Promise<{ code: number; signal: number | undefined }>((resolve) => {
    child.onExit(({ exitCode, signal }) => screen.write('', () => {
      isOver = true;
      resolve({ code: exitCode, signal: signal === 0 ? undefined : signal });
      check();
    }));
  });
  const terminal: Terminal = {
    pid: child.pid, exit,
    type: (text) => child.write(text),
    press: (...keys) => { for (const key of keys) child.write(toBytes(key, { applicationCursor: screen.modes.applicationCursorKeysMode, kitty: (kittyFlags.at(-1) ?? 0) !== 0 })); },
    paste: (text) => child.write(screen.modes.bracketedPasteMode ? `\x1b[200~${text.replaceAll('\n', '\r')}\x1b[201~` : text.replaceAll('\n', '\r')),
    until: (wanted, { timeoutMs = WAIT_MS } = {}) => new Promise((resolve, reject) => {
      const isThere = (text: string): boolean => (wanted instanceof RegExp ? text.search(wanted) !== -1 : wanted(text, terminal));
      const end = (error?: string): void => {
        clearTimeout(timer);
        waiting.delete(look);
        if (error === undefined) resolve(terminal.text());
        else reject(new Error(`${error}: ${String(wanted)}\n${picture(terminal)}`));
      };
      const look = (): void => {
        if (isThere(terminal.text())) end();
        else if (isOver) end('The program ended, and the screen is not as wanted');
      };
      const timer = setTimeout(() => end(`Not seen within ${timeoutMs} ms`), timeoutMs);
      waiting.add(look);
      look();
    }),
    screen: () => Array.from({ length: screen.rows }, (_, row) => line(screen.buffer.active.baseY + row)),
    text: () => terminal.screen().join('\n').replace(/\n+$/, ''),
    history: () => Array.from({ length: screen.buffer.active.baseY + screen.rows }, (_, row) => line(row)),
    overflows: () => Array.from({ length: screen.buffer.active.baseY + screen.rows }, (_, row) => row).filter((row) => screen.buffer.active.getLine(row + 1)?.isWrapped === true).map(line),
    cells: () => toCells(screen),
    resize: ({ columns: cols, rows: high }) => {
      screen.resize(cols, high);
      child.resize(cols, high);
    },
    frames: () => frames,
    raw: () => Buffer.concat(raw),
    heard: () => heard,
    modes: () => ({ ...modesOf(screen), buffer: screen.buffer.active.type, isCursorHidden, kitty: kittyFlags.length }),
    dispose: async () => {
      if (!isOver) {
        try {
          process.kill(-child.pid, 'SIGKILL'); // It leads the group of its terminal.
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
        }
        await exit;
      }
      screen.dispose();
    },
  };
  return terminal;
}

function modesOf({ modes }: headless.Terminal): Record<string, unknown> {
  const { applicationCursorKeysMode, applicationKeypadMode, bracketedPasteMode, insertMode, mouseTrackingMode, originMode, sendFocusMode, synchronizedOutputMode, wraparoundMode } = modes;
  return { applicationCursorKeysMode, applicationKeypadMode, bracketedPasteMode, insertMode, mouseTrackingMode, originMode, sendFocusMode, synchronizedOutputMode, wraparoundMode };
}

function picture(terminal: Terminal): string {
  return terminal.screen().map((row, index) => `${String(index + 1).padStart(3)}│${row}`).join('\n');
}
