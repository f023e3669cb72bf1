import type { ChatSetup } from '@pith/kernel';
import { Conversation } from './conversation.ts';
import type { TerminalOptions } from './options.ts';

/** Holds the conversation: drawn where the terminal can, and in plain lines where it cannot or the person wants them. @returns the exit code */
export async function chat(setup: ChatSetup, options: TerminalOptions): Promise<number> {
  // Keys that come while the rest is loaded are kept for it, and not shown by the terminal.
  setup.stdin.setRawMode(true);
  const conversation = new Conversation(setup);
  if (wantsLines(setup, options)) return (await import('./plain/plain-chat.ts')).chatPlainly(conversation);
  return (await import('./ink/draw-chat.ts')).drawChat(conversation, options);
}

/** Whether nothing is to be drawn: asked for, read out, or shown by what cannot draw. `INK_SCREEN_READER` is what other programs of this kind look at. */
export function wantsLines({ plain, env }: Pick<ChatSetup, 'plain' | 'env'>, { screenReader }: Pick<TerminalOptions, 'screenReader'>): boolean {
  return plain === true || screenReader || env['INK_SCREEN_READER'] === 'true' || env['TERM'] === 'dumb';
}
