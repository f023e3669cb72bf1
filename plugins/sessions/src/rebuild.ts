import { applyHistory, type Message, type ToolCallBlock, type ToolResultBlock, toOpenResult, type TurnEvent } from '@pith/kernel';
import { mendHistory } from './mend-history.ts';
import { describeBreak, type ToolStart } from './describe-break.ts';

export interface Rebuilt {
  messages: Message[];
  /** What had to be put in where the last turn broke off, one sentence each. */
  repairs: string[];
  /** The calls that the last turn left without a result, with the one that stands for it. */
  missing: readonly Missing[];
}

export interface Missing { call: ToolCallBlock; /** Its place among the calls of the reply. */ index: number; result: ToolResultBlock }

/** A reply whose calls are being answered. */
interface OpenReply { calls: readonly ToolCallBlock[]; /** By place among the calls. */ results: Map<number, ToolResultBlock>; started: Set<string> }

/**
 * What was said, from what was kept: inputs, replies and results of the turns themselves, exactly as the kernel put them
 * together; sub-turns and calls of plugins have histories of their own. A call is never without a result.
 */
export function rebuild(events: Iterable<TurnEvent>): Rebuilt {
  const messages: Message[] = [];
  let open: OpenReply | undefined;
  let brokenOff = false;
  /** Calls of the turn at hand that have begun and not ended, sub-turns included. */
  const running = new Map<string, ToolStart>();
  /** Blocks that a vendor would not take, since a line with what belongs to them could not be read. */
  let leftOut = 0;

  /** Answers the calls of the last reply. @returns those that had no result of their own */
  const settle = (ended: boolean): Missing[] => {
    if (open === undefined) return [];
    const { calls, results, started } = open;
    open = undefined;
    const missing: Missing[] = [];
    const content = calls.map((call, index): ToolResultBlock => {
      const known = results.get(index);
      if (known?.toolCallId === call.id) return known;
      const result = ended ? toOpenResult(call.id) : toOpenResult(call.id, interruptedText(started.has(call.id)));
      missing.push({ call, index, result });
      return result;
    });
    messages.push({ role: 'user', content });
    return missing;
  };

  for (const event of events) {
    if (event.type === 'tool-start') running.set(`${event.runId} ${event.callId}`, event);
    else if (event.type === 'tool-end') running.delete(`${event.runId} ${event.callId}`);
    if (event.parentRunId !== undefined) continue;
    switch (event.type) {
      case 'session-start':
        // Whoever went on was given what follows from what is here, and what is said of ranges is said of that.
        if (open === undefined) leftOut += mendHistory(messages);
        break;
      case 'input-accepted':
        settle(false);
        messages.push(event.message);
        brokenOff = true;
        break;
      case 'history-changed':
        settle(false);
        messages.splice(0, messages.length, ...applyHistory(messages, event.messages));
        break;
      case 'model-end':
        if (event.purpose !== 'turn' || event.error !== undefined) break;
        settle(false);
        if (event.reply.blocks.length === 0) break;
        messages.push({ role: 'assistant', content: event.reply.blocks, ...(event.reply.id === null ? {} : { id: event.reply.id }) });
        open = toOpenReply(event.reply.blocks.filter((block): block is ToolCallBlock => block.type === 'tool-call'));
        break;
      case 'tool-start':
        open?.started.add(event.callId);
        break;
      case 'tool-end':
        if (event.index !== undefined) open?.results.set(event.index, { type: 'tool-result', toolCallId: event.callId, content: event.content, ...(event.status === 'done' ? {} : { isError: true }) });
        break;
      case 'turn-end':
        settle(true);
        running.clear();
        brokenOff = false;
        break;
      default:
    }
  }
  const missing = settle(false);
  leftOut += mendHistory(messages);
  const begun = [...running.values()];
  const notRun = missing.filter(({ call }) => !begun.some(({ callId, parentRunId }) => callId === call.id && parentRunId === undefined)).length;
  const left = leftOut === 0 ? [] : [`${leftOut === 1 ? 'A part' : `${leftOut} parts`} of what was said had lost what belongs to ${leftOut === 1 ? 'it' : 'them'}, and ${leftOut === 1 ? 'was' : 'were'} left out or closed.`];
  return { messages, missing, repairs: [...left, ...(brokenOff ? describeBreak({ running: begun, notRun }) : [])] };
}

function toOpenReply(calls: readonly ToolCallBlock[]): OpenReply | undefined {
  return calls.length === 0 ? undefined : { calls, results: new Map(), started: new Set() };
}

export function interruptedText(started: boolean): string {
  return started ? 'Interrupted while it ran: the process ended. What it was to do may or may not have happened, and was not done again: look before doing it again.' : 'Not run: the process ended before it began.';
}
