import type { Block, Message } from '@pith/kernel';
import type { Measure } from '../history.ts';

/** What a stage gets, and how far it is to go. */
export interface Ask {
  messages: readonly Message[];
  /** Of `messages`. */
  tokens: number;
  /** A stage that loses something stops as soon as there are no more than this. */
  goal: number;
  /** From this message on nothing is touched. */
  newest: number;
  measure: Measure;
}

export interface Outcome {
  messages: readonly Message[];
  tokens: number;
  /** What went, for people. */
  dropped: readonly string[];
}

/** One message with less in it; nothing where there is nothing to take. */
export type Lessen = (message: Message, index: number) => { content: readonly Block[]; dropped: readonly string[] } | undefined;

/** Lessens messages of the user, oldest first. One that would get no shorter stays as it is, the very same object. */
export function rewrite({ messages, tokens, goal, newest, measure }: Ask, lessen: Lessen): Outcome {
  const made = [...messages];
  const dropped: string[] = [];
  let left = tokens;
  for (let index = 0; index < newest && left > goal; index++) {
    const message = messages[index]!;
    const less = message.role === 'user' ? lessen(message, index) : undefined;
    if (less === undefined) continue;
    const shorter: Message = { ...message, content: less.content };
    const saved = measure(message) - measure(shorter);
    if (saved <= 0) continue;
    made[index] = shorter;
    left -= saved;
    dropped.push(...less.dropped);
  }
  return dropped.length === 0 ? { messages, tokens, dropped } : { messages: made, tokens: left, dropped };
}
