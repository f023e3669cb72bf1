import type { ChatSetup } from '@pith/kernel';
import { Conversation } from './conversation.ts';
import type { TerminalOptions } from './options.ts';

/** Holds the conversation: drawn where the terminal can, and in plain lines where it cannot or the person wants them. @returns the exit code */
export async function chat(setup: ChatSetup, options: TerminalOptions): Promise<number> {
  const conversation = new Conversation(setup);
  return (await import('./ink/draw-chat.ts')).drawChat(conversation, options);
}
