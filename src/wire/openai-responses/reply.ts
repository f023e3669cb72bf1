import type { Block, ModelEvent } from '@pith/kernel';
import { asCount, asList, asRecord, asText, isRecord, type Json } from '../json.ts';
import { notAReply, parseErrorEvent, parseEvent, ReplyFacts, type ReplyReader, toOpenAiUsage, toReplyError } from '../reader.ts';
import type { SseEvent } from '../sse.ts';
import { type PartKind, partsOf, toBlock, toUnfinishedBlock } from './reply-item.ts';

const USAGE = { input: 'input_tokens', output: 'output_tokens', details: 'input_tokens_details' };

/** An item of the output that is still growing, by the parts that become blocks. `section` is that of the last thought. */
interface OpenItem { start: Json; parts: Map<string, OpenPart>; section: unknown }
interface OpenPart { index: number; kind: PartKind; texts: string[] }

/**
 * Reads a reply of the Responses API. It is complete with `response.completed` or `response.incomplete`, and an error
 * with `response.failed` or `error`. `stop` is the reason of an incomplete response, else its status.
 *
 * An item's own end is the authority on what it holds; where it did not come, what had arrived is kept.
 */
export class ResponsesReader implements ReplyReader {
  readonly #facts = new ReplyFacts();
  readonly #vendor: string;
  /** By `output_index`. */
  readonly #open = new Map<number, OpenItem>();
  readonly #done = new Map<number, Json>();
  readonly #blocks: Block[] = [];
  #nextIndex = 0;

  constructor({ vendor = 'openai-responses' }: { vendor?: string } = {}) {
    this.#vendor = vendor;
  }

  get ended(): boolean { return this.#facts.ended; }

  take(event: SseEvent, out: ModelEvent[]): void {
    if (this.ended) return;
    if (event.event === 'error') return this.#fail(parseErrorEvent(event), out);
    const data = parseEvent(event);
    if (data === undefined) return;
    const type = asText(data['type']) ?? event.event;
    const at = asCount(data['output_index']) ?? 0;
    switch (type) {
      case 'response.created': case 'response.in_progress': case 'response.queued': return this.#start(asRecord(data['response']), out);
      case 'response.output_item.added': this.#openItem(at, asRecord(data['item']), out); return;
      case 'response.output_text.delta': return this.#grow(at, `text-${String(data['content_index'])}`, 'text', data['delta'], out);
      case 'response.refusal.delta': return this.#grow(at, `text-${String(data['content_index'])}`, 'refusal', data['delta'], out);
      case 'response.reasoning_summary_text.delta': return this.#think(at, data['summary_index'], data['delta'], out);
      case 'response.reasoning_text.delta': return this.#think(at, data['content_index'], data['delta'], out);
      case 'response.function_call_arguments.delta': return this.#grow(at, 'input', 'input', data['delta'], out);
      case 'response.output_item.done': return this.#finish(at, asRecord(data['item']), out);
      case 'response.completed': case 'response.incomplete': case 'response.done': return this.#complete(asRecord(data['response']), out);
      case 'response.failed': case 'response.cancelled': return this.#failResponse(asRecord(data['response']), out);
      case 'error': return this.#fail(data, out);
      default: return;
    }
  }

  takeBody(body: unknown, out: ModelEvent[]): void {
    const response = asRecord(body);
    if (!Array.isArray(response['output'])) {
      if (isRecord(response['error']) || typeof response['error'] === 'string') return this.#fail(response, out);
      throw notAReply(body);
    }
    if (response['status'] === 'failed' || response['status'] === 'cancelled') return this.#failResponse(response, out);
    this.#complete(response, out);
  }

  close(out: ModelEvent[]): void {
    if (this.ended) return;
    this.#facts.start(out);
    this.#finishOpen(out);
    this.#facts.end(out, 'truncated', this.#kept());
  }

  #start(response: Json, out: ModelEvent[]): void {
    this.#learn(response);
    this.#facts.start(out);
  }

  #learn(response: Json): void {
    this.#facts.id = asText(response['id']) ?? this.#facts.id;
    this.#facts.model = asText(response['model']) ?? this.#facts.model;
    this.#facts.usage = toOpenAiUsage(response['usage'], USAGE) ?? this.#facts.usage;
  }

  /** Deltas may come for an item that was never announced. */
  #openItem(at: number, start: Json, out: ModelEvent[]): OpenItem {
    this.#facts.start(out);
    const known = this.#open.get(at);
    const item: OpenItem = { start: { ...known?.start, ...start }, parts: known?.parts ?? new Map<string, OpenPart>(), section: known?.section };
    this.#open.set(at, item);
    return item;
  }

  #part(item: OpenItem, key: string, kind: PartKind): OpenPart {
    let part = item.parts.get(key);
    if (part === undefined) item.parts.set(key, part = { index: this.#nextIndex++, kind, texts: [] });
    return part;
  }

  #grow(at: number, key: string, kind: PartKind, delta: unknown, out: ModelEvent[]): void {
    if (typeof delta !== 'string' || delta === '' || this.#done.has(at)) return;
    const item = this.#open.get(at) ?? this.#openItem(at, {}, out);
    const part = this.#part(item, key, kind);
    part.texts.push(delta);
    if (kind === 'thinking') out.push({ type: 'thinking-delta', index: part.index, text: delta });
    else if (kind === 'input') out.push({ type: 'tool-input-delta', index: part.index, id: asText(item.start['call_id']) ?? '', name: asText(item.start['name']) ?? '', json: delta });
    else out.push({ type: 'text-delta', index: part.index, text: delta });
  }

  /** Several summaries are one text, with blank lines between them. */
  #think(at: number, section: unknown, delta: unknown, out: ModelEvent[]): void {
    const item = this.#open.get(at) ?? this.#openItem(at, { type: 'reasoning' }, out);
    if (item.parts.has('thinking') && item.section !== section) this.#grow(at, 'thinking', 'thinking', '\n\n', out);
    item.section = section;
    this.#grow(at, 'thinking', 'thinking', delta, out);
  }

  /** The item is whole: its blocks take the places of what was shown of it. */
  #finish(at: number, item: Json, out: ModelEvent[]): void {
    const open = this.#openItem(at, item, out);
    this.#open.delete(at);
    this.#done.set(at, item);
    for (const [key, kind] of partsOf(item)) {
      const shown = open.parts.has(key);
      const part = this.#part(open, key, kind);
      const block = toBlock(item, key, this.#vendor);
      if (!shown) this.#show(part.index, block, out);
      this.#keep(part.index, block, out);
    }
  }

  /** Text of an item that came whole is shown whole. */
  #show(index: number, block: Block, out: ModelEvent[]): void {
    if ((block.type === 'text' || block.type === 'refusal') && block.text !== '') out.push({ type: 'text-delta', index, text: block.text });
    else if (block.type === 'thinking' && block.text !== '') out.push({ type: 'thinking-delta', index, text: block.text });
  }

  #keep(index: number, block: Block, out: ModelEvent[]): void {
    this.#blocks[index] = block;
    out.push({ type: 'block', index, block });
  }

  #complete(response: Json, out: ModelEvent[]): void {
    this.#learn(response);
    this.#facts.start(out);
    // Some servers give an item's end only here.
    for (const [at, item] of asList(response['output']).entries()) if (!this.#done.has(at)) this.#finish(at, asRecord(item), out);
    this.#finishOpen(out);
    this.#facts.stop = asText(asRecord(response['incomplete_details'])['reason']) ?? asText(response['status']) ?? null;
    this.#facts.end(out, 'complete', this.#kept());
  }

  #failResponse(response: Json, out: ModelEvent[]): void {
    this.#learn(response);
    this.#fail(isRecord(response['error']) ? response['error'] : { message: `the response was ${asText(response['status']) ?? 'failed'}` }, out);
  }

  #fail(error: Json, out: ModelEvent[]): void {
    this.#finishOpen(out);
    this.#facts.end(out, 'error', this.#kept(), toReplyError(error));
  }

  /** What had arrived of items that never ended. */
  #finishOpen(out: ModelEvent[]): void {
    for (const { start, parts } of this.#open.values()) {
      for (const { index, kind, texts } of parts.values()) {
        this.#keep(index, toUnfinishedBlock(start, kind, texts.join('')), out);
      }
    }
    this.#open.clear();
  }

  #kept(): Block[] {
    return this.#blocks.filter((block) => block !== undefined);
  }
}
