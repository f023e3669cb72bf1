import type { Block, ModelEvent, Reply, Usage } from '@pith/kernel';

/** Writes a reply as the programs of one wire read it. */
export interface ReplyWriter {
  /** The text of what an event means to a stream; empty for most that mean nothing there. */
  take(event: ModelEvent): string;
  /** A reply in one piece. */
  whole(reply: Reply): object;
}

export interface ReplySetup {
  /** Where the reply names none: as it was asked for. */
  model: string;
  nowMs: number;
  /** Chat Completions: the client wants the tokens at the end of the stream. */
  includeUsage?: boolean;
}

export const sse = (data: { type: string } & Record<string, unknown>): string => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
export const sseData = (data: object): string => `data: ${JSON.stringify(data)}\n\n`;

/** An id of the kind that a wire has; the vendor's own is within it. */
function toId(prefix: string, id: string | null): string {
  if (id === null || id === '') return `${prefix}pith`;
  return id.startsWith(prefix) ? id : `${prefix}${id}`;
}

/** What a reply is called on a wire, and whose it is: an id of the wire's kind, and the model as it was asked for where the vendor names none. */
export function headOf({ id, model }: { id: string | null; model: string | null }, prefix: string, setup: ReplySetup): { id: string; model: string } {
  return { id: toId(prefix, id), model: model ?? setup.model };
}

/** OpenAI counts time in seconds. */
export const createdOf = ({ nowMs }: ReplySetup): number => Math.floor(nowMs / 1000);

export const hasCalls = (blocks: readonly Block[]): boolean => blocks.some(({ type }) => type === 'tool-call');

/** The arguments of a call, as far as they came. */
export const toArguments = (block: Block & { type: 'tool-call' }): string => (block.complete ? JSON.stringify(block.input) : block.raw);

/** OpenAI counts what was read from the cache, and written to it, in the prompt as well. */
export function promptTokens({ input, cacheRead = 0, cacheWrite = 0 }: Usage): number {
  return input + cacheRead + cacheWrite;
}

export const cacheDetails = ({ cacheRead = 0, cacheWrite = 0 }: Usage): object => ({ cached_tokens: cacheRead, ...(cacheWrite > 0 ? { cache_write_tokens: cacheWrite } : {}) });

/** Why it stopped, in one word for all wires; what nobody knows stays as it is. */
export function toStop({ stop, blocks }: Pick<Reply, 'stop' | 'blocks'>): string {
  switch (stop) {
    case 'end_turn': case 'stop': case 'completed': case 'pause_turn': case null: return hasCalls(blocks) ? 'calls' : 'end';
    case 'tool_use': case 'tool_calls': case 'function_call': return 'calls';
    case 'max_tokens': case 'length': case 'max_output_tokens': case 'model_context_window_exceeded': return 'length';
    case 'refusal': case 'content_filter': return 'refusal';
    default: return stop;
  }
}
