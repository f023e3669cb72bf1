import type { Key } from 'ink';

const NAMED: readonly (readonly [keyof Key, string])[] = [
  ['upArrow', 'up'], ['downArrow', 'down'], ['leftArrow', 'left'], ['rightArrow', 'right'], ['pageUp', 'pageup'], ['pageDown', 'pagedown'],
  ['home', 'home'], ['end', 'end'], ['return', 'enter'], ['escape', 'escape'], ['tab', 'tab'], ['backspace', 'backspace'], ['delete', 'delete'],
];

/** One press of a key, or text that came at once: pasted, or typed while nobody read. */
export type Pressing = { key: string } | { text: string };

/** A key is `up`, `return`, `ctrl+a`, `alt+b`, `space`, otherwise the character that it types. Nothing where one is let go. */
export function toPressings(input: string, key: Key): Pressing[] {
  if (key.eventType === 'release') return [];
  const named = NAMED.find(([property]) => key[property] === true)?.[1];
  if (named !== undefined) return [{ key: key.shift && named === 'tab' ? 'up' : named }];
  if (key.ctrl) return [{ key: `ctrl+${input}` }];
  if (key.meta || key.super || key.hyper) return [{ key: `alt+${input}` }];
  // Over a slow connection a key and Enter come as one.
  const [first = '', ...rest] = input;
  if (rest.length === 0 || (rest.length === 1 && rest[0] === '\r')) return [...(first === '' ? [] : [{ key: first === ' ' ? 'space' : first }]), ...(rest.length === 0 ? [] : [{ key: 'enter' }])];
  return [{ text: input }];
}
