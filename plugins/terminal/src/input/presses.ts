import type { Key } from 'ink';

/** A key by its name, text that was typed, or text that came with line ends though nobody types so fast. */
export type Press = { key: string } | { text: string } | { pasted: string };

const NAMES: readonly (readonly [keyof Key, string])[] = [
  ['upArrow', 'up'], ['downArrow', 'down'], ['leftArrow', 'left'], ['rightArrow', 'right'], ['pageUp', 'pageup'], ['pageDown', 'pagedown'], ['home', 'home'], ['end', 'end'],
  ['return', 'enter'], ['escape', 'escape'], ['tab', 'tab'], ['backspace', 'backspace'], ['delete', 'delete'],
];
/** Keys that terminals and keyboards send in several ways. */
const SAME: Readonly<Record<string, string>> = { 'ctrl+-': 'ctrl+_', 'ctrl+/': 'ctrl+_', 'alt+-': 'alt+_', 'alt+,': 'alt+<', 'alt+.': 'alt+>', 'ctrl+[': 'escape', 'ctrl+m': 'enter', 'ctrl+enter': 'enter', 'ctrl+i': 'tab', 'ctrl+h': 'backspace' };
/** As xterm writes a modified key where the kitty protocol is not known. */
const OTHER_KEY = /^\[27;(\d{1,3});(\d{1,7})~$/;
/** What is left of a sequence that Ink does not know, its escape character cut off: focus, an answer of the terminal, a key without a name. */
const UNKNOWN_SEQUENCE = /^\[(?:[IO]|[<?>=]?\d[\d;:]*[A-Za-z~^$])$/;

/** What came in by one event of Ink's `useInput`, which may be several keys that arrived together. */
export function toPresses(input: string, key: Key): Press[] {
  if (key.eventType === 'release') return [];
  const [, modifiers, code] = OTHER_KEY.exec(input) ?? [];
  if (modifiers !== undefined) return fromCode(Number(code), Number(modifiers) - 1);
  const named = NAMES.find(([flag]) => key[flag] === true)?.[1];
  if (named === 'escape' && key.meta && !key.ctrl) return [{ key: 'escape' }, { key: 'escape' }];
  if (named !== undefined) return [{ key: withModifiers(named, key) }];
  if (input === '' || UNKNOWN_SEQUENCE.test(input)) return [];
  if (key.ctrl || key.meta || key.super || key.hyper) return [{ key: withModifiers(input.toLowerCase(), key) }];
  return fromText(input);
}

/** A line end, and more text behind it: nobody types so fast. */
// oxlint-disable-next-line no-control-regex
const PASTED = /\r+[^\r\x00-\x08\x0b-\x1f\x7f]/;
// oxlint-disable-next-line no-control-regex
const PARTS = /[\x00-\x1f\x7f]|[^\x00-\x1f\x7f]+/g;
const CONTROL: Readonly<Record<string, string>> = { '\r': 'enter', '\t': 'tab', '\b': 'backspace', '\u007f': 'backspace', '\0': 'ctrl+space' };

/**
 * Text, and keys among it: what was typed while nobody looked comes in one piece. With line ends inside it was pasted into a terminal
 * that does not say so, and nothing of it is sent.
 */
function fromText(input: string): Press[] {
  if (PASTED.test(input)) return [{ pasted: input }];
  return Array.from(input.matchAll(PARTS), ([part]) => {
    const code = part.charCodeAt(0);
    return code >= 0x20 && code !== 0x7f ? { text: part } : { key: CONTROL[part] ?? `ctrl+${String.fromCharCode(code | 0x40).toLowerCase()}` };
  });
}

function fromCode(code: number, modifiers: number): Press[] {
  if (code > 0x10ffff) return [];
  const name = { 9: 'tab', 13: 'enter', 27: 'escape', 127: 'backspace' }[code] ?? String.fromCodePoint(code).toLowerCase();
  const [shift, meta, ctrl] = [(modifiers & 1) !== 0, (modifiers & 2) !== 0, (modifiers & 4) !== 0];
  if (name.length === 1 && !ctrl && !meta) return [{ text: String.fromCodePoint(code) }];
  return [{ key: withModifiers(name, { shift, meta, ctrl }) }];
}

function withModifiers(name: string, { ctrl, meta, shift }: Pick<Key, 'ctrl' | 'meta' | 'shift'>): string {
  // What shift makes of a sign differs from keyboard to keyboard.
  const key = `${ctrl ? 'ctrl+' : ''}${meta ? 'alt+' : ''}${shift && (name.length > 1 || /\p{L}/u.test(name)) ? 'shift+' : ''}${name}`;
  return SAME[key] ?? key;
}
