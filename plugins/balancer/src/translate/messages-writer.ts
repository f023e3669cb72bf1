import type { Block, ModelEvent, Reply, Usage } from '@pith/kernel';
import { headOf, type ReplySetup, type ReplyWriter, sse, toArguments, toStop } from './reply-writer.ts';
import { sealThought } from './sealed.ts';

const STOPS: Readonly<Record<string, string>> = { end: 'end_turn', calls: 'tool_use', length: 'max_tokens', refusal: 'refusal' };

/** A block that has begun. */
interface Open { at: number; type: 'text' | 'thinking' | 'tool_use'; /** Something of it was shown. */ hasDelta: boolean }

/** Writes replies of OpenAI's models as the Messages API does. Thoughts bear, as their signature, what their vendor needs back. */
export class MessagesWriter implements ReplyWriter {
  readonly #setup: ReplySetup;
  /** By the index of our events. */
  readonly #open = new Map<number, Open>();
  #next = 0;

  constructor(setup: ReplySetup) {
    this.#setup = setup;
  }

  take(event: ModelEvent): string {
    switch (event.type) {
      case 'start': return sse({ type: 'message_start', message: { ...this.#head(event), content: [], stop_reason: null, stop_sequence: null, usage: toUsage(event.usage ?? { input: 0, output: 0 }) } });
      case 'text-delta': return this.#grow(event.index, { type: 'text', text: '' }, { type: 'text_delta', text: event.text });
      case 'thinking-delta': return this.#grow(event.index, { type: 'thinking', thinking: '', signature: '' }, { type: 'thinking_delta', thinking: event.text });
      case 'tool-input-delta': return event.name === '' ? '' : this.#grow(event.index, { type: 'tool_use', id: event.id, name: event.name, input: {} }, { type: 'input_json_delta', partial_json: event.json });
      case 'block': return this.#finish(event.index, event.block);
      case 'end': return this.#end(event.reply);
      default: return '';
    }
  }

  whole(reply: Reply): object {
    return { ...this.#head(reply), content: reply.blocks.flatMap(toContent), stop_reason: STOPS[toStop(reply)] ?? toStop(reply), stop_sequence: reply.stopSequence ?? null, usage: toUsage(reply.usage ?? { input: 0, output: 0 }) };
  }

  #head(of: { id: string | null; model: string | null }): object {
    return { type: 'message', role: 'assistant', ...headOf(of, 'msg_', this.#setup) };
  }

  #grow(index: number, start: { type: Open['type'] } & Record<string, unknown>, delta: object): string {
    let open = this.#open.get(index);
    let text = '';
    if (open === undefined) {
      this.#open.set(index, open = { at: this.#next++, type: start.type, hasDelta: false });
      text = sse({ type: 'content_block_start', index: open.at, content_block: start });
    }
    open.hasDelta = true;
    return text + sse({ type: 'content_block_delta', index: open.at, delta });
  }

  /** What was not shown piece by piece is shown now. */
  #finish(index: number, block: Block): string {
    const [content] = toContent(block);
    const known = this.#open.get(index);
    if (content === undefined) return known === undefined ? '' : this.#stop(known);
    const { type } = content;
    let text = '';
    let open = known;
    if (open === undefined) {
      this.#open.set(index, open = { at: this.#next++, type, hasDelta: false });
      text = sse({ type: 'content_block_start', index: open.at, content_block: emptied(content) });
    }
    if (!open.hasDelta) text += this.#delta(open, block);
    if (block.type === 'thinking' && content.type === 'thinking' && content.signature !== '') text += sse({ type: 'content_block_delta', index: open.at, delta: { type: 'signature_delta', signature: content.signature } });
    return text + this.#stop(open);
  }

  #delta({ at }: Open, block: Block): string {
    const said = block.type === 'text' || block.type === 'refusal' ? { type: 'text_delta', text: block.text }
      : block.type === 'thinking' ? block.text === '' ? undefined : { type: 'thinking_delta', thinking: block.text }
      : block.type === 'tool-call' ? { type: 'input_json_delta', partial_json: toArguments(block) } : undefined;
    return said === undefined ? '' : sse({ type: 'content_block_delta', index: at, delta: said });
  }

  #stop({ at }: Open): string {
    return sse({ type: 'content_block_stop', index: at });
  }

  #end(reply: Reply): string {
    if (reply.status === 'truncated') return ''; // Whoever reads sees that the end is missing.
    if (reply.status === 'error') return sse({ type: 'error', error: { type: toErrorType(reply.error?.type), message: reply.error?.message ?? 'no reason given' } });
    const stop = toStop(reply);
    return sse({ type: 'message_delta', delta: { stop_reason: STOPS[stop] ?? stop, stop_sequence: reply.stopSequence ?? null }, usage: toUsage(reply.usage ?? { input: 0, output: 0 }) }) + sse({ type: 'message_stop' });
  }
}

type Content = { type: 'text'; text: string } | { type: 'thinking'; thinking: string; signature: string } | { type: 'tool_use'; id: string; name: string; input: unknown };

function toContent(block: Block): Content[] {
  switch (block.type) {
    case 'text': case 'refusal': return [{ type: 'text', text: block.text }];
    case 'thinking': return [{ type: 'thinking', thinking: block.text, signature: sealThought(block) ?? '' }];
    case 'tool-call': return [{ type: 'tool_use', id: block.id, name: block.name, input: block.complete ? block.input : {} }];
    default: return []; // Tools that the vendor runs itself were not offered.
  }
}

function emptied(content: Content): object {
  switch (content.type) {
    case 'text': return { ...content, text: '' };
    case 'thinking': return { ...content, thinking: '', signature: '' };
    case 'tool_use': return { ...content, input: {} };
  }
}

function toUsage({ input, output, cacheRead = 0, cacheWrite = 0 }: Usage): object {
  return { input_tokens: input, cache_creation_input_tokens: cacheWrite, cache_read_input_tokens: cacheRead, output_tokens: output };
}

const TYPES = ['invalid_request_error', 'authentication_error', 'permission_error', 'not_found_error', 'request_too_large', 'rate_limit_error', 'api_error', 'overloaded_error', 'timeout_error', 'billing_error'];

/** A vendor's word for an error, as the Messages API says it. */
export function toErrorType(word: string | undefined): string {
  if (word !== undefined && TYPES.includes(word)) return word;
  if (word !== undefined && /rate_limit|quota/.test(word)) return 'rate_limit_error';
  if (word !== undefined && /overload|capacity/.test(word)) return 'overloaded_error';
  return word !== undefined && /invalid|context_length/.test(word) ? 'invalid_request_error' : 'api_error';
}
