import type { Block, ModelEvent, Reply, Usage } from '@pith/kernel';
import { cacheDetails, createdOf, headOf, promptTokens, type ReplySetup, type ReplyWriter, sse, toArguments, toStop } from './reply-writer.ts';
import { seal } from './sealed.ts';

const ID = 'resp_';

/** An item of the output that has begun. */
interface Open { at: number; id: string; kind: 'message' | 'reasoning' | 'function_call'; hasDelta: boolean }

/** Writes replies of Claude as the Responses API does. Thoughts bear, sealed, what their vendor needs back. */
export class ResponsesWriter implements ReplyWriter {
  readonly #setup: ReplySetup;
  readonly #open = new Map<number, Open>();
  #done: object[] = [];
  #sequence = 0;
  #head = { id: '', model: '' };

  constructor(setup: ReplySetup) {
    this.#setup = setup;
  }

  take(event: ModelEvent): string {
    switch (event.type) {
      case 'start': return this.#start(event);
      case 'text-delta': return this.#grow(event.index, { kind: 'message', json: event.text });
      case 'thinking-delta': return this.#grow(event.index, { kind: 'reasoning', json: event.text });
      case 'tool-input-delta': return event.name === '' ? '' : this.#grow(event.index, { kind: 'function_call', json: event.json, call: event });
      case 'block': return this.#finish(event.index, event.block);
      case 'end': return this.#end(event.reply);
      default: return '';
    }
  }

  whole(reply: Reply): object {
    this.#head = headOf(reply, ID, this.#setup);
    return this.#response(statusOf(reply), { reply, output: reply.blocks.flatMap((block, index) => toItem(block, this.#itemId(index)) ?? []) });
  }

  #start(of: { id: string | null; model: string | null }): string {
    this.#head = headOf(of, ID, this.#setup);
    const response = this.#response('in_progress', { output: [] });
    return this.#event('response.created', { response }) + this.#event('response.in_progress', { response });
  }

  #event(type: string, more: object): string {
    return sse({ type, sequence_number: this.#sequence++, ...more });
  }

  #itemId(index: number): string {
    return `item_${this.#head.id.slice(ID.length)}_${index}`;
  }

  #response(status: string, { reply, output }: { reply?: Reply; output: readonly object[] }): object {
    const usage = reply?.usage ?? null;
    return {
      ...this.#head, object: 'response', created_at: createdOf(this.#setup), status, output, store: false, parallel_tool_calls: true, tools: [], tool_choice: 'auto', metadata: {},
      temperature: null, top_p: null, instructions: null,
      error: status === 'failed' ? { code: 'server_error', message: reply?.error?.message ?? 'no reason given' } : null,
      incomplete_details: status === 'incomplete' ? { reason: toStop(reply!) === 'refusal' ? 'content_filter' : 'max_output_tokens' } : null,
      usage: usage === null ? null : toUsage(usage),
    };
  }

  #grow(index: number, { kind, json, call }: { kind: Open['kind']; json: string; call?: { id: string; name: string } }): string {
    const [open, begun] = this.#begin(index, kind, call);
    open.hasDelta = true;
    return begun + this.#delta(open, json);
  }

  #begin(index: number, kind: Open['kind'], call?: { id: string; name: string }): [Open, string] {
    const known = this.#open.get(index);
    if (known !== undefined) return [known, ''];
    const open: Open = { at: this.#open.size, id: this.#itemId(index), kind, hasDelta: false };
    this.#open.set(index, open);
    const item = kind === 'message' ? { id: open.id, type: 'message', status: 'in_progress', role: 'assistant', content: [] }
      : kind === 'reasoning' ? { id: open.id, type: 'reasoning', summary: [] }
      : { id: open.id, type: 'function_call', status: 'in_progress', call_id: call!.id, name: call!.name, arguments: '' };
    const added = this.#event('response.output_item.added', { output_index: open.at, item });
    if (kind === 'message') return [open, added + this.#event('response.content_part.added', { item_id: open.id, output_index: open.at, content_index: 0, part: { type: 'output_text', text: '', annotations: [] } })];
    if (kind === 'reasoning') return [open, added + this.#event('response.reasoning_summary_part.added', { item_id: open.id, output_index: open.at, summary_index: 0, part: { type: 'summary_text', text: '' } })];
    return [open, added];
  }

  #delta({ id, at, kind }: Open, delta: string): string {
    const place = { item_id: id, output_index: at };
    if (kind === 'message') return this.#event('response.output_text.delta', { ...place, content_index: 0, delta, logprobs: [] });
    if (kind === 'reasoning') return this.#event('response.reasoning_summary_text.delta', { ...place, summary_index: 0, delta });
    return this.#event('response.function_call_arguments.delta', { ...place, delta });
  }

  #finish(index: number, block: Block): string {
    const item = toItem(block, this.#itemId(index));
    if (item === undefined) return '';
    const [open, begun] = this.#begin(index, item.type, block.type === 'tool-call' ? block : undefined);
    const text = textOf(block);
    const shown = open.hasDelta || text === '' ? '' : this.#delta(open, text);
    const place = { item_id: open.id, output_index: open.at };
    this.#done.push(item);
    const ended = item.type === 'message'
      ? this.#event('response.output_text.done', { ...place, content_index: 0, text, logprobs: [] }) + this.#event('response.content_part.done', { ...place, content_index: 0, part: (item.content as object[])[0]! })
      : item.type === 'reasoning'
        ? this.#event('response.reasoning_summary_text.done', { ...place, summary_index: 0, text }) + this.#event('response.reasoning_summary_part.done', { ...place, summary_index: 0, part: { type: 'summary_text', text } })
        : this.#event('response.function_call_arguments.done', { ...place, arguments: text });
    return begun + shown + ended + this.#event('response.output_item.done', { output_index: open.at, item });
  }

  #end(reply: Reply): string {
    if (reply.status === 'truncated') return ''; // Whoever reads sees that the end is missing.
    const status = statusOf(reply);
    return this.#event(`response.${status}`, { response: this.#response(status, { reply, output: this.#done }) });
  }
}

type Item = { type: 'message' | 'reasoning' | 'function_call'; content?: object[] } & Record<string, unknown>;

function toItem(block: Block, id: string): Item | undefined {
  switch (block.type) {
    case 'text': return { id, type: 'message', status: 'completed', role: 'assistant', content: [{ type: 'output_text', text: block.text, annotations: [], logprobs: [] }] };
    case 'refusal': return { id, type: 'message', status: 'completed', role: 'assistant', content: [{ type: 'refusal', refusal: block.text }] };
    case 'thinking': return {
      id, type: 'reasoning', summary: block.text === '' ? [] : [{ type: 'summary_text', text: block.text }],
      ...(block.signature === undefined ? {} : { encrypted_content: seal({ thinking: block.text, signature: block.signature }) }),
    };
    case 'redacted-thinking': return { id, type: 'reasoning', summary: [], encrypted_content: seal({ redacted: block.data }) };
    case 'tool-call': return { id, type: 'function_call', status: block.complete ? 'completed' : 'incomplete', call_id: block.id, name: block.name, arguments: toArguments(block) };
    default: return undefined; // Tools that the vendor runs itself were not offered.
  }
}

function textOf(block: Block): string {
  if (block.type === 'text' || block.type === 'refusal' || block.type === 'thinking') return block.text;
  return block.type === 'tool-call' ? toArguments(block) : '';
}

function statusOf(reply: Reply): 'completed' | 'incomplete' | 'failed' {
  if (reply.status === 'error') return 'failed';
  const stop = toStop(reply);
  return stop === 'length' || stop === 'refusal' ? 'incomplete' : 'completed';
}

function toUsage(usage: Usage): object {
  const input = promptTokens(usage);
  return { input_tokens: input, input_tokens_details: cacheDetails(usage), output_tokens: usage.output, output_tokens_details: { reasoning_tokens: 0 }, total_tokens: input + usage.output };
}
