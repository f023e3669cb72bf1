import type { Block, TurnEvent } from '@pith/kernel';

export type TextKind = 'input' | 'answer' | 'tool-call' | 'tool-result' | 'summary';

/** A text of a session that a person may look for. */
export interface FoundText { kind: TextKind; text: string; tool?: string }

/** What the events of a session say, in order: inputs, answers, calls and results, and what was put in their place. Thinking is not said. */
export class Texts {
  /** Calls that a reply holds; of others, as of `!command`, only their start tells. */
  readonly #calls = new Set<string>();

  of(event: TurnEvent): FoundText[] {
    switch (event.type) {
      case 'input-accepted': return event.message.content.flatMap((block) => toTexts('input', block));
      case 'history-changed': return event.messages.flatMap((message) => ('content' in message ? message.content.flatMap((block) => toTexts('summary', block)) : []));
      case 'model-end':
        if (event.error !== undefined) return [];
        for (const block of event.reply.blocks) if (block.type === 'tool-call') this.#calls.add(`${event.runId} ${block.id}`);
        return event.reply.blocks.flatMap((block) => toTexts('answer', block));
      case 'tool-start': return this.#calls.has(`${event.runId} ${event.callId}`) ? [] : [toCall(event.tool, event.input)];
      case 'tool-end': return event.content.flatMap((part) => toTexts('tool-result', part).map((found) => ({ ...found, tool: event.tool })));
      default: return [];
    }
  }
}

function toTexts(kind: TextKind, block: Block): FoundText[] {
  switch (block.type) {
    case 'text': case 'refusal': return [{ kind, text: block.text }];
    case 'tool-call': return [toCall(block.name, block.complete ? block.input : block.raw)];
    case 'server-tool-call': return [toCall(block.name, block.input)];
    case 'tool-result': return block.content.flatMap((part) => toTexts(kind, part));
    default: return [];
  }
}

/** As a person would read it: the tool, and every value of its input, one a line. */
function toCall(tool: string, input: unknown): FoundText {
  return { kind: 'tool-call', tool, text: [tool, ...valuesIn(input)].join('\n') };
}

function valuesIn(value: unknown): string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(valuesIn);
  return value === undefined || value === null ? [] : [String(value)];
}
