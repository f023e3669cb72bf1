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

/**
 * The terminal to draw on. Ink writes an update in several parts; here it is one write, so that also a terminal that does not know what
 * marks an update never shows the half of one.
 * @param onUpdate gets what is written
 */
export function toScreen(stdout: NodeJS.WriteStream, onUpdate: (text: string) => void): NodeJS.WriteStream {
  let parts: string[] | undefined;
  const write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    if (chunk === BEGIN && parts === undefined) {
      parts = [BEGIN];
      return true;
    }
    if (parts === undefined || typeof chunk !== 'string') {
      if (typeof chunk === 'string') onUpdate(chunk);
      return (stdout.write as (...args: unknown[]) => boolean).call(stdout, chunk, ...rest);
    }
    parts.push(chunk);
    if (chunk !== END) return true;
    const text = parts.join('');
    parts = undefined;
    onUpdate(text);
    return stdout.write(text);
  };
  return over(stdout, { write: write as NodeJS.WriteStream['write'] });
}

/** What a terminal says of itself, and no person has typed. */
export interface Reports { onKey(): void; onFocus(isFocused: boolean): void; onBackground(isLight: boolean): void }

/** An answer to a question about its colours, whole or as far as it has come. */
// oxlint-disable-next-line no-control-regex
const COLOR = /\u001b\]11;rgb:([0-9a-f]{1,4})\/([0-9a-f]{1,4})\/([0-9a-f]{1,4})(?:\u0007|\u001b\\)/gi;
// oxlint-disable-next-line no-control-regex
const BEGUN = /\u001b\](?:1(?:1(?:;[\w:/]{0,24}\u001b?)?)?)?$/;

/** The keyboard, without what the terminal says by itself. */
export function toKeyboard(stdin: NodeJS.ReadStream, reports: Reports): NodeJS.ReadStream {
  let held = '';
  const read = (size?: number): unknown => {
    const chunk: unknown = stdin.read(size);
    if (chunk === null) return null;
    reports.onKey();
    const text = held + String(chunk);
    held = BEGUN.exec(text)?.[0] ?? '';
    return text.slice(0, text.length - held.length)
      .replaceAll(COLOR, (_, red: string, green: string, blue: string) => {
        reports.onBackground(isLight(red, green, blue));
        return '';
      })
      // oxlint-disable-next-line no-control-regex
      .replaceAll(/\u001b\[([IO])/g, (_, which: string) => {
        reports.onFocus(which === 'I');
        return '';
      });
  };
  return over(stdin, { read: read as NodeJS.ReadStream['read'] });
}

function isLight(...hex: readonly [string, string, string]): boolean {
  const [red, green, blue] = hex.map((part) => Number.parseInt(part, 16) / (16 ** part.length - 1)) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.5;
}
