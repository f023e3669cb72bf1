import { escapeControl } from '@pith/kernel';

/** Replies are for people: nothing in them steers a terminal. */
export function toReply(text: string): string {
  return escapeControl(text.replaceAll('\r\n', '\n'), { lines: true });
}
