import type { Block, ModelEvent, Reply, Usage } from '@pith/kernel';
import { cacheDetails, createdOf, headOf, promptTokens, type ReplySetup, type ReplyWriter, sseData, toArguments, toStop } from './reply-writer.ts';
import { toDetail } from './sealed.ts';

const STOPS: Readonly<Record<string, string>> = { end: 'stop', calls: 'tool_calls', length: 'length', refusal: 'content_filter', stop_sequence: 'stop' };

/** Writes replies of Claude as Chat Completions. Thoughts stand in `reasoning_content`, and with their signature in `reasoning_details`. */
export class ChatWriter implements ReplyWriter {
  readonly #setup: ReplySetup;
  /** The index of our events → the call's number. */
  readonly #calls = new Map<number, number>();
  /** Whose text was shown piece by piece. */
  readonly #shown = new Set<number>();
  #details = 0;
  #head = { id: '', model: '' };

  constructor(setup: ReplySetup) {
    this.#setup = setup;
  }

  take(event: ModelEvent): string {
    switch (event.type) {
      case 'start':
        this.#head = headOf(event, 'chatcmpl-', this.#setup);
        return this.#delta({ role: 'assistant', content: '' });
      case 'text-delta':
        this.#shown.add(event.index);
        return this.#delta({ content: event.text });
      case 'thinking-delta':
        this.#shown.add(event.index);
        return this.#delta({ reasoning_content: event.text });
      case 'tool-input-delta': return event.name === '' ? '' : this.#call(event.index, { id: event.id, name: event.name, json: event.json });
      case 'block': return this.#finish(event.index, event.block);
      case 'end': return this.#end(event.reply);
      default: return '';
    }
  }

  whole(reply: Reply): object {
    const { blocks, usage } = reply;
    const texts = blocks.filter((block) => block.type === 'text');
    const thoughts = blocks.filter((block) => block.type === 'thinking');
    const refusals = blocks.filter((block) => block.type === 'refusal');
    const calls = blocks.filter((block) => block.type === 'tool-call');
    const details = blocks.map((block, index) => toDetail(block, index)).filter((detail) => detail !== undefined);
    const message = {
      role: 'assistant', content: texts.length === 0 ? null : texts.map(({ text }) => text).join(''), refusal: refusals.length === 0 ? null : refusals.map(({ text }) => text).join(''),
      ...(thoughts.length === 0 ? {} : { reasoning_content: thoughts.map(({ text }) => text).join('') }), ...(details.length === 0 ? {} : { reasoning_details: details }),
      ...(calls.length === 0 ? {} : { tool_calls: calls.map((call) => ({ id: call.id, type: 'function', function: { name: call.name, arguments: toArguments(call) } })) }),
    };
    return {
      ...headOf(reply, 'chatcmpl-', this.#setup), object: 'chat.completion', created: createdOf(this.#setup),
      choices: [{ index: 0, message, logprobs: null, finish_reason: STOPS[toStop(reply)] ?? toStop(reply) }], ...(usage === null ? {} : { usage: toUsage(usage) }),
    };
  }

  #chunk(more: object): string {
    return sseData({ ...this.#head, object: 'chat.completion.chunk', created: createdOf(this.#setup), ...more, ...(this.#setup.includeUsage === true && !('usage' in more) ? { usage: null } : {}) });
  }

  #delta(delta: object, finish: string | null = null): string {
    return this.#chunk({ choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }] });
  }

  #call(index: number, { id, name, json }: { id: string; name: string; json: string }): string {
    const known = this.#calls.get(index);
    if (known !== undefined) return this.#delta({ tool_calls: [{ index: known, function: { arguments: json } }] });
    const number = this.#calls.size;
    this.#calls.set(index, number);
    return this.#delta({ tool_calls: [{ index: number, id, type: 'function', function: { name, arguments: json } }] });
  }

  #finish(index: number, block: Block): string {
    if (block.type === 'tool-call') return this.#calls.has(index) ? '' : this.#call(index, { id: block.id, name: block.name, json: toArguments(block) });
    const detail = toDetail(block, this.#details);
    if (detail !== undefined) this.#details++;
    const sealed = detail === undefined ? '' : this.#delta({ reasoning_details: [detail] });
    if (this.#shown.has(index)) return sealed;
    if (block.type === 'refusal') return this.#delta({ refusal: block.text });
    if (block.type === 'text' && block.text !== '') return this.#delta({ content: block.text });
    return block.type === 'thinking' && block.text !== '' ? this.#delta({ reasoning_content: block.text }) + sealed : sealed;
  }

  #end(reply: Reply): string {
    if (reply.status === 'truncated') return ''; // Whoever reads sees that the end is missing.
    if (reply.status === 'error') return sseData({ error: { message: reply.error?.message ?? 'no reason given', type: reply.error?.type ?? 'api_error', param: null, code: null } });
    const stop = toStop(reply);
    const last = this.#setup.includeUsage === true && reply.usage !== null ? this.#chunk({ choices: [], usage: toUsage(reply.usage) }) : '';
    return `${this.#delta({}, STOPS[stop] ?? stop)}${last}data: [DONE]\n\n`;
  }
}

function toUsage(usage: Usage): object {
  const prompt = promptTokens(usage);
  return { prompt_tokens: prompt, completion_tokens: usage.output, total_tokens: prompt + usage.output, prompt_tokens_details: cacheDetails(usage) };
}
