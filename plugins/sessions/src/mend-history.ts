import { type Block, type Message, toOpenResult } from '@pith/kernel';

/**
 * Makes a history one that a vendor takes, in place: it begins with a person, and what comes after calls answers them, and nothing else.
 * As the kernel keeps it nothing is to be done; where lines were lost, what belonged to them is left out, and a call is closed.
 * @returns how many blocks were left out or closed
 */
export function mendHistory(messages: Message[]): number {
  const whole: Message[] = [];
  let count = 0;
  /** Calls of the message before, by their ids, which need not differ. */
  let open: string[] = [];
  for (const message of messages) {
    const content = whole.length === 0 && message.role === 'assistant' ? [] : message.content.filter((block) => block.type !== 'tool-result' || take(open, block.toolCallId));
    const closed: Block[] = open.map((id) => toOpenResult(id));
    count += message.content.length - content.length + closed.length;
    if (closed.length > 0 && message.role === 'assistant') whole.push({ role: 'user', content: closed.splice(0) });
    if (closed.length + content.length > 0) whole.push(closed.length === 0 && content.length === message.content.length ? message : { ...message, content: [...closed, ...content] });
    open = message.role === 'user' ? [] : content.flatMap((block) => (block.type === 'tool-call' ? [block.id] : []));
  }
  if (open.length > 0) whole.push({ role: 'user', content: open.map((id) => toOpenResult(id)) });
  count += open.length;
  if (count > 0) messages.splice(0, messages.length, ...whole);
  return count;
}

/** @returns whether it was there */
function take(ids: string[], id: string): boolean {
  const at = ids.indexOf(id);
  if (at >= 0) ids.splice(at, 1);
  return at >= 0;
}
