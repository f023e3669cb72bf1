import type { ToolCallBlock } from '@pith/kernel';
import { isRecord } from './json.ts';

/**
 * The block of a tool call whose input came as JSON text.
 *
 * The input arrived whole when its text is JSON and could not have gone on: an object cannot, a bare number could.
 * No text at all is an empty input, but only of a call that is known to be finished.
 */
export function toToolCall({ id, name, json, finished }: { id: string; name: string; json: string; finished: boolean }): ToolCallBlock {
  const incomplete: ToolCallBlock = { type: 'tool-call', id, name, input: undefined, complete: false, raw: json };
  if (json.trim() === '') return finished ? { type: 'tool-call', id, name, input: {}, complete: true } : incomplete;
  let input: unknown;
  try {
    input = JSON.parse(json);
  } catch {
    return incomplete; // Not whole, or never JSON: the model is told either way.
  }
  return finished || isRecord(input) ? { type: 'tool-call', id, name, input, complete: true } : incomplete;
}

/** What goes up for a call: vendors take objects only, and a call that was never whole had none. */
export function toCallInput(call: ToolCallBlock): Record<string, unknown> {
  return isRecord(call.input) ? call.input : {};
}
