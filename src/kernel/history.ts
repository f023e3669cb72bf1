import { isMessage } from './context.ts';
import { describe, PithError } from './errors.ts';
import type { MessageRange } from './event.ts';
import { deepFreeze } from './base/freeze.ts';
import type { Message } from './message.ts';
import type { Run } from './run.ts';

/**
 * Puts another history in the place of what was said so far, once those who keep the session have it.
 * @throws PithError HISTORY_INVALID, and where the change cannot be kept
 */
export async function setHistory(run: Run, given: readonly Message[], { plugin, reason }: { plugin: string; reason: string }): Promise<void> {
  const wrong = whatIsWrong(given);
  if (wrong !== undefined) throw new PithError(`Plugin ${plugin} would leave a conversation that cannot go on: ${wrong}`, { code: 'HISTORY_INVALID', plugin, origin: 'plugin' });
  const { secrets } = run.session.kernel;
  const known = new Map(run.messages.map((message, index) => [message, index]));
  const messages = given.map((message) => (known.has(message) ? message : secrets.redactDeep(deepFreeze(message))));
  await run.emit({ type: 'history-changed', plugin, reason, messages: toRanges(messages, known), before: run.messages.length, after: messages.length });
  run.messages.splice(0, run.messages.length, ...messages);
  run.historyChanged = { plugin, reason };
}

/** The history after a change, from the one before. */
export function applyHistory(before: readonly Message[], parts: readonly (Message | MessageRange)[]): Message[] {
  return parts.flatMap((part) => ('from' in part ? before.slice(part.from, part.to) : [part]));
}

function toRanges(messages: readonly Message[], known: ReadonlyMap<Message, number>): (Message | MessageRange)[] {
  const parts: (Message | MessageRange)[] = [];
  for (const message of messages) {
    const at = known.get(message);
    const last = parts.at(-1);
    if (at === undefined) parts.push(message);
    else if (last !== undefined && 'to' in last && last.to === at) last.to++;
    else parts.push({ from: at, to: at + 1 });
  }
  return parts;
}

/** A vendor takes a history that begins with the user, and in which the message after a call answers it, and nothing else. */
function whatIsWrong(messages: readonly Message[]): string | undefined {
  if (!Array.isArray(messages)) return `it gave ${describe(messages)} where a list of messages belongs`;
  let open: readonly string[] = [];
  for (const [index, message] of messages.entries()) {
    if (!isMessage(message)) return `message ${index} is none`;
    if (message.content.length === 0) return `message ${index} is empty`;
    if (index === 0 && message.role !== 'user') return 'it begins with the assistant';
    const answered = message.content.flatMap((block) => (block.type === 'tool-result' ? [block.toolCallId] : []));
    const missing = differ(open, answered);
    if (missing !== undefined) return `message ${index} ${missing.isExtra ? 'has a result without its call' : 'lacks the result of a call'}, ${missing.id}`;
    open = message.content.flatMap((block) => (block.type === 'tool-call' ? [block.id] : []));
    if (open.length > 0 && message.role !== 'assistant') return `message ${index} has a call that is not the model's`;
  }
  return open.length === 0 ? undefined : `the last message lacks the result of a call, ${open[0]}`;
}

/** Ids need not differ within a reply, so they are counted. */
function differ(calls: readonly string[], results: readonly string[]): { id: string; isExtra: boolean } | undefined {
  const left = [...calls];
  for (const id of results) {
    const at = left.indexOf(id);
    if (at < 0) return { id, isExtra: true };
    left.splice(at, 1);
  }
  return left.length === 0 ? undefined : { id: left[0]!, isExtra: false };
}
