import { DrawnRows } from './drawn-rows.ts';
import { KeyStream } from './key-stream.ts';

/** What marks an update that is drawn as a whole (mode 2026). */
const BEGIN = '\u001b[?2026h';
const END = '\u001b[?2026l';

/** The stream with other methods; everything else is its own. */
function over<Stream extends object>(stream: Stream, methods: Partial<Stream>): Stream {
  return new Proxy(stream, {
    get: (target, key) => {
      if (Object.hasOwn(methods, key)) return methods[key as keyof Stream];
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value;
    },
  });
}

/** How Ink takes a frame away before it draws another one in a window of another size: from the cursor in it, or from below it. */
// oxlint-disable-next-line no-control-regex
const ERASE = /^(\u001b\[\?25l)?(?:\u001b\[(\d*)A)?\u001b\[1?G\u001b\[J$|^((?:\u001b\[2K(?:\u001b\[1?A)?)+)\u001b\[1?G$/;

// oxlint-disable-next-line no-control-regex
const NOT_ASCII = /[^\u0000-\u007f]/g;

/**
 * The terminal to draw on. Ink writes an update in several parts; here it is one write, so that also a terminal that does not know what
 * marks an update never shows the half of one. When the window gets narrower, all rows that the terminal has made of a frame are taken
 * away, and not as many as were written.
 * @param options.ascii bytes of other characters are controls to the terminal: Ink itself knows an ellipsis
 * @param options.draw puts pictures in their places
 */
export function toScreen(stdout: NodeJS.WriteStream, { ascii, draw = (text) => text }: { ascii: boolean; draw?: (text: string) => string }): { screen: NodeJS.WriteStream; end(): void } {
  const drawn = new DrawnRows();
  let parts: string[] | undefined;
  let isResized = false;
  const onResize = (): void => {
    isResized = true;
    setImmediate(() => { isResized = false; }); // By then everybody has heard of it.
  };
  const put = (text: string): boolean => {
    const known = ascii ? text.replaceAll(NOT_ASCII, '?') : text;
    const whole = isResized ? widenErase(known, drawn, stdout.columns || 80) : known;
    drawn.take(whole);
    return stdout.write(draw(whole));
  };
  const write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    if (typeof chunk !== 'string' || rest.length > 0) return (stdout.write as (...args: unknown[]) => boolean).call(stdout, chunk, ...rest);
    if (parts === undefined && chunk !== BEGIN) return put(chunk);
    (parts ??= []).push(chunk);
    if (chunk !== END) return true;
    const text = parts.join('');
    parts = undefined;
    return put(text);
  };
  stdout.prependListener('resize', onResize);
  return { screen: over(stdout, { write: write as NodeJS.WriteStream['write'] }), end: () => void stdout.off('resize', onResize) };
}

function widenErase(text: string, drawn: DrawnRows, columns: number): string {
  const found = ERASE.exec(text);
  if (found === null) return text;
  const [, hide = '', up, lines] = found;
  const count = lines === undefined ? (up === undefined ? 0 : Number(up || 1)) : lines.split('\u001b[2K').length - 2;
  const rows = drawn.rowsAbove(count, columns);
  return `${hide}${rows === 0 ? '' : `\u001b[${rows}A`}\r\u001b[J`;
}

/** What a terminal says of itself, and no person has typed. */
export interface Reports { onKey(): void; onFocus(isFocused: boolean): void; onBackground(isLight: boolean): void; /** It knows the kitty protocol of keys. */ onKeys(): void; /** As it answers to the question for its name. */ onName(name: string): void }

/** An answer to the question for its background. */
// oxlint-disable-next-line no-control-regex
const COLOR = /^\u001b\]11;rgba?:([0-9a-f]{1,4})\/([0-9a-f]{1,4})\/([0-9a-f]{1,4})[/\u0007\u001b]/i;

/** The keyboard, without what the terminal says by itself. */
export function toKeyboard(stdin: NodeJS.ReadStream, reports: Reports): NodeJS.ReadStream {
  const keys = new KeyStream((answer) => report(answer, reports));
  let timer: NodeJS.Timeout | undefined;
  let late = '';
  const onSilence = (): void => {
    late = keys.flush(performance.now());
    stdin.emit('readable');
    late = ''; // Whoever has the keys now was not meant.
  };
  const read = (size?: number): unknown => {
    if (late !== '') {
      const given = late;
      late = '';
      return given;
    }
    const chunk: unknown = stdin.read(size);
    if (chunk === null) return null;
    clearTimeout(timer);
    const typed = keys.push(String(chunk), performance.now());
    if (keys.waitMs !== undefined) timer = setTimeout(onSilence, keys.waitMs).unref();
    if (typed !== '') reports.onKey();
    return typed;
  };
  return over(stdin, { read: read as NodeJS.ReadStream['read'] });
}

/** An answer to the question for its name. */
// oxlint-disable-next-line no-control-regex
const NAME = /^\u001bP>\|([ -~]*)\u001b\\$/;

function report(answer: string, { onBackground, onFocus, onKeys, onName }: Reports): void {
  const name = NAME.exec(answer)?.[1];
  const [, red, green, blue] = COLOR.exec(answer) ?? [];
  if (blue !== undefined) onBackground(isLight(red!, green!, blue));
  else if (answer === '\u001b[I' || answer === '\u001b[O') onFocus(answer.endsWith('I'));
  // oxlint-disable-next-line no-control-regex
  else if (/^\u001b\[\?\d+u$/.test(answer)) onKeys();
  else if (name !== undefined) onName(name);
}

function isLight(...hex: readonly [string, string, string]): boolean {
  const [red, green, blue] = hex.map((part) => Number.parseInt(part, 16) / (16 ** part.length - 1)) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.5;
}
